"""The ARN of what a request asks for: policies name it, Lambda authorizers get it, refusals show it with a mask.

Developer guide: "Control access to a REST API with IAM permissions", "Resource format of permissions for executing
API in API Gateway".
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from posixpath import normpath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from gatewright.values.refusal import Refused, refuse

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext

LONGEST = 1600  # bytes
URI_TOO_LONG = Refused("DEFAULT_4XX", 414, "BadRequestException", "Request URI too long")
_UNUSUAL = re.compile(r"[%;\\]|//|/\.")
_PARAMETERS = re.compile(r";[^/]*")
_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))


@lru_cache(64)
def partition(region: str) -> str:
    """The first part of a Region's ARNs."""
    return next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")


def api_arn(region: str, account: str, api_id: str) -> str:
    """What the ARNs of an API's methods begin with, without the slash before the stage."""
    return f"arn:{partition(region)}:execute-api:{region}:{account}:{api_id}"


def method_arn(context: "RequestContext") -> str:
    """With the path as received, but for slashes at its ends: they do not matter to which method it leads. Of a route
    that is known by its key alone, as those of WebSocket APIs are, with that key.

    Raises Refusal for one that is too long to be looked at."""
    plan, route = context.plan, context.method
    asked = context.request.method + "/" + context.path.strip("/")
    if plan.protocol == "WEBSOCKET" and route is not None:
        asked = route.resource_path
    arn = f"{api_arn(plan.region, plan.account, plan.api_id)}/{plan.stage}/{asked}"
    if len(arn) > LONGEST:  # of latin-1, a character for a byte
        refuse(URI_TOO_LONG)
    return arn


class Readings(NamedTuple):
    """How an ARN may be read by what is behind a method, which is found by the path as received. `spellings` are other
    ways to write it; of these `destinations` are where it leads if it goes up (`..`)."""

    spellings: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()


AS_RECEIVED = Readings()


def readings(arn: str) -> Readings:
    """As servers of many kinds read paths: percent-decoded, without `;parameters`, with `\\` for `/`, and without `.`,
    `..` and doubled slashes."""
    if not _UNUSUAL.search(arn):
        return AS_RECEIVED
    *place, path = arn.split("/", 3)
    decoded = unquote_to_bytes(path.encode("latin-1"))
    written = dict.fromkeys((path, decoded.decode("latin-1"), decoded.decode("utf-8", "replace")))
    plain = [_PARAMETERS.sub("", each.replace("\\", "/")) for each in written]
    resolved = [normpath("/" + each.lstrip("/")).strip("/") for each in plain]
    destinations = (end for each, end in zip(plain, resolved, strict=True) if ".." in each.split("/"))
    return Readings(_arns(place, path, (*written, *resolved)), _arns(place, path, destinations))


def _arns(place: Sequence[str], received: str, paths: Iterable[str]) -> tuple[str, ...]:
    return tuple("/".join((*place, path)) for path in dict.fromkeys(paths) if path != received)


def masked(arn: str) -> str:
    """For texts that a client sees: of the account's number the last four digits."""
    head, service, region, account, rest = arn.split(":", 5)[1:]
    return f"arn:{head}:{service}:{region}:{'*' * (len(account) - 4)}{account[-4:]}:{rest}"
