"""Definitions by chance, in which everything refers to something that is there."""

from typing import Any

from hypothesis import strategies as st

FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:f/invocations"
)
WORDS = st.sampled_from(["a", "bee", "c3", "D-d", "e_e"])
LETTERS = st.characters(codec="utf-8", exclude_categories=("C",))
TEXT = st.text(LETTERS, min_size=1, max_size=8)
STATUSES = st.sampled_from(["200", "201", "404", "500"])
PATTERNS = ["default", "4..", r"5\d\d", "a|b"]
HEADERS = ["X-A", "X-B", "Content-Type"]
MODELS = ["Pet", "Toy", "Empty"]
REFERENCES = st.sampled_from(MODELS).map(lambda name: {"$ref": f"#/components/schemas/{name}"})
SCHEMES = ["guard", "pool", "key", "iam"]


def schemas(depth: int = 2) -> st.SearchStrategy[Any]:
    plain = st.sampled_from([{"type": "string", "maxLength": 3}, {"type": "integer"}, {"enum": ["a", 1, None]}])
    if not depth:
        return plain | REFERENCES
    inner = schemas(depth - 1)
    return (
        plain
        | REFERENCES
        | inner.map(lambda items: {"type": "array", "items": items})
        | st.dictionaries(WORDS, inner, min_size=1, max_size=2).map(
            lambda named: {"type": "object", "properties": named}
        )
    )


MODEL = st.fixed_dictionaries(
    {"type": st.just("object"), "properties": st.dictionaries(WORDS, schemas(), min_size=1, max_size=2)},
    optional={"description": TEXT, "required": st.just(["a"])},
)
SECURITY_SCHEMES = {
    "guard": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": {
            "type": "token",
            "authorizerUri": FUNCTION,
            "authorizerResultTtlInSeconds": 7,
        },
    },
    "pool": {
        "type": "apiKey",
        "name": "T",
        "in": "header",
        "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A1"],
        },
    },
    "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
    "iam": {"type": "apiKey", "name": "A", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"},
}


@st.composite
def integrations(draw: st.DrawFn, statuses: list[str], headers: list[str]) -> dict[str, Any]:
    kind = draw(st.sampled_from(["mock", "http", "http_proxy", "aws_proxy"]))
    told: dict[str, Any] = {"type": kind, "passthroughBehavior": draw(st.sampled_from(["never", "when_no_templates"]))}
    if kind == "mock":
        told["requestTemplates"] = {"application/json": '{"statusCode": 200}'}
    elif kind == "aws_proxy":
        told |= {"httpMethod": "POST", "uri": FUNCTION}
    else:
        told |= {"httpMethod": draw(st.sampled_from(["GET", "ANY"])), "uri": "http://${stageVariables.host}/x"}
        told["tlsConfig"] = {"insecureSkipVerification": draw(st.booleans())}
    if draw(st.booleans()):
        told["timeoutInMillis"] = draw(st.integers(50, 29_000))
    if draw(st.booleans()):
        told["requestParameters"] = {"integration.request.header.X": draw(st.sampled_from(["'a'", "context.stage"]))}
    if kind in ("mock", "http") and statuses:
        patterns = draw(st.permutations(PATTERNS))
        told["responses"] = {
            pattern: {
                "statusCode": status,
                "responseTemplates": {"application/json": draw(st.sampled_from(["", "{}"]))},
                "responseParameters": {f"method.response.header.{name}": "'v'" for name in headers},
            }
            for pattern, status in zip(patterns, statuses, strict=False)
        }
    return told


@st.composite
def operations(draw: st.DrawFn) -> dict[str, Any]:
    statuses, headers = draw(st.lists(STATUSES, unique=True)), draw(st.lists(st.sampled_from(HEADERS), unique=True))

    def content() -> dict[str, Any]:
        return {"application/json": {"schema": draw(REFERENCES)}}

    told: dict[str, Any] = {
        "parameters": [
            {"name": name, "in": draw(st.sampled_from(["query", "header"])), "required": draw(st.booleans())}
            for name in draw(st.lists(WORDS, unique=True, max_size=2))
        ],
        "responses": {
            status: {"headers": {name: {} for name in headers}, "content": content() if draw(st.booleans()) else {}}
            for status in statuses
        },
        "security": [{draw(st.sampled_from(SCHEMES)): []}] if draw(st.booleans()) else [],
        "x-amazon-apigateway-integration": draw(integrations(statuses, headers)),
    }
    if draw(st.booleans()):
        told["requestBody"] = {"content": content()}
    if draw(st.booleans()):
        told["operationId"] = draw(TEXT)
    if draw(st.booleans()):
        told["x-amazon-apigateway-request-validator"] = "strict"
    return told


PATHS = st.lists(
    st.sampled_from(["/", "/a", "/a/b", "/a/{id}", "/a/{id}/c", "/{x}/y", "/z/{rest+}"]), min_size=1, unique=True
)
VERBS = st.sampled_from(["get", "post", "options", "x-amazon-apigateway-any-method"])
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "x-amazon-apigateway-binary-media-types": st.just(["image/png"]),
        "x-amazon-apigateway-minimum-compression-size": st.integers(0, 9),
        "x-amazon-apigateway-api-key-source": st.just("AUTHORIZER"),
        "x-amazon-apigateway-policy": st.just({"Version": "2012-10-17", "Statement": []}),
        "x-amazon-apigateway-endpoint-configuration": st.sampled_from([{"types": ["REGIONAL"]}, {"types": ["EDGE"]}]),
        "x-amazon-apigateway-gateway-responses": st.just({"THROTTLED": {"statusCode": 420}}),
        "x-amazon-apigateway-documentation": st.just(
            {
                "documentationParts": [
                    {"location": {"type": "METHOD", "path": "/a"}, "properties": {"summary": "s", "x": 1}}
                ]
            }
        ),
    },
)


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """An OpenAPI 3.0 definition with one method at least."""
    paths = draw(PATHS)
    return {
        "openapi": "3.0.1",
        "info": {"title": draw(TEXT), "version": draw(TEXT)},
        "paths": {path: draw(st.dictionaries(VERBS, operations(), min_size=1, max_size=2)) for path in paths},
        "components": {"schemas": {name: draw(MODEL) for name in MODELS}, "securitySchemes": SECURITY_SCHEMES},
        "x-amazon-apigateway-request-validators": {"strict": {"validateRequestBody": True}},
    } | draw(SETTINGS)
