"""What is known of one request while it runs: AWS's `$context`, made by `serve` at the start and filled step by step.

`serve` writes the fields directly, integrations add theirs, the access log and the counters read them at the end.
It is the one mutable value of the data plane; nobody keeps it after the request.
Developer guide: "Variables for data transformations", "Variables for access logging".
"""

from typing import TYPE_CHECKING

from gatewright.execute.caller import ANONYMOUS, Caller
from gatewright.execute.request_headers import read_headers
from gatewright.values.request import Request

if TYPE_CHECKING:
    from gatewright.execute.domain import MappedDomain
    from gatewright.execute.limits.api_key import KeyHolder
    from gatewright.execute.plan import CallPlan, StagePlan
    from gatewright.execute.streaming import Streaming
    from gatewright.execute.template_context import TemplateContext
    from gatewright.execute.web_acl import Waf


class RequestContext:
    """One request's `$context`. Times are epoch seconds, latencies milliseconds; None and "" mean not known (yet)."""

    __slots__ = (
        "began",
        "caller",
        "domain",
        "endpoint_status",
        "error_message",
        "error_type",
        "extended_request_id",
        "has_encoded_body",
        "integration_error",
        "integration_latency",
        "integration_path",
        "integration_request_id",
        "integration_status",
        "key",
        "method",
        "path",
        "path_parameters",
        "phases",
        "plan",
        "read",
        "received",
        "request",
        "request_id",
        "response_latency",
        "response_length",
        "status",
        "streaming",
        "template_context",
        "trace_id",
        "validation_error",
        "waf",
    )

    def __init__(
        self, plan: "StagePlan", request: Request, path: str, began: float, domain: "MappedDomain | None" = None
    ) -> None:
        self.plan = plan
        self.domain = domain  # the custom domain name that led here
        self.received = request  # as the client sent it, and signed it
        self.read = read_headers(request.headers)
        self.request = request
        self.path = path  # within the stage, as received
        self.has_encoded_body = False  # it came with a Content-Encoding, and is still in it
        self.began = began
        self.request_id = ""
        self.extended_request_id = ""
        self.trace_id = ""  # the X-Amzn-Trace-Id integrations receive
        self.method: CallPlan | None = None
        self.caller: Caller = ANONYMOUS
        self.key: KeyHolder | None = None  # that the method asked for
        self.phases: dict[str, int | str] | None = None  # what they tell the access log, by variable: see phases.py
        self.path_parameters: dict[str, str] = {}
        self.status = 0
        self.response_length = 0  # bytes of the body sent
        self.response_latency = 0
        self.integration_status: int | None = None  # of the service or backend called: for Lambda, its service's status
        self.endpoint_status: int | None = None  # what the function's own code, or the backend, gave as status
        self.integration_latency: int | None = None
        self.integration_path: str | None = None  # where parameter mapping sends a request, None for its own path
        self.integration_request_id = ""
        self.integration_error = ""
        self.error_message: str | None = None  # of the gateway response
        self.error_type = ""  # its response type, such as INTEGRATION_FAILURE
        self.validation_error = ""
        self.waf: Waf | None = None  # what the stage's web ACL said
        self.streaming: Streaming | None = None  # of a response in pieces
        self.template_context: TemplateContext | None = None  # as long as no template has run

    @property
    def sent_key(self) -> str | None:
        """The API key that the client sent in a header."""
        return self.read.api_key

    @property
    def resource_path(self) -> str:
        """Of the method or route that serves the request, "" as long as none does."""
        return self.method.resource_path if self.method is not None else ""

    @property
    def resource_id(self) -> str:
        """Likewise."""
        return self.method.resource_id if self.method is not None else ""
