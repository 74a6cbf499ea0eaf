"""Authorizer: fields by type, rules, patches, the methods that ask it, and what leads to its test."""

from typing import Any

import pytest

from tests.management.gateway import Endpoint, Gateway, Operations, bad, missing, operation, replace

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:who"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_AbCdEf"
ROLE = "arn:aws:iam::000000000000:role/asker"
HEADER = "method.request.header.Authorization"
TOKEN = {"name": "who", "type": "TOKEN", "authorizerUri": URI, "identitySource": HEADER}
REQUEST = {"name": "who", "type": "REQUEST", "authorizerUri": URI, "identitySource": f"{HEADER}, context.stage"}
COGNITO = {"name": "who", "type": "COGNITO_USER_POOLS", "providerARNs": [POOL]}
UNKNOWN = missing("Invalid Authorizer identifier specified")
NO_AUTHORIZER = bad(
    "Invalid authorizer ID specified. "
    "Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."
)
NO_FUNCTION = "Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."
NO_HEADER = "The source must be a method request header, matching 'method.request.header.[a-zA-Z0-9._-]+'."


def create(gateway: Gateway, given: dict[str, Any]) -> dict[str, Any]:
    created: dict[str, Any] = gateway.call("create_authorizer", restApiId="pets", **given)
    return created


def there(created: dict[str, Any]) -> dict[str, str]:
    return {"restApiId": "pets", "authorizerId": created["id"]}


@pytest.mark.parametrize(
    ("given", "completed"),
    [
        (TOKEN, {"authType": "custom"}),
        (TOKEN | {"authorizerCredentials": "", "authorizerResultTtlInSeconds": 3600}, {"authType": "custom"}),
        (
            TOKEN | {"authorizerCredentials": ROLE, "identityValidationExpression": "x-.*", "authType": "mine"},
            {},
        ),
        (REQUEST, {"authType": "custom"}),
        (REQUEST | {"identitySource": "", "authorizerResultTtlInSeconds": 0}, {"authType": "custom"}),
        (COGNITO, {"authType": "cognito_user_pools", "identitySource": HEADER}),
        (COGNITO | {"identitySource": "method.request.header.Auth", "authorizerResultTtlInSeconds": 60}, {}),
    ],
)
def test_an_authorizer(gateway: Gateway, api: dict[str, Any], given: dict[str, Any], completed: dict[str, Any]) -> None:
    created = create(gateway, given)
    usual = {"authType": "cognito_user_pools"} if given["type"] == "COGNITO_USER_POOLS" else {}
    members = {name: value for name, value in given.items() if value != ""}
    assert created == {"id": created["id"]} | usual | members | completed
    assert gateway.call("get_authorizer", **there(created)) == created
    assert gateway.call("get_authorizers", restApiId="pets") == {"items": [created]}
    assert gateway.call("delete_authorizer", **there(created)) == {}
    for verb in ("get", "update", "delete", "test_invoke"):
        assert gateway.refusal(f"{verb}_authorizer", **there(created)) == UNKNOWN


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (TOKEN | {"name": " "}, "Authorizer name cannot be empty"),
        (TOKEN | {"type": "JWT"}, "type JWT is not supported by this version of Gatewright"),
        (
            TOKEN | {"jwtConfiguration": {"issuers": [], "defaultAlgorithms": []}},
            "jwtConfiguration can only be specified for authorizers of type JWT",
        ),
        (TOKEN | {"authorizerUri": None}, f"Invalid Authorizer URI: . {NO_FUNCTION}"),
        (REQUEST | {"authorizerUri": FUNCTION}, f"Invalid Authorizer URI: {FUNCTION}. {NO_FUNCTION}"),
        (TOKEN | {"authorizerCredentials": "me"}, "Invalid ARN specified in the request"),
        (TOKEN | {"identitySource": None}, f"Invalid token source expression: . {NO_HEADER}"),
        (
            TOKEN | {"identitySource": "method.request.querystring.key"},
            f"Invalid token source expression: method.request.querystring.key. {NO_HEADER}",
        ),
        (
            REQUEST | {"identitySource": None},
            "Invalid request input: identity source must be set if authorizer caching is enabled "
            "(TTL is greater than 0)",
        ),
        (
            REQUEST | {"identitySource": f"{HEADER}, method.request.body"},
            "Invalid identity source expression: method.request.body",
        ),
        (
            TOKEN | {"authorizerResultTtlInSeconds": 3601},
            "Invalid authorizer result TTL specified: must be between 0 and 3600 seconds",
        ),
        (
            TOKEN | {"authorizerResultTtlInSeconds": -1},
            "Invalid authorizer result TTL specified: must be between 0 and 3600 seconds",
        ),
        (
            TOKEN | {"providerARNs": [POOL]},
            "providerARNs can only be specified for authorizers of type COGNITO_USER_POOLS",
        ),
        (
            COGNITO | {"providerARNs": []},
            "At least one provider ARN must be specified for authorizers of type COGNITO_USER_POOLS",
        ),
        (COGNITO | {"providerARNs": [FUNCTION]}, f"Invalid Cognito User Pool ARN specified: {FUNCTION}"),
        (
            TOKEN | {"identityValidationExpression": "("},
            "Invalid identity validation expression specified: (",
        ),
        (
            REQUEST | {"identityValidationExpression": "x"},
            "identityValidationExpression cannot be specified for authorizers of type REQUEST",
        ),
    ],
)
def test_what_is_refused(gateway: Gateway, api: dict[str, Any], given: dict[str, Any], message: str) -> None:
    members = {name: value for name, value in given.items() if value is not None}
    assert gateway.refusal("create_authorizer", restApiId="pets", **members) == bad(message)
    assert gateway.call("get_authorizers", restApiId="pets") == {"items": []}


def test_names_and_pages(gateway: Gateway, api: dict[str, Any]) -> None:
    created = [create(gateway, TOKEN | {"name": name}) for name in ("a", "b", "c")]
    created.sort(key=lambda one: str(one["id"]))
    taken = bad("Authorizer name must be unique. Authorizer a already exists in this RestApi.")
    assert gateway.refusal("create_authorizer", restApiId="pets", **TOKEN | {"name": "a"}) == taken
    page = gateway.call("get_authorizers", restApiId="pets", limit=2)
    assert page == {"items": created[:2], "position": page["position"]}
    assert gateway.call("get_authorizers", restApiId="pets", position=page["position"]) == {"items": created[2:]}
    no_api = missing("Invalid API identifier specified 000000000000:none")
    assert gateway.refusal("get_authorizers", restApiId="none") == no_api
    assert gateway.refusal("create_authorizer", restApiId="none", **TOKEN) == no_api


@pytest.mark.parametrize(
    ("given", "operations", "changed"),
    [
        (TOKEN, replace("/name", "you"), {"name": "you"}),
        (TOKEN, replace("/authorizerUri", URI.replace("who", "you")), {"authorizerUri": URI.replace("who", "you")}),
        (TOKEN, replace("/authorizerCredentials", ROLE), {"authorizerCredentials": ROLE}),
        (TOKEN, replace("/authorizerResultTtlInSeconds", "0"), {"authorizerResultTtlInSeconds": 0}),
        (TOKEN, replace("/authType", "mine"), {"authType": "mine"}),
        (TOKEN, replace("/identityValidationExpression", "x"), {"identityValidationExpression": "x"}),
        (TOKEN, replace("/type", "REQUEST"), {"type": "REQUEST"}),
        (
            TOKEN,
            operation("add", "/providerARNs", POOL) + replace("/type", "COGNITO_USER_POOLS"),
            {"type": "COGNITO_USER_POOLS", "authType": "cognito_user_pools", "providerARNs": [POOL]},
        ),
        (TOKEN, replace("/identitySource", "method.request.header.A"), {"identitySource": "method.request.header.A"}),
        (
            REQUEST,
            operation("add", "/identitySource", "stageVariables.v") + operation("add", "/identitySource", HEADER),
            {"identitySource": f"{HEADER}, context.stage, stageVariables.v"},
        ),
        (REQUEST, operation("remove", "/identitySource", HEADER), {"identitySource": "context.stage"}),
        (
            COGNITO,
            operation("add", "/providerARNs", f"{POOL}2") + operation("remove", "/providerARNs", POOL),
            {"providerARNs": [f"{POOL}2"]},
        ),
    ],
)
def test_patches(
    gateway: Gateway, api: dict[str, Any], given: dict[str, Any], operations: Operations, changed: dict[str, Any]
) -> None:
    created = create(gateway, given)
    assert gateway.call("update_authorizer", **there(created), patchOperations=operations) == created | changed
    assert gateway.call("get_authorizer", **there(created)) == created | changed


def test_a_source_less_and_no_credentials(gateway: Gateway, api: dict[str, Any]) -> None:
    created = create(gateway, REQUEST | {"authorizerCredentials": ROLE, "authorizerResultTtlInSeconds": 0})
    operations = operation("remove", "/identitySource") + replace("/authorizerCredentials", "")
    del created["identitySource"], created["authorizerCredentials"]
    assert gateway.call("update_authorizer", **there(created), patchOperations=operations) == created


@pytest.mark.parametrize(
    ("given", "operations", "refusal"),
    [
        (
            COGNITO,
            operation("remove", "/providerARNs", POOL),
            bad("At least one provider ARN must be specified for authorizers of type COGNITO_USER_POOLS"),
        ),
        (COGNITO, operation("remove", "/providerARNs", "x"), missing("Invalid provider ARN specified")),
        (TOKEN, operation("remove", "/identitySource", "x"), missing("Invalid identity source specified")),
        (TOKEN, replace("/authorizerResultTtlInSeconds", "x"), bad("Invalid integer value specified: x")),
        (TOKEN, replace("/type", "JWT"), bad("type JWT is not supported by this version of Gatewright")),
        (
            TOKEN,
            operation("add", "/type", "REQUEST"),
            bad(
                "Invalid patch path  '/type' specified for op 'add'. Must be one of: [/identitySource, /providerARNs]",
            ),
        ),
    ],
)
def test_patches_that_are_refused_change_nothing(
    gateway: Gateway, api: dict[str, Any], given: dict[str, Any], operations: Operations, refusal: tuple[str, str]
) -> None:
    created = create(gateway, given)
    assert gateway.refusal("update_authorizer", **there(created), patchOperations=operations) == refusal
    assert gateway.call("get_authorizer", **there(created)) == created


def test_methods_that_ask_an_authorizer(gateway: Gateway, method: dict[str, str]) -> None:
    token, cognito = create(gateway, TOKEN), create(gateway, COGNITO | {"name": "pool"})

    def update(kind: str, id: str) -> dict[str, Any]:
        operations = replace("/authorizationType", kind) + replace("/authorizerId", id)
        answer: dict[str, Any] = gateway.call("update_method", **method, patchOperations=operations)
        return answer

    bare = {"httpMethod": "GET", "apiKeyRequired": False}
    for kind, authorizer, other in (("CUSTOM", token, cognito), ("COGNITO_USER_POOLS", cognito, token)):
        asked = bare | {"authorizationType": kind, "authorizerId": authorizer["id"]}
        assert update(kind, authorizer["id"]) == asked
        operations = replace("/authorizationType", kind) + replace("/authorizerId", other["id"])
        assert gateway.refusal("update_method", **method, patchOperations=operations) == NO_AUTHORIZER
        message = f"Cannot delete authorizer '{authorizer['name']}', is referenced in method: GET//"
        assert gateway.refusal("delete_authorizer", **there(authorizer)) == ("ConflictException", message)
    assert update("NONE", token["id"]) == bare | {"authorizationType": "NONE"}
    for authorizer in (token, cognito):
        gateway.call("delete_authorizer", **there(authorizer))


def test_an_authorizer_is_tested_as_it_is_now(endpoint: Endpoint) -> None:
    asked: list[Any] = []
    answer = {
        "clientStatus": 0,
        "log": "Execution log",
        "latency": 3,
        "principalId": "me",
        "policy": "{}",
        "authorization": {"a": ["1"]},
    }

    async def test_invoke(*arguments: Any) -> dict[str, Any]:
        asked.append(arguments)
        return answer

    gateway = Gateway(endpoint, test_invoke_authorizer=test_invoke)
    gateway.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})
    token, cognito = create(gateway, TOKEN), create(gateway, COGNITO | {"name": "pool"})
    given = {"headers": {"Authorization": "x"}, "additionalContext": {"stage": "prod"}, "stageVariables": {"v": "1"}}
    nulls = {"headers": {"Authorization": "x", "y": None}, "stageVariables": {"v": "1", "w": None}}
    assert gateway.call("test_invoke_authorizer", **there(token), **given | nulls) == answer
    [(api, authorizer, input_, account, region)] = asked
    assert (api["id"], authorizer, account, region) == ("pets", token, "000000000000", "us-east-1")
    assert input_ == there(token) | given
    assert gateway.call("test_invoke_authorizer", **there(cognito)) == answer
    assert asked[1][1] == cognito
    gateway.store.close()


def test_its_results_are_dropped(gateway: Gateway, deployment: str) -> None:
    assert gateway.call("flush_stage_authorizers_cache", restApiId="pets", stageName="prod") == {}
    assert gateway.flushed == [("pets", "prod")]
    for api, stage in (("pets", "none"), ("none", "prod")):
        assert (
            gateway.refusal("flush_stage_authorizers_cache", restApiId=api, stageName=stage)[0] == "NotFoundException"
        )
    assert gateway.flushed == [("pets", "prod")]
