"""One endpoint for each AWS service that is not ours: a URL, real AWS, or the embedded moto server.

Settings map a service to `http(s)://host[:port][/base]`, `aws` or `moto`; the name "" stands for all others, and
without it they are served by moto. A service may be named as it signs (`events`) or as SDKs call it (`eventbridge`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from gatewright.aws.service_api import service_api
from gatewright.execute.world import Origin

# What SDKs and AWS_ENDPOINT_URL_<SERVICE> call a service, where neither its model nor its host is named so.
_MODELS: Mapping[str, str] = {
    "application-auto-scaling": "application-autoscaling",
    "cloudwatch-logs": "logs",
    "cognito-identity-provider": "cognito-idp",
    "dynamodb-streams": "dynamodbstreams",
    "elastic-load-balancing": "elb",
    "elastic-load-balancing-v2": "elbv2",
    "eventbridge": "events",
    "iot-data-plane": "iot-data",
    "sfn": "stepfunctions",
    "systems-manager": "ssm",
}


class BuiltIn(Enum):
    """The two endpoints that are not a URL."""

    MOTO = "moto"
    AWS = "aws"


@dataclass(frozen=True, slots=True)
class Remote:
    """A server given by URL. `base` is its path prefix without a final slash, `authority` its Host header."""

    origin: Origin
    authority: str
    base: str


Endpoint = Remote | BuiltIn


class EndpointError(ValueError):
    """An endpoint that cannot be used; the text names the service and what it takes."""


class Endpoints:
    """Compiled once from settings; `own_port` is the node's on loopback.

    Raises EndpointError for a value that is neither a URL nor `aws` nor `moto`, and for the URL of the node itself."""

    def __init__(self, configured: Mapping[str, str], own_port: int = 0) -> None:
        self._by_service = {signing_name(name.lower()): _endpoint(name, text) for name, text in configured.items()}
        for service, endpoint in self._by_service.items():
            if isinstance(endpoint, Remote) and endpoint.origin.port == own_port and _is_loopback(endpoint.origin.host):
                raise EndpointError(f"{_whose(service)} is this node itself: such requests would never end")
        self._default = self._by_service.pop("", BuiltIn.MOTO)

    def of(self, service: str) -> Endpoint:
        """The endpoint of the service that signs as `service`, such as "dynamodb"."""
        return self._by_service.get(service.lower(), self._default)


def signing_name(name: str) -> str:
    """The name in the credential scope of a service that SDKs call `name`, a name that they do not know as it is."""
    api = service_api(_MODELS.get(name, name)) if name else None
    return api.signing_name if api else name


def _endpoint(name: str, text: str) -> Endpoint:
    return BuiltIn(text) if text in ("aws", "moto") else remote(text, _whose(name))


def remote(text: str, whose: str) -> Remote:
    """A server by its URL; `whose` names it in an error. Raises EndpointError."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise EndpointError(f"{whose} is not a URL: {text!r}") from error
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or url.username is not None:
        raise EndpointError(f"{whose} must be a URL such as http://127.0.0.1:8000, or aws, or moto, not {text!r}")
    tls = url.scheme == "https"
    origin = Origin(url.hostname, port or (443 if tls else 80), tls)
    return Remote(origin, url.netloc, url.path.rstrip("/"))


def _whose(name: str) -> str:
    return f"the endpoint of {name}" if name else "GATEWRIGHT_ENDPOINT_URL"


def _is_loopback(host: str) -> bool:
    return host == "::1" or host.startswith("127.") or f".{host}".endswith(".localhost")
