"""The ARN of what a request asks for: policies name it, Lambda authorizers get it, refusals show it with a mask.

Developer guide: "Control access to a REST API with IAM permissions", "Resource format of permissions for executing
API in API Gateway".
"""

import re
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from gatewright.values.refusal import Refused, refuse

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext

LONGEST = 1600  # bytes
URI_TOO_LONG = Refused("DEFAULT_4XX", 414, "BadRequestException", "Request URI too long")
_UNUSUAL = re.compile(r"%|//|/\.")
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))


def partition(region: str) -> str:
    """The first part of a Region's ARNs."""
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")


def api_arn(region: str, account: str, api_id: str) -> str:
    """What the ARNs of an API's methods begin with, without the slash before the stage."""
    return f"arn:{partition(region)}:execute-api:{region}:{account}:{api_id}"


def method_arn(context: "RequestContext") -> str:
    """With the path as received, but for slashes at its ends: they do not matter to which method it leads.

    Raises Refusal for one that is too long to be looked at."""
    plan = context.plan
    path = context.path.strip("/")
    arn = f"{api_arn(plan.region, plan.account, plan.api_id)}/{plan.stage}/{context.request.method}/{path}"
    if len(arn) > LONGEST:  # of latin-1, a character for a byte
        refuse(URI_TOO_LONG)
    return arn


def other_spellings(arn: str) -> tuple[str, ...]:
    """The ARN as it may be written, too: with its path percent-decoded, without `.`, `..` and doubled slashes.

    Methods are found by the path as received; what is behind a method may take another for the same."""
    if not _UNUSUAL.search(arn):
        return ()
    *place, path = arn.split("/", 3)
    decoded = unquote_to_bytes(path.encode("latin-1"))
    paths = (path, decoded.decode("latin-1"), decoded.decode("utf-8", "replace"))
    resolved = (normpath("/" + each.lstrip("/")).strip("/") for each in paths)
    return tuple("/".join((*place, each)) for each in dict.fromkeys((*paths, *resolved)) if each != path)


def masked(arn: str) -> str:
    """For texts that a client sees: of the account's number the last four digits."""
    head, service, region, account, rest = arn.split(":", 5)[1:]
    return f"arn:{head}:{service}:{region}:{'*' * (len(account) - 4)}{account[-4:]}:{rest}"
