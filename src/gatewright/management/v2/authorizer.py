"""Authorizer of an HTTP or WebSocket API: who decides who may call a route, a Lambda function or a token's issuer.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-authorizers.html
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from gatewright.aws.errors import ServiceError
from gatewright.execute.unserved_routes import of_authorizer
from gatewright.management.arn import ROLE, arn_parts
from gatewright.management.ids import INNER
from gatewright.management.noun import Change, Noun
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.rest.authorizer import LONGEST_TTL, check_function_uri
from gatewright.management.v2.api import API
from gatewright.management.v2.auto_deploy import auto_deployed
from gatewright.management.v2.errors import not_found
from gatewright.management.v2.inside import HTTP, WEBSOCKET, key_inside, protocol_of, refuse_member

JWT, REQUEST = "JWT", "REQUEST"
MOST_AUDIENCES = 50
FORMATS = ("1.0", "2.0")

_NAME = r"[A-Za-z0-9._$-]+"
_TOKEN_SOURCE = re.compile(rf"\$request\.(?:header|querystring)\.{_NAME}")
_SOURCES: Mapping[str, re.Pattern[str]] = {
    HTTP: re.compile(rf"\$request\.(?:header|querystring)\.{_NAME}|\$context\.{_NAME}|\$stageVariables\.[A-Za-z0-9_]+"),
    WEBSOCKET: re.compile(
        rf"route\.request\.(?:header|querystring)\.{_NAME}|context\.{_NAME}|stageVariables\.[A-Za-z0-9_]+"
    ),
}
_URL = re.compile(r"[A-Za-z0-9:/\[\]._~!$&'()*+,;=%-]+")
# Members that authorizers of the other type have, and this one must not.
_ONLY_OF = {
    JWT: ("jwtConfiguration",),
    REQUEST: (
        *("authorizerUri", "authorizerCredentialsArn", "authorizerPayloadFormatVersion"),
        *("authorizerResultTtlInSeconds", "enableSimpleResponses"),
    ),
}


def named(change: Change) -> None:
    """A name that no other authorizer of the API has."""
    name = change.new["name"]
    if not name.strip():
        raise refused("Authorizer name cannot be empty")
    for id, other in change.tx.list(key_inside(change.call, "AuthorizerV2")):
        if other["name"] == name and id != change.new["authorizerId"]:
            raise refused(f"Authorizer name must be unique. Authorizer {name} already exists in this API.")


def of_its_type(change: Change) -> None:
    """What only the other type can have; a type that changes leaves it behind."""
    new, kind = change.new, change.new["authorizerType"]
    if kind == JWT and protocol_of(change) != HTTP:
        raise refused("Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis.")
    for type, names in _ONLY_OF.items():
        for name in names if type != kind else ():
            if change.call.input.get(name):
                raise refused(f"{name} can only be specified for authorizers of type {type}")
            new.pop(name, None)
    if new.pop("identityValidationExpression", None):
        raise refused("identityValidationExpression is not supported for authorizers of HTTP and WebSocket APIs")


def tokens_are_known(change: Change) -> None:
    """A JWT authorizer knows who issues tokens, for whom, and where in a request they are."""
    new = change.new
    if new["authorizerType"] != JWT:
        return
    sources = new["identitySource"]
    if len(sources) != 1 or not _TOKEN_SOURCE.fullmatch(sources[0] or ""):
        raise refused(
            f"Invalid identity source specified: {', '.join(source or '' for source in sources)}. "
            "JWT authorizers have exactly one, a header or a query parameter such as $request.header.Authorization"
        )
    jwt = new.get("jwtConfiguration")
    if not jwt:
        raise refused("JwtConfiguration must not be null for JWT Authorizer")
    issuer, audiences = jwt.get("issuer") or "", jwt.get("audience") or []
    if not _is_issuer(issuer):
        # AWS asks the issuer at once, too. Here it need not be there before the first token is.
        raise refused("Invalid issuer: Issuer is not a valid URL for JWT Authorizer")
    if not audiences or not all(audiences):
        raise refused("Audience must be specified for authorizers of type JWT")
    if len(audiences) > MOST_AUDIENCES:
        raise refused(f"Authorizers of type JWT can have at most {MOST_AUDIENCES} audiences")


def _is_issuer(url: str) -> bool:
    """A URL without a query; AWS wants https, which an issuer for development seldom has."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return bool(host) and parts.scheme in ("https", "http") and _URL.fullmatch(url) is not None


def function_is_named(change: Change) -> None:
    """A Lambda authorizer has a function, called with the function's permission or as a role."""
    new = change.new
    if new["authorizerType"] != REQUEST:
        return
    if not new.get("authorizerUri"):
        raise refused("AuthorizerUri is a required field in an Authorizer")
    check_function_uri(new["authorizerUri"])
    if new.get("authorizerCredentialsArn"):
        arn_parts(ROLE, new["authorizerCredentialsArn"])
    if protocol_of(change) == HTTP:
        _check_format(new.get("authorizerPayloadFormatVersion"), simple=bool(new.get("enableSimpleResponses")))
    elif new.get("enableSimpleResponses"):
        refuse_member("enableSimpleResponses", WEBSOCKET)
    elif new.get("authorizerPayloadFormatVersion", "1.0") != "1.0":
        refuse_member(f"authorizerPayloadFormatVersion {new['authorizerPayloadFormatVersion']}", WEBSOCKET)


def _check_format(version: str | None, *, simple: bool) -> None:
    if not version:
        # Seen: github.com/hashicorp/terraform-provider-aws/issues/15181
        raise refused("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    if version not in FORMATS:
        raise refused(f"Invalid AuthorizerPayloadFormatVersion specified: {version}. Valid options are 1.0,2.0")
    if simple and version != "2.0":
        raise refused('EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".')


def callers_are_identified(change: Change) -> None:
    """What of a request a Lambda authorizer is asked for, and for how long its answer holds."""
    new, protocol = change.new, protocol_of(change)
    if new["authorizerType"] != REQUEST:
        return
    new["identitySource"] = list(dict.fromkeys(new["identitySource"]))
    for source in new["identitySource"]:
        if source is None or not _SOURCES[protocol].fullmatch(source):
            of_request = "" if protocol == HTTP else "request "
            raise refused(f"Invalid {of_request}identity source expression: {source}")
    ttl = new.get("authorizerResultTtlInSeconds", 0)
    if not 0 <= ttl <= LONGEST_TTL:
        raise refused(
            f"Authorizer result TTL outside allowable range. TTL must be between 0 and {LONGEST_TTL} seconds."
        )
    if ttl:
        if protocol != HTTP:
            # Seen: github.com/anomalyco/sst/issues/905
            raise refused(f"AuthorizerResultTtlInSeconds cannot be set for {protocol} protocol Apis.")
        if not new["identitySource"]:
            raise refused("Identity source must be set if authorizer caching is enabled (TTL is greater than 0)")


def no_route_uses_it(change: Change) -> None:
    """An authorizer that a route asks stays."""
    old = change.old or {}
    for _, route in change.tx.list(key_inside(change.call, "Route")):
        if route.get("authorizerId") == old["authorizerId"]:
            # Seen: github.com/hashicorp/terraform-provider-aws/issues/14812
            raise ServiceError(
                "ConflictException",
                f"Cannot delete authorizer '{old['name']}', is referenced in route: {route['routeKey']}",
            )


def routes_keep_their_type(change: Change) -> None:
    """A type that routes count on does not change under them."""
    if change.old is not None and change.old["authorizerType"] != change.new["authorizerType"]:
        no_route_uses_it(change)


AUTHORIZER = Noun(
    name="Authorizer",
    kind="AuthorizerV2",
    path=("apiId", "authorizerId"),
    missing=not_found("Authorizer", "authorizerId"),
    inside=API,
    asks_inside=True,
    id="authorizerId",
    new_id=INNER,
    plural="Authorizers",
    paging=NEXT_TOKEN,
    optional=("authorizerUri", "authorizerCredentialsArn", "authorizerPayloadFormatVersion", "jwtConfiguration"),
    rules=(
        named,
        of_its_type,
        tokens_are_known,
        function_is_named,
        callers_are_identified,
        routes_keep_their_type,
    ),
    deleting=(no_route_uses_it,),
    settled=(auto_deployed,),
    unserved=of_authorizer,
)
