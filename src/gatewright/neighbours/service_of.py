"""Which AWS service a request means: by its signature, or for the few unsigned calls AWS allows, by its shape.

Unsigned calls: Cognito's public operations, STS's AssumeRoleWithWebIdentity and AssumeRoleWithSAML, a Cognito pool's
keys, and whatever is addressed by a service's own host name (public S3 objects).
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs

from gatewright.values.headers import first
from gatewright.values.request import Request

UNSIGNED_TARGETS: Mapping[str, str] = {
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSCognitoIdentityService": "cognito-identity",
}
UNSIGNED_ACTIONS = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
POOL_KEYS = re.compile(r"/[a-z]{2}(?:-[a-z]+)+-\d_\w+/\.well-known/(?:jwks\.json|openid-configuration)")

_BUCKET = r"(?:(?P<bucket>[a-z0-9][a-z0-9.-]*)\.)?"
S3_HOST = re.compile(
    rf"{_BUCKET}s3(?:[.-](?:dualstack\.|website[.-])?[a-z0-9-]+)?"
    r"\.(?:amazonaws\.com(?:\.cn)?|localhost(?:\.localstack\.cloud)?)"
)
# Any of AWS's own names; under localhost only services that take unsigned calls: any name may end in localhost.
AWS_HOST = re.compile(r"(?P<service>[a-z0-9-]+)(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")
LOCAL_HOST = re.compile(r"(?P<service>cognito-idp|cognito-identity|sts|sqs|sns|dynamodb)(?:\.[a-z0-9-]+)?\.localhost")
NOT_A_NEIGHBOUR = frozenset({"execute-api", "apigateway", "lambda"})


def service_of(request: Request, signed_for: str | None) -> str | None:
    """The signing name of the service meant, None when nothing tells. `signed_for`: the credential scope's service."""
    if signed_for:
        return signed_for
    return _by_target(request) or by_host(request) or _by_action(request) or _by_path(request)


def by_host(request: Request) -> str | None:
    """The service whose host name the request is addressed to."""
    host = host_name(request)
    if len(host) > 255:
        return None
    if S3_HOST.fullmatch(host):
        return "s3"
    match = AWS_HOST.fullmatch(host) or LOCAL_HOST.fullmatch(host)
    if match is None or match["service"] in NOT_A_NEIGHBOUR:
        return None
    return match["service"]


def host_name(request: Request) -> str:
    """The Host header without its port, in lower case; "" when there is none."""
    host = first(request.headers, "host") or ""
    return host.lower() if host.endswith("]") else re.sub(r":\d*$", "", host.lower())


def _by_target(request: Request) -> str | None:
    target = first(request.headers, "x-amz-target")
    return UNSIGNED_TARGETS.get(target.partition(".")[0]) if target else None


def _by_action(request: Request) -> str | None:
    if request.path != "/":
        return None
    form = request.query
    if (first(request.headers, "content-type") or "").startswith("application/x-www-form-urlencoded"):
        form = request.body[:8192].decode("latin-1")
    if "Action=" not in form:
        return None
    action = parse_qs(form).get("Action", [""])[0]
    return "sts" if action in UNSIGNED_ACTIONS else None


def _by_path(request: Request) -> str | None:
    return "cognito-idp" if request.method == "GET" and POOL_KEYS.fullmatch(request.path) else None
