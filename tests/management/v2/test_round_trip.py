"""What is exported and imported again is the same HTTP API; a damaged definition harms nothing."""

import json
import random
from typing import Any

from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from tests.management.gateway import Endpoint, Gateway
from tests.management.openapi.test_round_trip import MANY, REFUSALS, damaged
from tests.management.v2.http_apis import (
    AUTH,
    AUTHORIZER,
    CORS,
    ENDPOINT,
    INTEGRATION,
    JWT,
    LAMBDA,
    PROXY,
    as_text,
    definition,
    export,
    imported,
    operation,
    rich,
    whole,
)

ANY = "x-amazon-apigateway-any-method"


def again(gateway: Gateway, api: str) -> None:
    """An API made from the export of one is the same, and its export is, but for the id."""
    first = export(gateway, api).replace('"name": "_custom_id_"', '"name": "id"')
    second = imported(gateway, first, FailOnWarnings=True)
    assert export(gateway, second).replace(second, api) == first
    was, became = whole(gateway, api), whole(gateway, second)
    del was["settings"]["Tags"], became["settings"]["Tags"]
    assert became == was


def test_the_rich_one_again(gateway: Gateway) -> None:
    again(gateway, imported(gateway, rich(gateway)))


PATHS = st.sampled_from(["/", "/a", "/a/", "/a/{x}", "/a/{x}/b", "/{proxy+}", "/a/{rest+}", "/$default"])
VERBS = st.sampled_from(["get", "put", "post", "delete", "options", "head", "patch", ANY])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=8)
NAMES = st.sampled_from(["append:header.x-a", "overwrite:header.x-b"])
MAPPINGS = st.dictionaries(NAMES, st.sampled_from(["1", "$context.stage", "a-$context.requestId"]), max_size=2)
FUNCTION = {"type": "aws_proxy", "httpMethod": "POST", "uri": LAMBDA["authorizerUri"]}
INTEGRATIONS = st.fixed_dictionaries(
    {},
    optional={
        "requestParameters": MAPPINGS,
        "responseParameters": st.dictionaries(st.sampled_from(["200", "404"]), MAPPINGS, max_size=2),
        "timeoutInMillis": st.integers(50, 30_000),
    },
).flatmap(
    lambda members: st.sampled_from(
        [PROXY | members, FUNCTION | {"payloadFormatVersion": "1.0"}, FUNCTION | {"payloadFormatVersion": "2.0"}]
    )
)
SECURITY = [[], [{"jwt": []}], [{"jwt": ["a", "b"]}], [{"function": []}]]
OPERATIONS = st.fixed_dictionaries(
    {"security": st.sampled_from(SECURITY)}, optional={"operationId": TEXTS, INTEGRATION: INTEGRATIONS}
) | st.just({AUTH: {"type": "AWS_IAM"}})
DEFINITIONS = st.fixed_dictionaries(
    {
        "openapi": st.just("3.0.1"),
        "info": st.fixed_dictionaries({"title": TEXTS, "version": TEXTS}, optional={"description": TEXTS}),
        "paths": st.dictionaries(PATHS, st.dictionaries(VERBS, OPERATIONS, max_size=3), max_size=4),
        "components": st.just({"securitySchemes": {"jwt": {AUTHORIZER: JWT}, "function": {AUTHORIZER: LAMBDA}}}),
    },
    optional={
        CORS: st.fixed_dictionaries(
            {},
            optional={
                "allowOrigins": st.just(["https://a"]),
                "maxAge": st.integers(-1, 9),
                "allowHeaders": st.just(["a"]),
            },
        ),
        ENDPOINT: st.fixed_dictionaries({"disableExecuteApiEndpoint": st.booleans()}),
        "tags": st.just([{"name": "a", "x-amazon-apigateway-tag-value": "b"}]),
    },
)


@MANY
@given(body=DEFINITIONS)
def test_any_api_again(endpoint: Endpoint, body: dict[str, Any]) -> None:
    gateway = Gateway(endpoint).speaking("apigatewayv2")
    try:
        again(gateway, imported(gateway, body))
    finally:
        gateway.store.close()


@MANY
@given(body=DEFINITIONS, seed=st.integers(0, 1 << 32))
def test_a_damaged_definition_is_taken_or_changes_nothing(endpoint: Endpoint, body: dict[str, Any], seed: int) -> None:
    gateway = Gateway(endpoint).speaking("apigatewayv2")
    try:
        api = imported(gateway, definition(paths={"/": {"get": operation()}}))
        before = whole(gateway, api)
        wrong = damaged(json.loads(json.dumps(body)), random.Random(seed)).decode("utf-8", "replace")
        try:
            gateway.call("reimport_api", ApiId=api, Body=as_text(wrong))
        except ClientError as error:
            assert error.response["Error"]["Code"] in REFUSALS, error
            assert whole(gateway, api) == before
        else:
            export(gateway, api)
    finally:
        gateway.store.close()
