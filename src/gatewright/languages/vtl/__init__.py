"""Mapping templates: the Velocity Template Language as API Gateway runs it, text in and a function out.

`parse` gives a `Template`, whose `render` puts values in. `Input` and `UTIL` are the objects behind `$input` and
`$util`. Developer guide: "Mapping template transformations for REST APIs in API Gateway"; Apache Velocity 1.7, user
guide.
"""

from gatewright.languages.vtl.bounds import DEFAULT, Bounds
from gatewright.languages.vtl.errors import TemplateError, TemplateSyntaxError
from gatewright.languages.vtl.input import Input, document_of
from gatewright.languages.vtl.template import Template, parse
from gatewright.languages.vtl.util import UTIL
from gatewright.languages.vtl.values import OverrideMap, SilentMap

__all__ = [
    "DEFAULT",
    "UTIL",
    "Bounds",
    "Input",
    "OverrideMap",
    "SilentMap",
    "Template",
    "TemplateError",
    "TemplateSyntaxError",
    "document_of",
    "parse",
]
