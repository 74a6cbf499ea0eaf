"""A file of web ACLs, for gateways without a wafv2 service: for each stage, what GetWebACL and its like would give.

It is an object by `{api}/{stage}`, each an object of `WebACL`, and as far as that refers to them, lists of `IPSets`,
`RegexPatternSets` and `RuleGroups`. All are compiled when they are read: none that cannot be evaluated is taken.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from gatewright.languages.waf.document import Document, WebAclError, entries, only, text

if TYPE_CHECKING:
    from gatewright.languages.waf.rule import WebAcl

_STAGE = re.compile(r"[A-Za-z0-9_-]+/[A-Za-z0-9_-]{1,128}")
_LISTS = ("IPSets", "RegexPatternSets", "RuleGroups")


class WebAclFile(NamedTuple):
    """`stages`: the name of each stage's web ACL, by `{api}/{stage}`; `web_acls` by these names.

    No name is an ARN: a web ACL in the file may have that of one in the service, and be another all the same."""

    stages: dict[str, str]
    web_acls: "dict[str, WebAcl]"


def read_web_acls(path: Path) -> WebAclFile:
    """The web ACLs in a file. Raises WebAclError, whose text names the stage."""
    try:
        content = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise WebAclError(f"cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise WebAclError(f"is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise WebAclError("is no object of web ACLs by {api}/{stage}")
    found = WebAclFile({}, {})
    for stage, given in content.items():
        if not _STAGE.fullmatch(stage):
            raise WebAclError(f"names {stage!r}, which is not {{api}}/{{stage}}")
        name = found.stages[stage] = f"file:{stage}"
        try:
            found.web_acls[name] = _compiled(stage, given)
        except WebAclError as error:
            raise WebAclError(f"cannot be used for {stage}: {error}") from error
    return found


def _compiled(stage: str, given: Any) -> "WebAcl":
    from gatewright.languages.waf.rule import compile_web_acl  # noqa: PLC0415 - a start without a file does not pay for it

    members = only(given, "WebACL", *_LISTS, of="the entry")
    if not isinstance(members.get("WebACL"), dict):
        raise WebAclError("WebACL is missing")
    document = {"ARN": f"arn:aws:wafv2:::file/webacl/{stage}", **members["WebACL"]}
    referred: dict[str, Document] = {}
    for name in _LISTS:
        for one in entries(members, name):
            if not isinstance(one, dict):
                raise WebAclError(f"{name} has what is no object")
            referred[text(one, "ARN")] = one
    return compile_web_acl(document, referred)
