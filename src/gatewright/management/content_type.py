"""Content types, as models have one and templates are kept by: their form, and how large a template may be.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

import re
from collections.abc import Mapping

from gatewright.execute.mapping_template import LONGEST_TEMPLATE
from gatewright.management.patch import refused

_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+*-]+/[A-Za-z0-9!#$&^_.+*-]+(?:\s*;.*)?")
_ANY_OTHER = "$default"


def check_content_type(content_type: str) -> None:
    """A type and a subtype, maybe with parameters. Raises BadRequestException."""
    if not _CONTENT_TYPE.fullmatch(content_type):
        raise refused(f"Validation Result: warnings : [], errors : [Invalid content type specified: {content_type}]")


def check_templates(templates: Mapping[str, str | None]) -> None:
    """Templates by content type, or for all that have none, of a size that AWS takes. Raises BadRequestException."""
    for content_type in templates:
        if content_type != _ANY_OTHER:
            check_content_type(content_type)
    check_template_sizes(templates)


def check_template_sizes(templates: Mapping[str, str | None]) -> None:
    """Templates of a size that AWS takes. Raises BadRequestException."""
    for content_type, template in templates.items():
        if len(template or "") > LONGEST_TEMPLATE:
            raise refused(f"The template for {content_type} is longer than {LONGEST_TEMPLATE} characters")
