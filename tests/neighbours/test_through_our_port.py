"""boto3 through our own listener and upstream client to the embedded child; and packages read from its S3."""

import asyncio
import socket
import urllib.request
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from gatewright.functions.role_session import RoleSessions
from gatewright.neighbours.embedded import EmbeddedMoto
from gatewright.neighbours.endpoints import Endpoints
from gatewright.neighbours.objects import Objects
from gatewright.neighbours.pass_through import PassThrough
from gatewright.neighbours.service_of import service_of
from gatewright.neighbours.services import Services
from gatewright.neighbours.web_acl_association import WebAclAssociations
from gatewright.server.listener import listen
from gatewright.server.sweep import Sweep
from gatewright.server.upstream import Upstream
from gatewright.signatures.scope import account_of, scope_of
from gatewright.store.sqlite import SqliteStore
from gatewright.values.faults import ObjectFault
from gatewright.values.pending import Drive
from gatewright.values.request import Request
from gatewright.values.response import Response

PACKAGE = bytes(range(256)) * 4096  # a MiB that is no text


class Client:
    """boto3 against one port, as any user has it."""

    def __init__(self, port: int, account: str = "test") -> None:
        self._session = boto3.Session(aws_access_key_id=account, aws_secret_access_key="test", region_name="eu-west-1")
        self._port = port

    def __call__(self, service: str, **options: Any) -> Any:
        config = Config(retries={"max_attempts": 0}, **options)
        return self._session.client(service, endpoint_url=f"http://localhost:{self._port}", config=config)


def use_services(port: int) -> None:
    client, other = Client(port), Client(port, "111122223333")
    tables = client("dynamodb")
    tables.create_table(
        TableName="Users",
        KeySchema=[{"AttributeName": "UserId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "UserId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    tables.put_item(TableName="Users", Item={"UserId": {"S": "é"}, "n": {"N": "1"}})
    assert tables.get_item(TableName="Users", Key={"UserId": {"S": "é"}})["Item"] == {
        "UserId": {"S": "é"},
        "n": {"N": "1"},
    }
    assert other("dynamodb").list_tables()["TableNames"] == []
    queue = client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    assert queue == f"http://localhost:{port}/000000000000/orders"
    client("sqs").send_message(QueueUrl=queue, MessageBody="one")
    assert client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "one"
    assert client("sts").get_caller_identity()["Account"] == "000000000000"
    assert other("sts").get_caller_identity()["Account"] == "111122223333"


def use_objects(port: int) -> str:
    """Both styles of address, and HEAD; the version of the first object."""
    client = Client(port)
    path, host = client("s3", s3={"addressing_style": "path"}), client("s3", s3={"addressing_style": "virtual"})
    path.create_bucket(Bucket="packages", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    path.put_bucket_versioning(Bucket="packages", VersioningConfiguration={"Status": "Enabled"})
    version = path.put_object(Bucket="packages", Key="a b/c~+.zip", Body=PACKAGE)["VersionId"]
    path.put_object(Bucket="packages", Key="a b/c~+.zip", Body=b"newer")
    assert path.get_object(Bucket="packages", Key="a b/c~+.zip", VersionId=version)["Body"].read() == PACKAGE
    assert path.head_object(Bucket="packages", Key="a b/c~+.zip")["ContentLength"] == 5
    assert [bucket["Name"] for bucket in host.list_buckets()["Buckets"]] == ["packages"]
    for presigning in (path, client("s3", signature_version="s3v4")):
        url = presigning.generate_presigned_url("get_object", {"Bucket": "packages", "Key": "a b/c~+.zip"})
        with urllib.request.urlopen(url) as answer:
            assert answer.read() == b"newer"
    return str(version)


async def wait(way: Coroutine[Any, None, Any]) -> Any:
    """A hand-driven coroutine's answer, awaited from a Task."""
    ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    Drive(way, lambda answer, error: ended.set_exception(error) if error else ended.set_result(answer)).step()
    return await ended


async def fetched(objects: Objects, key: str, version: str = "") -> bytes | tuple[str, str]:
    """An object, or the code and message of the fault."""

    async def fetch() -> bytes:
        return await objects.fetch("packages", key, version, "eu-west-1")

    try:
        return bytes(await wait(fetch()))
    except ObjectFault as fault:
        return fault.code, fault.message


def free_socket() -> socket.socket:
    port = socket.socket()
    port.bind(("127.0.0.1", 0))
    return port


async def everything(directory: Path) -> None:
    sweep = Sweep()
    http = Upstream(sweep)
    moto = EmbeddedMoto(directory / "moto", directory / "moto.log", "http://127.0.0.1:9")
    web_acls = WebAclAssociations(SqliteStore(Path(":memory:")), lambda: None)
    door = PassThrough(Endpoints({}), moto, http, web_acls, RoleSessions())

    def front(request: Request) -> Coroutine[Any, None, Response]:
        scope = scope_of(request)
        assert scope is not None
        return door.handle(request, service_of(request, scope.service) or "", account_of(scope))

    listener = await listen(front, free_socket(), sweep=sweep)
    try:
        await asyncio.to_thread(use_services, listener.port)
        version = await asyncio.to_thread(use_objects, listener.port)
        objects = Objects(Services(Endpoints({}), moto, http, lambda: 1_790_000_000.0, {}, "http://127.0.0.1:9"))
        assert await fetched(objects, "a b/c~+.zip", version) == PACKAGE
        assert await fetched(objects, "a b/c~+.zip") == b"newer"
        assert await fetched(objects, "none") == ("NoSuchKey", "The specified key does not exist.")
        elsewhere = Objects(
            Services(
                Endpoints({"s3": f"http://127.0.0.1:{listener.port}"}),
                moto,
                http,
                lambda: 1.79e9,
                {},
                "http://127.0.0.1:9",
            )
        )
        assert await fetched(elsewhere, "a b/c~+.zip") == b"newer"
        nowhere = Objects(
            Services(Endpoints({"s3": "http://127.0.0.1:9"}), moto, http, lambda: 1.79e9, {}, "http://127.0.0.1:9")
        )
        assert (await fetched(nowhere, "none"))[0] == "ServiceUnavailable"
    finally:
        await listener.stop(1)
        http.close()
        await moto.stop()


def test_services_and_objects(tmp_path: Path) -> None:
    asyncio.run(everything(tmp_path))
