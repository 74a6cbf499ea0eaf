"""The endpoint of each service, from settings."""

import pytest

from gatewright.execute.world import Origin
from gatewright.neighbours.endpoints import BuiltIn, EndpointError, Endpoints, Remote


def test_without_settings_everything_is_embedded() -> None:
    assert Endpoints({}).of("dynamodb") is BuiltIn.MOTO


def test_one_service_of_many_has_its_own() -> None:
    endpoints = Endpoints({"dynamodb": "http://127.0.0.1:8000/", "eventbridge": "aws", "": "https://aws.example/base"})
    assert endpoints.of("dynamodb") == Remote(Origin("127.0.0.1", 8000, tls=False), "127.0.0.1:8000", "")
    assert endpoints.of("DynamoDB") == endpoints.of("dynamodb")
    assert endpoints.of("events") is BuiltIn.AWS  # as it signs, though set as SDKs call it
    for name, signs in (
        ("ses", "ses"),
        ("sesv2", "ses"),
        ("email", "ses"),
        ("sfn", "states"),
        ("cloudwatch", "monitoring"),
    ):
        assert Endpoints({name: "aws"}).of(signs) is BuiltIn.AWS
    assert Endpoints({"application-auto-scaling": "aws"}).of("application-autoscaling") is BuiltIn.AWS
    assert Endpoints({"own-service": "aws"}).of("own-service") is BuiltIn.AWS  # of a server that AWS has none of
    assert endpoints.of("sqs") == Remote(Origin("aws.example", 443, tls=True), "aws.example", "/base")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("s3", "localhost", "the endpoint of s3 must be a URL such as http://127.0.0.1:8000, or aws, or moto,"),
        ("", "ftp://x", "GATEWRIGHT_ENDPOINT_URL must be a URL such as http://127.0.0.1:8000, or aws, or moto,"),
        ("s3", "http://user@x", "the endpoint of s3 must be a URL"),
        ("s3", "http://x?y", "the endpoint of s3 must be a URL"),
        ("s3", "http://x:99999", "the endpoint of s3 is not a URL: 'http://x:99999'"),
    ],
)
def test_what_is_no_endpoint(name: str, text: str, message: str) -> None:
    with pytest.raises(EndpointError) as caught:
        Endpoints({name: text})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("url", ["http://localhost:4566", "http://127.0.0.1:4566/x", "http://[::1]:4566"])
def test_a_node_is_no_endpoint_of_its_own(url: str) -> None:
    with pytest.raises(EndpointError, match="the endpoint of sqs is this node itself: such requests would never end"):
        Endpoints({"sqs": url}, 4566)
    assert isinstance(Endpoints({"sqs": url}, 4567).of("sqs"), Remote)
    assert isinstance(Endpoints({"sqs": "http://other.example:4566"}, 4566).of("sqs"), Remote)
