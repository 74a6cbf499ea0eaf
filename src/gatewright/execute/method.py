"""A method, compiled: its integration, and the steps before it.

What is wrong with one method is that method's alone: it becomes a `Misconfigured`, and the others are served. Where
AWS's types of integration are told apart is the table below.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import msgspec

from gatewright.execute import unserved
from gatewright.execute.gate import Gate
from gatewright.execute.gateway_response import CONFIGURATION_FAILURE
from gatewright.execute.integrations.aws import compile_aws
from gatewright.execute.integrations.http import compile_http
from gatewright.execute.integrations.http_proxy import compile_http_proxy
from gatewright.execute.integrations.http_stream import compile_http_stream
from gatewright.execute.integrations.lambda_proxy import compile_lambda_proxy
from gatewright.execute.integrations.lambda_stream import compile_lambda_stream
from gatewright.execute.integrations.mock import compile_mock
from gatewright.execute.misconfigured import Misconfigured
from gatewright.execute.plan import Document, Integration, MethodPlan, Source
from gatewright.execute.request_validator import Models, compile_request_validator

INTEGRATIONS: Mapping[str, Callable[[Source], Integration]] = {
    "AWS": compile_aws,
    "AWS_PROXY": compile_lambda_proxy,
    "HTTP": compile_http,
    "HTTP_PROXY": compile_http_proxy,
    "MOCK": compile_mock,
}
STREAMED: Mapping[str, Callable[[Source], Integration]] = {
    "AWS_PROXY": compile_lambda_stream,
    "HTTP_PROXY": compile_http_stream,
}
PROXIES = frozenset({"AWS_PROXY", "HTTP_PROXY"})
_NAME_THEIR_METHOD = frozenset({"AWS", "AWS_PROXY"})  # in the event and in the permission they ask for
_log = logging.getLogger(__name__)


class Methods:
    """Compiles the methods of one snapshot: its models once, and one integration for methods configured alike."""

    def __init__(self, snapshot: Document, source: Source, gate: Gate | None = None) -> None:
        """`source` is what all methods of the stage share. A test invocation has no `gate`: whoever may make it may
        call the method."""
        self._source = source
        self._gate = gate
        self._validators: Iterable[Document] = snapshot.get("requestValidators") or ()
        self._models = Models(snapshot.get("models") or ())
        self._alike: dict[bytes, Integration] = {}

    def plan(self, resource: Document, verb: str) -> MethodPlan:
        """The method of `resource` for `verb`, as configured."""
        method = resource["resourceMethods"][verb] or {}
        integration = method.get("methodIntegration") or {}
        path = resource["path"]
        source = replace(self._source, method=method, integration=integration, verb=verb, resource_path=path)
        try:
            return self._plan(resource["id"], source)
        except ValueError as error:
            doubt = str(error)
        except Exception:
            _log.exception("%s %s of API %s cannot be compiled", verb, path, source.api_id)
            doubt = "the method cannot be compiled"
        return MethodPlan(verb, resource["id"], path, Misconfigured(CONFIGURATION_FAILURE + doubt))

    def _plan(self, resource_id: str, source: Source) -> MethodPlan:
        integration = self._integration(source)
        validate = compile_request_validator(source.method, self._validators, self._models)
        plan = MethodPlan(source.verb, resource_id, source.resource_path, integration, validate=validate)
        return plan if self._gate is None else self._gate.before(plan, source)

    def _integration(self, source: Source) -> Integration:
        if source.integration.get("type") in _NAME_THEIR_METHOD:
            return _integration(source)
        key = msgspec.json.encode((source.integration, source.method | {"methodIntegration": None}))
        integration = self._alike.get(key)
        if integration is None:
            integration = self._alike[key] = _integration(source)
        return integration


def _integration(source: Source) -> Integration:
    doubt = _doubt(source)
    if doubt is not None:
        raise ValueError(doubt)
    streamed = source.integration.get("responseTransferMode") == "STREAM"
    return (STREAMED if streamed else INTEGRATIONS)[source.integration["type"]](source)


def _doubt(source: Source) -> str | None:
    if not source.integration:
        return "No integration defined for method"
    doubt = None if source.in_test else unserved.closed(unserved.of_method(source.method))
    doubt = doubt or unserved.closed(unserved.of_integration(source.integration))
    if source.integration["type"] not in PROXIES:  # these pass the answer on as it is
        for response in (source.integration.get("integrationResponses") or {}).values():
            doubt = doubt or unserved.closed(unserved.of_integration_response(response))
    return doubt
