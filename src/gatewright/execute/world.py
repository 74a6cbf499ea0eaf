"""The door to the outside: clock, network and functions as the data plane sees them. Tests give their own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gatewright.values.headers import Headers
from gatewright.values.invocation import InvocationResponse, InvocationStream
from gatewright.values.long_work import LongWork
from gatewright.values.stream import Stream

if TYPE_CHECKING:
    from gatewright.execute.authorizers.authorizer_results import AuthorizerResults
    from gatewright.execute.authorizers.user_pool_keys import UserPoolKeys
    from gatewright.execute.authorizers.verified_tokens import VerifiedTokens
    from gatewright.execute.caching.cached_responses import Responses
    from gatewright.execute.caller import Principal
    from gatewright.execute.limits.api_key import ApiKeys
    from gatewright.execute.limits.throttle import Throttles
    from gatewright.execute.limits.usage import Usage
    from gatewright.execute.plan import StagePlan
    from gatewright.execute.web_acls import WebAcls
    from gatewright.execute.websocket.connections import Connections


@dataclass(frozen=True, slots=True)
class Certificate:
    """A client certificate with its private key, both PEM."""

    certificate: str
    private_key: str = field(repr=False)


class Origin(NamedTuple):
    """Where an HTTP backend listens; compiled with the stage. `verify` false takes a certificate of any authority.

    `name` is the one its certificate must be for, "" for `host`; `certificate` is shown to a backend that asks."""

    host: str
    port: int
    tls: bool
    verify: bool = True
    name: str = ""
    certificate: Certificate | None = None


class Returned(NamedTuple):
    """A backend's answer: interim responses skipped, transfer coding removed, header lines as received."""

    status: int
    headers: Headers
    body: bytes


class ReturnedStream(NamedTuple):
    """A backend's answer as soon as its head is there."""

    status: int
    headers: Headers
    body: Stream


class HttpClient(Protocol):
    """The pooled upstream client."""

    def send(self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float) -> Awaitable[Returned]:
        """Send one request; `head` is the whole head, request line to empty line, framing included.

        `timeout` in seconds covers connecting to last byte. Raises NetworkFault."""
        ...

    def stream(
        self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float
    ) -> Awaitable[ReturnedStream]:
        """The same, but the answer is given when its head is there. The caller closes its body."""
        ...

    def forward(
        self, origin: Origin, method: str, head: bytes, body: bytes, timeout: float
    ) -> Awaitable[Returned | ReturnedStream]:
        """The same, but the answer is given whole only if its head says how long it is."""
        ...


class Functions(Protocol):
    """The Lambda service as integrations and authorizers use it."""

    def invoke(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> Awaitable[InvocationResponse]:
        """Invoke synchronously as the principal apigateway.amazonaws.com with aws:SourceArn `source_arn`, or, when it
        is None, as the role in the integration's credentials: the function's policy is not asked then.

        `function_arn` may end in a version or alias. `timeout` in seconds is the caller's patience: when it runs out
        FunctionFault("timeout") is raised and the function runs on. Raises FunctionFault."""
        ...

    def stream(
        self, function_arn: str, event: bytes, *, source_arn: str | None, timeout: float, trace_id: str
    ) -> Awaitable[InvocationStream]:
        """The same with InvokeWithResponseStream: the answer is given when its first bytes are there. The caller closes
        its payload, which a function that does not stream gives whole."""
        ...

    def queue(self, function_arn: str, event: bytes, *, source_arn: str | None, trace_id: str) -> str:
        """Accept `event`, which is JSON, for an asynchronous invocation; `source_arn` as above.

        The request id; nobody gets the result. Raises FunctionFault."""
        ...


class ServiceCall(NamedTuple):
    """One call of an AWS service. `service` is its signing name, `host` AWS's own host for it, subdomain included.

    `target` is the request target, `headers` lacks Host, framing and everything a signature adds. `role` is the ARN of
    the role to call as, "" for the account itself, or the `caller` if there is one. An `anonymous` call goes unsigned
    to servers that are not ours."""

    service: str
    region: str
    account: str
    role: str
    method: str
    host: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    anonymous: bool = False
    caller: "Principal | None" = None


class Services(Protocol):
    """The other AWS services: each call is signed and sent to the endpoint that this node has for the service."""

    def call(self, call: ServiceCall, *, timeout: float) -> Awaitable[Returned]:
        """The service's answer, whatever its status; `timeout` in seconds covers everything.

        Raises NetworkFault, and RoleFault when the role cannot be assumed."""
        ...


class Principals(Protocol):
    """Whose access keys sign requests to methods with AWS_IAM."""

    def of(self, access_key: str) -> "Awaitable[Principal | None]":
        """Whose key that is, None for one that nobody has. Raises PrincipalsUnreachable."""
        ...

    def doubt(self) -> str:
        """Why nobody can be known as it is, "" if somebody can."""
        ...


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that `serve` may touch, and what changes at run time, which outlives plans."""

    now: Callable[[], float]  # epoch seconds
    chance: Callable[[], float]  # uniform in [0, 1)
    http: HttpClient
    functions: Functions
    services: Services
    work: LongWork
    log: "Callable[[StagePlan, bytes], None]"  # takes one line of the stage's access log, without its newline
    # Who may call.
    web_acls: "WebAcls"
    principals: Principals
    user_pools: "UserPoolKeys"  # whose keys sign the tokens of Cognito authorizers
    verified_tokens: "VerifiedTokens"
    authorizer_results: "AuthorizerResults"
    # How often.
    api_keys: "ApiKeys"
    throttles: "Throttles"
    usage: "Usage"
    # What is kept.
    responses: "Responses"
    # Who is connected, and the plan by which a stage is served now: a connection outlives the one it began with.
    connections: "Connections"
    plan_of: "Callable[[str, str], StagePlan | None]"
