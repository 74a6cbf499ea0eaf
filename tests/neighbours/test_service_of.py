"""Which service a request means."""

import pytest

from gatewright.neighbours.service_of import host_name, service_of
from gatewright.values.request import Request
from tests.neighbours.requests import request

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_signature_tells_it_whatever_else_the_request_says() -> None:
    assert service_of(request(headers={"Host": "s3.amazonaws.com"}), "dynamodb") == "dynamodb"


@pytest.mark.parametrize(
    ("unsigned", "service"),
    [
        (request("POST", headers={"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"}), "cognito-idp"),
        (request("POST", headers={"X-Amz-Target": "AWSCognitoIdentityService.GetId"}), "cognito-identity"),
        (request("POST", headers={"X-Amz-Target": "DynamoDB_20120810.GetItem"}), None),
        (request("POST", headers=FORM, body=b"Version=2011-06-15&Action=AssumeRoleWithWebIdentity"), "sts"),
        (request("GET", "/?Action=AssumeRoleWithSAML"), "sts"),
        (request("POST", headers=FORM, body=b"Action=SendMessage"), None),
        (request("POST", "/elsewhere", headers=FORM, body=b"Action=AssumeRoleWithWebIdentity"), None),
        (request("GET", "/us-east-1_Ab12/.well-known/jwks.json"), "cognito-idp"),
        (request("POST", "/us-east-1_Ab12/.well-known/jwks.json"), None),
        (request("GET", "/pool/.well-known/jwks.json"), None),
        *((request(headers={"Host": host}), "s3") for host in ("s3.localhost:4566", "my.bucket.s3.localhost")),
        *(
            (request(headers={"Host": host}), "s3")
            for host in ("s3.eu-west-1.amazonaws.com", "b.s3.dualstack.eu-west-1.amazonaws.com")
        ),
        (request(headers={"Host": "SQS.us-east-1.localhost"}), "sqs"),
        (request(headers={"Host": "dynamodb.us-east-1.amazonaws.com"}), "dynamodb"),
        (request(headers={"Host": "apigateway.us-east-1.amazonaws.com"}), None),
        (request(headers={"Host": "myapp.localhost"}), None),
        (request(headers={"Host": "s3.evil.example"}), None),
        (request(headers={"Host": "a." * 200 + "s3.localhost"}), None),
        (request(), None),
    ],
)
def test_unsigned_requests(unsigned: Request, service: str | None) -> None:
    assert service_of(unsigned, None) == service


@pytest.mark.parametrize(
    ("host", "name"),
    [("LocalHost:4566", "localhost"), ("localhost", "localhost"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("", "")],
)
def test_the_name_in_a_host(host: str, name: str) -> None:
    assert host_name(request(headers={"Host": host})) == name
