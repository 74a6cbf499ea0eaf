"""The management endpoint: a signed request to the operation it means, its handler, and AWS's answer.

The credential scope names the service, the path the operation. Input is decoded and held against the model before
anything else, so that a request AWS would refuse is refused whether or not the operation is built. IAM user guide,
"Signing AWS API requests"; API Gateway reference, "Common errors".
"""

import logging
import re
from collections.abc import Collection, Coroutine, Mapping
from typing import Any

from gatewright.aws.call import Call, Handler, Output
from gatewright.aws.decode import decode
from gatewright.aws.encode import encode
from gatewright.aws.errors import ServiceError, encode_error
from gatewright.aws.service import Service, load_service
from gatewright.management import cors
from gatewright.signatures.scope import Scope, account_of, scope_of
from gatewright.values.headers import first
from gatewright.values.request import Request
from gatewright.values.response import AnyResponse
from gatewright.values.uuids import new_uuid

MODELS = ("apigateway", "apigatewayv2", "lambda")

_REGION = re.compile(r"[a-z0-9-]{1,32}")

log = logging.getLogger(__name__)


class Management:
    """All management services of one node. Immutable: any number of requests may be under way."""

    __slots__ = ("_handlers", "_integration_timeout", "_origins", "_services")

    def __init__(
        self,
        services: Mapping[str, Mapping[str, Handler]],
        *,
        origins: Collection[str] = (),
        integration_timeout: int = 29_000,
    ) -> None:
        """`services` holds the handlers by botocore's service name, then by operation; `origins` may call from browsers
        beside the loopback ones; `integration_timeout` is every account's quota, in milliseconds.

        Raises ValueError for a handler of no operation, ModelMissing without the models."""
        self._services = {name: load_service(name) for name in MODELS}
        self._handlers = {name: dict(handlers) for name, handlers in services.items()}
        self._origins = tuple(origins)
        self._integration_timeout = integration_timeout
        for name, handlers in self._handlers.items():
            unknown = handlers.keys() - self._services[name].operations.keys() if name in self._services else {name}
            if unknown:
                raise ValueError(f"{name} has no operation {', '.join(sorted(unknown))}")

    async def handle(self, request: Request) -> AnyResponse:
        """The answer to any request whatever. Never raises; suspends only where a handler does."""
        asked = cors.preflight(request, self._origins)
        if asked is not None:
            return asked
        request_id = new_uuid()
        return cors.with_cors(await self._answer(request, request_id), request, self._origins)

    async def _answer(self, request: Request, request_id: str) -> AnyResponse:
        service: Service | None = None
        try:
            scope = _signed(request)
            service, path = self._addressed(scope, request.path)
            return await self._perform(service, path, scope, request, request_id)
        except ServiceError as error:
            return encode_error(service, error, request_id)
        except Exception:
            log.exception("%s %s of %s failed", request.method, request.path, service.name if service else "no service")
            failure = ServiceError("InternalFailure", "The request processing has failed because of an unknown error.")
            return encode_error(None, failure, request_id)

    async def _perform(
        self, service: Service, path: str, scope: Scope, request: Request, request_id: str
    ) -> AnyResponse:
        matched = service.match(request.method, path, request.query)
        if matched is None:
            raise ServiceError(
                "UnknownOperationException", f"{service.name} has no operation {request.method} {request.path}"
            )
        operation, labels = matched
        values = decode(operation, labels, request)
        handler = self._handlers.get(service.name, {}).get(operation.name)
        if handler is None:
            raise ServiceError("NotImplementedException", f"{service.name} {operation.name} is not implemented")
        call = Call(
            operation.name, account_of(scope), scope.region, values, request, request_id, self._integration_timeout
        )
        output: Any = handler(call)
        given: Output = await output if isinstance(output, Coroutine) else output
        return encode(operation, given, request_id)

    def _addressed(self, scope: Scope, path: str) -> tuple[Service, str]:
        """The service that is meant, and the path as its model tells it."""
        if scope.service == "execute-api":
            raise ServiceError("UnknownOperationException", f"No API and no connection is at {path}")
        if scope.service == "apigateway":
            second = path == "/v2" or path.startswith("/v2/")
            return self._services["apigatewayv2" if second else "apigateway"], path
        if scope.service == "lambda":
            return self._services["lambda"], path
        raise ServiceError(
            "InvalidSignatureException",
            f"Credential should be scoped to correct service, not {scope.service!r}.",
        )


def _signed(request: Request) -> Scope:
    """The scope the request is signed for. Raises as AWS does for requests that are not, or are badly, signed."""
    scope = scope_of(request)
    if scope is None:
        header = first(request.headers, "authorization") or ""
        if header.lstrip()[:5].upper() == "AWS4-" or "x-amz-credential=" in request.query.lower():
            raise ServiceError(
                "IncompleteSignatureException",
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term",
            )
        raise ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token")
    if not _REGION.fullmatch(scope.region):
        raise ServiceError("InvalidSignatureException", "Credential should be scoped to a valid region.")
    return scope
