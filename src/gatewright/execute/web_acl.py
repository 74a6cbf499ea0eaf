"""A stage's web ACL: which requests go no further than the door, before anybody learns what is behind it.

Developer guide: "Use AWS WAF to protect your REST APIs in API Gateway". A web ACL that cannot be had or evaluated lets
nobody through.
"""

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from gatewright.execute.compression import decompressed
from gatewright.execute.context import RequestContext
from gatewright.execute.domain import path_called
from gatewright.execute.gateway_response import API_CONFIGURATION_ERROR, CONFIGURATION_FAILURE, WAF_FILTERED
from gatewright.execute.phases import tell
from gatewright.execute.request_headers import read_headers
from gatewright.execute.world import World
from gatewright.languages.waf.document import WebAclError
from gatewright.languages.waf.inspected import Inspected, TakesLong
from gatewright.values.headers import header_line
from gatewright.values.refusal import Refusal, refuse
from gatewright.values.request import Request
from gatewright.values.response import Response

if TYPE_CHECKING:
    from gatewright.languages.waf.rule import CustomResponse, Headers


class Waf(NamedTuple):
    """What `$context` tells of the web ACL. `response_code` is "" when it could not be asked."""

    arn: str
    response_code: str


@dataclass(frozen=True, slots=True)
class WebAclFilter:
    """The step of a stage with a web ACL; `arn` may be a name in the file of web ACLs."""

    arn: str

    async def __call__(self, context: RequestContext, world: World) -> None:
        """Lets the request on, with the headers that rules insert, or raises Refusal."""
        began = world.now()
        try:
            acl = await world.web_acls.of(self.arn)
        except WebAclError as error:
            context.waf = Waf(self.arn, "")
            tell(context, "waf", status=API_CONFIGURATION_ERROR.status, latency=world.now() - began, error=str(error))
            refuse(API_CONFIGURATION_ERROR, cause=f"{CONFIGURATION_FAILURE}{error}")
        await _decode_body(context, world)
        request = context.request
        inspected = Inspected(
            method=request.method,
            path=path_called(context),
            query=request.query,
            headers=request.headers,
            body=request.body,
            source_ip=request.source_ip,
            now=began,
            rates=world.web_acls.rates,
        )
        try:
            decision = acl.decide(inspected)
        except TakesLong:
            inspected.begin_again()
            decision = await world.work.beside(partial(acl.decide, inspected))
        code, status = ("WAF_BLOCK", WAF_FILTERED.status) if decision.is_blocked else ("WAF_ALLOW", 200)
        context.waf = Waf(acl.arn, code)
        tell(context, "waf", status=status, latency=world.now() - began)
        if decision.is_blocked:
            _refuse(context, decision.response)
        if decision.insert:
            context.request = _with_headers(request, decision.insert)
            context.read = read_headers(context.request.headers)


async def _decode_body(context: RequestContext, world: World) -> None:
    """Rules look at a body as the backend will read it; one that cannot be decoded is looked at as it was sent, before
    it is refused."""
    if context.has_encoded_body:
        with contextlib.suppress(Refusal):
            context.request = await decompressed(context.request, world)
            context.has_encoded_body = False


def _refuse(context: RequestContext, custom: "CustomResponse | None") -> None:
    """403, or what the rule says in its place, which no gateway response of the API changes."""
    if custom is None:
        refuse(WAF_FILTERED)
    context.error_type, context.error_message = WAF_FILTERED.response_type, WAF_FILTERED.message
    media_type = [("Content-Type", custom.media_type)] if custom.media_type else []
    lines = [f"{name}: {value}\r\n".encode("latin-1") for name, value in (*media_type, *custom.headers)]
    raise Refusal(WAF_FILTERED, WAF_FILTERED.message, response=Response(custom.status, lines, custom.body))


def _with_headers(request: Request, inserted: "Headers") -> Request:
    """With headers that win over the client's of the same names."""
    names = {name.lower() for name, _ in inserted}
    kept = [line for line in request.headers if line.lower not in names]
    return request._replace(headers=(*kept, *(header_line(name, value) for name, value in inserted)))
