"""Integration and IntegrationResponse: types, defaults, rules, patches."""

from typing import Any

import pytest

from tests.management.gateway import Gateway, Operations, bad, missing, operation, replace

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:GetUser"
LAMBDA = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
STREAM = LAMBDA.replace("2015-03-31", "2021-11-15").replace("/invocations", "/response-streaming-invocations")
QUEUE = "arn:aws:apigateway:us-east-1:sqs:path/000000000000/queue"
ROLE = "arn:aws:iam::000000000000:role/r"
HTTP = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://example.com/pets"}


def mapping(expression: str, what: str = "specified") -> tuple[str, str]:
    outer = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
    return bad(f"{outer}[Invalid mapping expression {what}: {expression}]")


def shape(method: dict[str, str], **members: Any) -> dict[str, Any]:
    return {
        "cacheKeyParameters": [],
        "cacheNamespace": method["resourceId"],
        "passthroughBehavior": "WHEN_NO_MATCH",
        "timeoutInMillis": 29000,
    } | members


def http_shape(method: dict[str, str]) -> dict[str, Any]:
    return shape(method, type="HTTP_PROXY", httpMethod="GET", uri=HTTP["uri"], connectionType="INTERNET")


def test_a_lambda_proxy(gateway: Gateway, method: dict[str, str]) -> None:
    given = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": LAMBDA}
    expected = shape(method, type="AWS_PROXY", httpMethod="POST", uri=LAMBDA, connectionType="INTERNET")
    assert gateway.call("put_integration", **method, **given) == expected
    assert gateway.call("get_integration", **method) == expected
    assert gateway.call("get_method", **method)["methodIntegration"] == expected


def test_an_http_proxy_with_all_that_is_served(gateway: Gateway, method: dict[str, str]) -> None:
    gateway.call(
        "update_method",
        **method,
        patchOperations=operation("add", "/requestParameters/method.request.querystring.page", "false"),
    )
    given = {
        "uri": "https://${stageVariables.host}/{proxy}",
        "connectionType": "INTERNET",
        "requestParameters": {
            "integration.request.path.proxy": "method.request.querystring.page",
            "integration.request.header.X-Static": "'one'",
        },
        "passthroughBehavior": "NEVER",
        "cacheNamespace": "mine",
        "cacheKeyParameters": ["method.request.querystring.page"],
        "timeoutInMillis": 50,
        "tlsConfig": {"insecureSkipVerification": True},
        "responseTransferMode": "BUFFERED",
    }
    expected = given | {"type": "HTTP_PROXY", "httpMethod": "GET"}
    assert gateway.call("put_integration", **method, **HTTP | given) == expected


@pytest.mark.parametrize(
    "uri",
    [
        QUEUE,
        "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
        "arn:aws:apigateway:us-east-1:states:action/StartSyncExecution",
        "arn:aws:apigateway:us-east-1:photos.s3:path/{key}",
        "arn:aws:apigateway:us-east-1:runtime.sagemaker:path/endpoints/e/invocations",
        "arn:aws:apigateway:us-east-1:${stageVariables.service}:path/x",
        LAMBDA,
    ],
)
def test_an_aws_service(gateway: Gateway, method: dict[str, str], uri: str) -> None:
    given = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": uri,
        "credentials": ROLE,
        "requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        "contentHandling": "CONVERT_TO_TEXT",
    }
    expected = shape(method, **given, connectionType="INTERNET", httpMethod="POST")
    del expected["integrationHttpMethod"]
    assert gateway.call("put_integration", **method, **given) == expected
    assert gateway.call("get_integration", **method) == expected


def test_a_private_connection(gateway: Gateway, method: dict[str, str]) -> None:
    arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/50dc6c495c0c9188"
    link = gateway.call("create_vpc_link", name="pets", targetArns=[arn])["id"]
    for connection in (link, "${stageVariables.link}"):
        given = HTTP | {"connectionType": "VPC_LINK", "connectionId": connection}
        expected = http_shape(method) | {"connectionType": "VPC_LINK", "connectionId": connection}
        assert gateway.call("put_integration", **method, **given) == expected


def test_a_function_needs_no_role_and_may_be_called_as_the_caller(gateway: Gateway, method: dict[str, str]) -> None:
    given = {"type": "AWS", "integrationHttpMethod": "POST", "uri": LAMBDA}
    expected = shape(method, type="AWS", httpMethod="POST", uri=LAMBDA, connectionType="INTERNET")
    assert gateway.call("put_integration", **method, **given) == expected
    caller = "arn:aws:iam::*:user/*"
    changed = gateway.call("update_integration", **method, patchOperations=replace("/credentials", caller))
    assert changed == expected | {"credentials": caller}


def test_a_mock(gateway: Gateway, method: dict[str, str]) -> None:
    given = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}', "text/plain": ""}}
    expected = shape(method, type="MOCK", requestTemplates=given["requestTemplates"] | {"text/plain": None})
    assert gateway.call("put_integration", **method, **given, connectionType="INTERNET") == expected


def test_a_put_replaces_the_whole_integration(gateway: Gateway, mock: dict[str, str]) -> None:
    gateway.call("put_method_response", **mock, statusCode="200")
    gateway.call("put_integration_response", **mock, statusCode="200")
    gateway.call("put_integration", **mock, **HTTP)
    assert gateway.call("get_integration", **mock) == http_shape(mock)
    gateway.call("delete_integration", **mock)
    assert gateway.refusal("get_integration", **mock) == missing("Invalid Integration identifier specified")
    assert set(gateway.call("get_method", **mock)) == {
        *("apiKeyRequired", "authorizationType", "httpMethod"),
        "methodResponses",
    }


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"integrationHttpMethod": ""}, bad("Enumeration value for HttpMethod must be non-empty")),
        (
            {"integrationHttpMethod": "FETCH"},
            bad("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"),
        ),
        ({"uri": ""}, bad("Invalid HTTP endpoint specified for URI")),
        ({"uri": "ftp://example.com"}, bad("Invalid HTTP endpoint specified for URI")),
        ({"uri": "http://"}, bad("Invalid HTTP endpoint specified for URI")),
        ({"uri": "http://example.com:99999/"}, bad("Invalid HTTP endpoint specified for URI")),
        ({"uri": "http://user@example.com/"}, bad("Invalid HTTP endpoint specified for URI")),
        ({"uri": LAMBDA}, bad("Invalid HTTP endpoint specified for URI")),
        ({"type": "AWS_PROXY"}, bad("Invalid ARN specified in the request")),
        (
            {"type": "AWS_PROXY", "uri": "arn:aws:apigateway:us-east-1:lambda:function/x"},
            bad("AWS ARN for integration must contain path or action"),
        ),
        (
            {"type": "AWS_PROXY", "uri": "arn:aws:apigateway:us-east-1:sqs:path/000000000000/queue"},
            bad(
                "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream "
                "invocations."
            ),
        ),
        ({"type": "AWS", "uri": QUEUE}, bad("Role ARN must be specified for AWS integrations")),
        (
            {"type": "AWS", "credentials": ROLE, "uri": QUEUE.replace(":sqs:", ":queues:")},
            bad("AWS service of type queues not supported"),
        ),
        ({"type": "AWS", "credentials": ROLE, "uri": "sqs"}, bad("Invalid ARN specified in the request")),
        (
            {"type": "AWS", "credentials": ROLE, "uri": QUEUE, "responseTransferMode": "STREAM"},
            bad("ResponseTransferMode STREAM is only supported for integration type AWS_PROXY, HTTP_PROXY."),
        ),
        (
            {"type": "AWS_PROXY", "uri": LAMBDA, "responseTransferMode": "STREAM"},
            bad("ResponseTransferMode STREAM needs the URI of a streaming invocation of a Lambda function."),
        ),
        (
            {"type": "AWS_PROXY", "uri": STREAM},
            bad("The URI of a streaming invocation of a Lambda function needs responseTransferMode STREAM."),
        ),
        (
            {"type": "AWS_PROXY", "uri": LAMBDA, "connectionType": "VPC_LINK", "connectionId": "x"},
            bad("ConnectionType VPC_LINK is only supported for integration type HTTP, HTTP_PROXY."),
        ),
        (
            {"type": "MOCK", "connectionType": "VPC_LINK"},
            bad("ConnectionType VPC_LINK is only supported for integration type HTTP, HTTP_PROXY."),
        ),
        ({"connectionType": "VPC_LINK"}, bad("ConnectionId must be specified for connection type VPC_LINK")),
        ({"connectionType": "VPC_LINK", "connectionId": "x"}, bad("Invalid Vpc Link identifier specified")),
        (
            {"passthroughBehavior": "SOMETIMES"},
            bad("Invalid passthroughBehavior specified. Valid options are WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER"),
        ),
        ({"timeoutInMillis": 49}, bad("Timeout should be between 50 ms and 29000 ms")),
        ({"timeoutInMillis": 29001}, bad("Timeout should be between 50 ms and 29000 ms")),
        ({"credentials": "me"}, bad("Invalid ARN specified in the request")),
        ({"cacheKeyParameters": ["page"]}, bad("Invalid cache key parameter specified")),
        ({"cacheKeyParameters": ["method.request.path.p"]}, bad("Invalid cache key parameter specified")),
        ({"requestParameters": {"integration.request.header.X": "x"}}, mapping("x")),
        ({"requestParameters": {"integration.request.cookie.X": "'x'"}}, mapping("integration.request.cookie.X")),
        (
            {"requestParameters": {"integration.request.path.p": "method.request.path.p"}},
            mapping("method.request.path.p", "parameter specified"),
        ),
        (
            {"requestParameters": {"integration.request.header.X": None}},
            bad("Invalid null or empty value in requestParameters"),
        ),
    ],
)
def test_what_is_refused(
    gateway: Gateway, method: dict[str, str], given: dict[str, Any], refusal: tuple[str, str]
) -> None:
    assert gateway.refusal("put_integration", **method, **HTTP | given) == refusal
    assert gateway.refusal("get_integration", **method) == missing("Invalid Integration identifier specified")


def test_an_unknown_type_and_an_unknown_method(gateway: Gateway, method: dict[str, str]) -> None:
    code, message = gateway.refusal("put_integration", **method, type="FTP")
    assert (code, message.split(": ")[0]) == ("ValidationException", "1 validation error detected")
    other = method | {"httpMethod": "POST"}
    assert gateway.refusal("put_integration", **other, **HTTP) == missing("Invalid Method identifier specified")


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        (replace("/uri", "https://example.org"), {"uri": "https://example.org"}),
        (replace("/httpMethod", "POST"), {"httpMethod": "POST"}),
        (replace("/connectionType", "INTERNET"), {}),
        (replace("/connectionId", ""), {}),
        (replace("/credentials", ""), {}),
        (replace("/contentHandling", ""), {}),
        (replace("/passthroughBehavior", "NEVER"), {"passthroughBehavior": "NEVER"}),
        (replace("/timeoutInMillis", "1000"), {"timeoutInMillis": 1000}),
        (replace("/tlsConfig/insecureSkipVerification", "true"), {"tlsConfig": {"insecureSkipVerification": True}}),
        (replace("/responseTransferMode", "BUFFERED"), {"responseTransferMode": "BUFFERED"}),
        (replace("/integrationTarget", ""), {}),
        (replace("/cacheNamespace", "mine"), {"cacheNamespace": "mine"}),
        (
            operation("add", "/cacheKeyParameters/integration.request.path.a"),
            {"cacheKeyParameters": ["integration.request.path.a"]},
        ),
        (
            operation("add", "/requestParameters/integration.request.header.X", "'x'"),
            {"requestParameters": {"integration.request.header.X": "'x'"}},
        ),
        (
            operation("add", "/requestParameters/integration.request.header.X", "'x'")
            + operation("remove", "/requestParameters/integration.request.header.X"),
            {},
        ),
        (
            operation("add", "/requestTemplates/application~1json", "{}"),
            {"requestTemplates": {"application/json": "{}"}},
        ),
        (operation("add", "/requestTemplates/application~1json"), {"requestTemplates": {"application/json": None}}),
    ],
)
def test_patches(gateway: Gateway, method: dict[str, str], operations: Operations, changed: dict[str, Any]) -> None:
    gateway.call("put_integration", **method, **HTTP)
    expected = http_shape(method) | changed
    assert gateway.call("update_integration", **method, patchOperations=operations) == expected
    assert gateway.call("get_integration", **method) == expected


@pytest.mark.parametrize(
    ("operations", "refusal"),
    [
        (replace("/type", "MOCK"), bad("Invalid patch path /type")),
        (replace("/uri", "nowhere"), bad("Invalid HTTP endpoint specified for URI")),
        (replace("/timeoutInMillis", "soon"), bad("Invalid integer value specified: soon")),
        (replace("/timeoutInMillis", "9" * 5000), bad("Invalid integer value specified: " + "9" * 5000)),
        (operation("remove", "/uri"), bad("Invalid patch operation specified. Must be one of: [replace]")),
        (operation("remove", "/requestTemplates/a~1b"), missing("Content-Type specified was not found")),
        (operation("add", "/requestTemplates", "x"), bad("Invalid patch path /requestTemplates")),
        (operation("add", "/requestParameters/integration.request.header.X", "x"), mapping("x")),
        (
            replace("/connectionType", "TUNNEL"),
            bad("Invalid connectionType specified. Valid options are INTERNET,VPC_LINK"),
        ),
    ],
)
def test_patches_that_are_refused_change_nothing(
    gateway: Gateway, method: dict[str, str], operations: Operations, refusal: tuple[str, str]
) -> None:
    gateway.call("put_integration", **method, **HTTP)
    assert gateway.refusal("update_integration", **method, patchOperations=operations) == refusal
    assert gateway.call("get_integration", **method) == http_shape(method)


def test_a_mock_has_no_address_to_patch(gateway: Gateway, mock: dict[str, str]) -> None:
    for path in ("/uri", "/httpMethod"):
        refusal = gateway.refusal("update_integration", **mock, patchOperations=replace(path, "x"))
        assert refusal == bad(f"Invalid patch path {path}")


def test_integration_responses(gateway: Gateway, mock: dict[str, str]) -> None:
    declared = {"responseParameters": {"method.response.header.X": False}}
    gateway.call("put_method_response", **mock, statusCode="200", **declared)
    given = {
        "responseParameters": {"method.response.header.X": "'x'"},
        "responseTemplates": {"application/json": "{}", "text/plain": ""},
    }
    stored = given | {"responseTemplates": {"application/json": "{}", "text/plain": None}}
    expected = {"statusCode": "200", "selectionPattern": ""} | stored
    assert gateway.call("put_integration_response", **mock, statusCode="200", **given) == expected
    assert gateway.call("get_integration_response", **mock, statusCode="200") == expected
    assert gateway.call("get_integration", **mock)["integrationResponses"] == {"200": expected}
    operations = (
        replace("/selectionPattern", "2.."),
        operation("remove", "/responseTemplates/text~1plain"),
        replace("/responseTemplates/application~1json", "[]"),
        operation("remove", "/responseParameters/method.response.header.X"),
        replace("/contentHandling", ""),
    )
    updated = gateway.call(
        "update_integration_response", **mock, statusCode="200", patchOperations=[one for [one] in operations]
    )
    assert updated == {
        "statusCode": "200",
        "selectionPattern": "2..",
        "responseTemplates": {"application/json": "[]"},
    }
    gateway.call("delete_integration_response", **mock, statusCode="200")
    assert "integrationResponses" not in gateway.call("get_integration", **mock)


def test_integration_responses_that_are_refused(gateway: Gateway, mock: dict[str, str]) -> None:
    unknown = missing("Invalid Response status code specified")
    assert gateway.refusal("put_integration_response", **mock, statusCode="200") == unknown
    gateway.call("put_method_response", **mock, statusCode="200")
    assert gateway.refusal("get_integration_response", **mock, statusCode="200") == unknown
    for given, refusal in (
        (
            {"responseParameters": {"method.response.header.X": "'x'"}},
            mapping("method.response.header.X", "parameter specified"),
        ),
        (
            {"responseParameters": {"method.response.header.X": ""}},
            bad("Invalid null or empty value in responseParameters"),
        ),
    ):
        assert gateway.refusal("put_integration_response", **mock, statusCode="200", **given) == refusal
    gateway.call("delete_integration", **mock)
    refusal = gateway.refusal("put_integration_response", **mock, statusCode="200")
    assert refusal == missing("No integration defined for method")
