"""What a stage takes beyond its configuration: VPC links, their targets on this node, certificates, account limits.

It is data, read from the store and the settings whenever a stage is compiled. Developer guide: "Private integrations
for REST APIs"; "Generate and configure an SSL certificate for backend authentication".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from gatewright.execute.limits.throttle import ACCOUNT, Rates
from gatewright.execute.private_api import Way
from gatewright.execute.world import Certificate
from gatewright.values.records import Key, Store

STREAM_RATE = 2 * 1024 * 1024  # bytes a second


class Address(NamedTuple):
    """Where something listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Network:
    """`links` are the VPC links, of both kinds, of the API's account and region by id, `targets` where load balancers
    and their listeners are by ARN. `certificate` is the stage's; `stream_rate` in bytes a second, 0 for no bound.
    `account` is what each account may call in a Region. `ways` tell through which VPC endpoint a request comes."""

    links: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    targets: Mapping[str, Address] = field(default_factory=dict)
    certificate: Certificate | None = None
    stream_rate: int = STREAM_RATE
    account: Rates = ACCOUNT
    ways: Sequence[Way] = ()


# (account, region, the id of a ClientCertificate or "") -> what is there now
NetworkOf = Callable[[str, str, str], Network]
NETWORK = Network()
"""Without links, targets and certificates."""


def network_of(store: Store, node: Network, account: str, region: str, certificate_id: str) -> Network:
    """How an API reaches backends now: the `node`'s part, the links, and the certificate of that id unless it is "".

    Raises LookupError when there is no such certificate: nothing is called without it."""
    here = Key(account, region, "VpcLink", "", "")
    with store.read() as tx:
        links = dict(tx.list(here)) | dict(tx.list(here._replace(kind="VpcLinkV2")))
        if not certificate_id:
            return replace(node, links=links)
        shown = tx.get(here._replace(kind="ClientCertificate", id=certificate_id))
        key = tx.get(here._replace(kind="ClientCertificateKey", id=certificate_id))
    if shown is None or key is None:
        raise LookupError(f"there is no client certificate {certificate_id}")
    return replace(node, links=links, certificate=Certificate(shown["pemEncodedCertificate"], key["privateKey"]))
