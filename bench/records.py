"""Many routes and many APIs, written straight into the store of a gateway that is stopped.

This is the one place where the benchmark does not go through the management API: 10,000 routes are some 30,000 calls.
What is written are copies of records which that API made, so they are what it would have written.
"""

from pathlib import Path

import msgspec
from gateway import ACCOUNT, REGION, STAGE

from gatewright.store.sqlite import SqliteStore
from gatewright.values.records import Document, Key

OF_AN_API = ("Resource", "Deployment", "Stage", "Snapshot")


def widen(data: Path, api: str, routes: int) -> None:
    """Give the deployed API, which has the one route /route0/{id}, all of /route0/{id} ... /route{routes - 1}/{id}."""
    store = SqliteStore(data / "gatewright.db")
    with store.transaction() as transaction:
        stage = transaction.get(Key(ACCOUNT, REGION, "Stage", api, STAGE))
        assert stage is not None
        key = Key(ACCOUNT, REGION, "Snapshot", api, stage["deploymentId"])
        snapshot = transaction.get(key)
        assert snapshot is not None
        by_path = {resource["path"]: resource for resource in snapshot["resources"]}
        for number in range(1, routes):
            snapshot["resources"] += another(by_path["/route0"], by_path["/route0/{id}"], number)
        transaction.put(key, snapshot)
    store.close()


def another(parent: Document, child: Document, number: int) -> tuple[Document, Document]:
    """Copies of two resources, named for route `number`."""
    ids = f"p{number:05}", f"c{number:05}"
    path = f"/route{number}"
    return (
        parent | {"id": ids[0], "pathPart": path[1:], "path": path},
        child | {"id": ids[1], "parentId": ids[0], "path": f"{path}/{{id}}"},
    )


def multiply(data: Path, api: str, copies: int) -> list[str]:
    """Copy an API with its stage and deployment; the ids of the copies."""
    store = SqliteStore(data / "gatewright.db")
    ids = [f"bench{number:05}" for number in range(copies)]
    with store.transaction() as transaction:
        own = Key(ACCOUNT, REGION, "RestApi", "", api)
        originals = [(own, transaction.get(own))]
        for kind in OF_AN_API:
            of_kind = Key(ACCOUNT, REGION, kind, api, "")
            originals += [(of_kind._replace(id=id), document) for id, document in transaction.list(of_kind)]
        for copy in ids:
            for key, document in originals:
                text = msgspec.json.encode(document).replace(api.encode(), copy.encode())
                renamed = key._replace(parent=copy) if key.parent else key._replace(id=copy)
                transaction.put(renamed, msgspec.json.decode(text))
    store.close()
    return ids
