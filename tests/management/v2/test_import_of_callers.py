"""Who may call the routes of an imported API: whom the definition asks for, or nobody."""

from typing import Any

import pytest

from tests.management.gateway import Gateway, bad
from tests.management.v2.http_apis import (
    AUTH,
    AUTHORIZER,
    AUTHTYPE,
    ENDPOINT,
    ERRORS,
    INTEGRATION,
    JWT,
    LAMBDA,
    OF_TYPE,
    POLICY,
    PROXY,
    WARNED,
    as_text,
    definition,
    getting,
    guarded,
    imported,
    scheme,
    whole,
)

SIGV4 = {"type": "apiKey", AUTHTYPE: "awsSigv4"}
EVERYWHERE: dict[str, Any] = {"security": [{"guard": []}]}
SECURED: list[tuple[dict[str, Any], tuple[str, str]]] = [
    (guarded(scheme(JWT)), ("JWT", "guard")),
    (guarded(scheme(LAMBDA)), ("CUSTOM", "guard")),
    (guarded(SIGV4), ("AWS_IAM", "")),
    (guarded(SIGV4, **{AUTH: {"type": "aws_iam"}}), ("AWS_IAM", "")),
    (guarded({}, security=[], **{AUTHTYPE: "awsSigv4"}), ("AWS_IAM", "")),
    (guarded(scheme(JWT), security=[{}, {"NONE": []}, {"guard": []}]), ("JWT", "guard")),
    (guarded({}, security=[]), ("NONE", "")),
    (guarded(scheme(JWT), security=[{"NONE": []}]) | EVERYWHERE, ("NONE", "")),
    (guarded(scheme(JWT), security=None) | EVERYWHERE, ("JWT", "guard")),
    (guarded(scheme(JWT), security=[]) | EVERYWHERE, ("NONE", "")),
    (
        getting(security=[{"NONE": []}]) | {"components": {"securitySchemes": {"NONE": scheme(JWT)}}},
        ("JWT", "NONE"),
    ),
]


@pytest.mark.parametrize(("body", "asked"), SECURED, ids=range(len(SECURED)))
def test_who_may_call(gateway: Gateway, body: dict[str, Any], asked: tuple[str, str]) -> None:
    route = whole(gateway, imported(gateway, body))["routes"]["GET /"]
    assert (route["AuthorizationType"], route.get("AuthorizerId", "")) == asked


def test_of_alternatives_the_first_is_asked_for(gateway: Gateway) -> None:
    body = guarded(scheme(JWT), security=[{"guard": ["s"]}, {"iam": []}])
    body["components"]["securitySchemes"]["iam"] = SIGV4
    made = gateway.call("import_api", Body=as_text(body))
    assert made["Warnings"] == ["More than one authorization of method 'GET /': 'iam'. Ignoring."]
    route = whole(gateway, made["ApiId"])["routes"]["GET /"]
    assert (route["AuthorizationType"], route["AuthorizationScopes"]) == ("JWT", ["s"])


UNKNOWN = (
    "Unsupported security scheme 'guard' of type '{}' of method 'GET /': "
    f"it has no '{AUTHORIZER}' of type jwt or request"
)
NOT_JWT = (
    "Unable to create Route 'GET /': Invalid authorizer ID specified. "
    "Setting the authorization type to JWT requires a valid JWT authorizer."
    f"{WARNED}Unable to create Authorizer 'guard': Invalid issuer: Issuer is not a valid URL for JWT Authorizer"
)
ELSEWHERE = "is not supported: give it to each operation"
CONTRADICTS = f"'{AUTH}' of method 'GET /' contradicts its security requirements"
NEVER_OPEN: list[tuple[dict[str, Any], str]] = [
    (guarded({"type": "oauth2"}), UNKNOWN.format("oauth2")),
    (guarded({"type": "http", "scheme": "bearer"}), UNKNOWN.format("http")),
    (guarded({"type": "apiKey", "name": "x-api-key", "in": "header"}), UNKNOWN.format("apiKey")),
    (
        guarded({"$ref": "#/no"}),
        UNKNOWN.format("") + f"{WARNED}Parse issue: attribute securitySchemes.guard.#/no is missing",
    ),
    (
        guarded(scheme({"type": "token"})),
        UNKNOWN.format("apiKey") + f"{WARNED}Unable to create Authorizer 'guard': {OF_TYPE}",
    ),
    (guarded({}, security=[{"no": []}]), "Security scheme 'no' of method 'GET /' not found"),
    (
        guarded(scheme(JWT), security=[{"guard": [], "NONE": []}]),
        "More than one authorization of method 'GET /': guard, NONE\n\t"
        "Security scheme 'NONE' of method 'GET /' not found",
    ),
    (guarded(scheme({"type": "jwt"})), NOT_JWT),
    (guarded(scheme(JWT | {"jwtConfiguration": {"audience": ["a"]}}, openIdConnectUrl="https://a/b")), NOT_JWT),
    (guarded(scheme(JWT), security=[{"guard": "s"}]), "Scopes of 'guard' of method 'GET /' are not texts"),
    (
        guarded(scheme(LAMBDA), security=[{"guard": ["s"]}]),
        "Unable to create Route 'GET /': Invalid Route authorization type specified. "
        "Authorization Scopes are only valid for COGNITO_USER_POOLS and JWT authorization types",
    ),
    (guarded(scheme(JWT), **{AUTH: {"type": "AWS_IAM"}}), CONTRADICTS),
    (guarded(scheme(JWT), **{AUTH: {"type": "NONE"}}), CONTRADICTS),
    (getting(**{AUTH: {"type": "JWT"}}), f"Unsupported '{AUTH}' of method 'GET /': JWT"),
    (getting(**{AUTHTYPE: "custom"}), f"Unsupported '{AUTHTYPE}' of method 'GET /': custom"),
    (getting(**{AUTHORIZER: JWT}), f"'{AUTHORIZER}' of method 'GET /' is not supported for HTTP APIs"),
    (definition(paths={"/": {"get": {}, "security": []}}), f"'security' of path '/' {ELSEWHERE}"),
    (definition(paths={"/": {"get": {}, AUTH: {}}}), f"'{AUTH}' of path '/' {ELSEWHERE}"),
    (definition(**{AUTHTYPE: "awsSigv4"}), f"'{AUTHTYPE}' of the definition {ELSEWHERE}"),
    (definition(**{POLICY: {}}), f"'{POLICY}' of the definition is not supported for HTTP APIs"),
    (
        definition(**{ENDPOINT: {"types": ["PRIVATE"]}}),
        f"'types' of '{ENDPOINT}' is not supported for HTTP APIs, which are public",
    ),
    (
        definition(**{ENDPOINT: {"disableExecuteApiEndpoint": "maybe"}}),
        f"'disableExecuteApiEndpoint' of '{ENDPOINT}' is neither true nor false",
    ),
    (
        getting(**{INTEGRATION: PROXY | {"requestParameters": {"remove:header.a": None}}}),
        "Invalid format for 'requestParameters' of method 'GET /'. Expected a text for 'remove:header.a'",
    ),
]


@pytest.mark.parametrize(("body", "words"), NEVER_OPEN, ids=range(len(NEVER_OPEN)))
def test_what_is_not_understood_of_callers_is_refused(gateway: Gateway, body: dict[str, Any], words: str) -> None:
    assert gateway.refusal("import_api", Body=as_text(body)) == bad(f"{ERRORS}{words}")
    assert gateway.call("get_apis")["Items"] == []
