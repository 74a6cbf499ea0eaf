"""What lives inside an API: where its records are, and its methods, which refer to others."""

from collections.abc import Iterable, Iterator

from gatewright.aws.call import Call
from gatewright.management.noun import Change
from gatewright.values.records import Document, Key, Transaction

# Kinds of records that come and go with their API, besides the path parts of its resources.
KINDS = (
    *("Stage", "Deployment", "Snapshot", "Resource", "Model", "RequestValidator", "GatewayResponse", "Authorizer"),
    *("DocumentationPart", "DocumentationVersion"),
)


def key_inside(call: Call, kind: str, id: str = "") -> Key:
    """The key of a record of the call's API; without an id, where all of that kind are."""
    return Key(call.account, call.region, kind, call.input["restApiId"], id)


def is_inside(change: Change, kind: str, id: str | None) -> bool:
    """Whether the API has that record."""
    return bool(id) and change.tx.get(key_inside(change.call, kind, id or "")) is not None


def methods_of(tx: Transaction, call: Call) -> Iterator[tuple[str, str, Document]]:
    """Path, verb and document of every method of the call's API, as it is now."""
    resources = (resource for _, resource in tx.list(key_inside(call, "Resource")))
    return ((resource["path"], verb, method) for resource, verb, method in methods_by_resource(resources))


def methods_by_resource(resources: Iterable[Document]) -> Iterator[tuple[Document, str, Document]]:
    """Each method of `resources`, with its resource and its verb."""
    for resource in resources:
        for verb, method in (resource.get("resourceMethods") or {}).items():
            yield resource, verb, method
