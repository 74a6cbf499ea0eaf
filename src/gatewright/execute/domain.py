"""`$context.domainName`: the name by which a client called the API."""

from typing import TYPE_CHECKING, NamedTuple

from gatewright.execute.custom_domain import NONE
from gatewright.values.headers import HOST

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext

TEST_STAGE = "test-invoke-stage"  # the stage that a TestInvokeMethod call runs in
TEST_DOMAIN = "testPrefix.testDomainName"  # AWS shows these words to the function under test


class MappedDomain(NamedTuple):
    """A custom domain name by which a request came: `name` is the host as sent.

    `base_path` is the key of the mapping that matched, "" for the one of all other paths; `rule_id` is the routing
    rule's, "" when a mapping led to the API."""

    name: str
    base_path: str = ""
    rule_id: str = ""

    @property
    def base_path_matched(self) -> str:
        """`$context.customDomain.basePathMatched`, "" when it was a rule that matched."""
        return "" if self.rule_id else self.base_path or NONE


def domain_name(context: "RequestContext") -> str:
    """The Host header without its port; for a request addressed by path, the name it could have used instead."""
    if context.domain is not None:
        return context.domain.name
    plan = context.plan
    for line in context.received.headers:
        if line.kind & HOST and ".execute-api." in line.value.lower():
            return line.value.partition(":")[0]
    if not plan.deployment_id:
        return TEST_DOMAIN
    return f"{plan.api_id}.execute-api.{plan.region}.localhost"


def event_path(context: "RequestContext") -> str:
    """The `path` of events: within the stage, or of a custom domain name the path as sent.

    Recorded: doubled slashes at its start collapse, others stay."""
    path = context.path if context.domain is None else context.received.path
    return "/" + path.lstrip("/")


def path_called(context: "RequestContext") -> str:
    """`$context.path`: as a client writes it, with the stage's name or what a custom domain name has in its place.

    Seen: a custom domain name's is the path as sent, whether its mapping names a stage or not (localstack issue 12295).
    """
    if context.domain is not None:
        return context.received.path
    return f"/{context.plan.stage}{context.path}"
