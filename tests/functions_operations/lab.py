"""A Lambda service with a real store, real packages and real sandboxes, called as the SDK calls it."""

import asyncio
import io
import zipfile
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from botocore.serialize import create_serializer
from botocore.session import get_session

from gatewright.functions.logs import Logs
from gatewright.functions.operations import handlers
from gatewright.functions.pool import Pool, PoolSettings
from gatewright.functions.service import LambdaService
from gatewright.management.dispatch import Management
from gatewright.store.sqlite import SqliteStore
from gatewright.values.faults import ObjectFault
from gatewright.values.headers import header_line, pairs
from gatewright.values.pending import Drive, Pending
from gatewright.values.request import Request
from gatewright.values.response import Response

T = TypeVar("T")

ACCOUNT, REGION = "000000000000", "us-east-1"
ROLE = "arn:aws:iam::000000000000:role/lambda"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
NOW = 1_704_067_200.0
MODIFIED = "2024-01-01T00:00:00.000+0000"
SOURCE = "def handler(event, context):\n    return event\n"

_MODEL = get_session().get_service_model("lambda")
_SERIALIZER = create_serializer("rest-json")


def zipped(**files: str) -> bytes:
    """A zip of Python modules by name; a name with an ending is that of any file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, source in files.items():
            archive.writestr(zipfile.ZipInfo(name if "." in name else f"{name}.py", (2024, 1, 1, 0, 0, 0)), source)
    return buffer.getvalue()


class Bucket:
    """S3 with what a test puts there; AWS's own S3 is another part's concern."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str, str], bytes] = {}

    def fetch(self, bucket: str, key: str, version: str = "", region: str = "us-east-1") -> Pending[bytes]:
        pending: Pending[bytes] = Pending()
        found = self.objects.get((bucket, key, version, region))
        if found is None:
            pending.fail(ObjectFault("NoSuchKey", "The specified key does not exist."))
        else:
            pending.complete(found)
        return pending


class Lab:
    """One service. `call` gives status and body; errors are answers like any other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.bucket = Bucket()
        self._runner = asyncio.Runner()
        self.headers: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        self.store = SqliteStore(self.folder / "gatewright.db")
        self.pool = Pool(PoolSettings(sandboxes=4), "http://127.0.0.1:1", Logs(self.folder / "logs"))
        self.service = LambdaService(
            self.store, self.folder, "http://127.0.0.1:1", self.bucket, self.pool, lambda: self.now
        )
        self._management = Management({"lambda": handlers(self.service)})

    def stop(self) -> None:
        self._runner.run(self.service.stop())
        self.store.close()

    def close(self) -> None:
        self.stop()
        self._runner.close()

    def wait(self, coming: Awaitable[T]) -> T:
        """Run the loop until a Pending, or a coroutine that awaits Pendings, has its answer."""

        async def whole() -> T:
            return await coming

        async def driven() -> T:
            future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

            def done(answer: Any, error: BaseException | None) -> None:
                if error is not None:
                    future.set_exception(error)
                else:
                    future.set_result(answer)

            Drive(whole(), done).step()
            return await future

        return self._runner.run(driven())

    def sleep(self, seconds: float) -> None:
        self._runner.run(asyncio.sleep(seconds))

    def call(self, operation: str, *, region: str = REGION, account: str = ACCOUNT, **input: Any) -> tuple[int, Any]:
        """Perform an operation as boto3 would; `headers` then holds the answer's."""
        response = self.wait(self._management.handle(_request(operation, input, region, account)))
        self.headers = dict(pairs(response.headers))
        try:
            body = msgspec.json.decode(response.body) if response.body else None
        except msgspec.DecodeError:
            body = response.body
        return response.status, body

    def create(self, name: str, source: str = SOURCE, **members: Any) -> dict[str, Any]:
        """A Python function; the answer of CreateFunction."""
        given = {"Runtime": "python3.11", "Role": ROLE, "Handler": "index.handler"} | members
        status, body = self.call("CreateFunction", FunctionName=name, Code={"ZipFile": zipped(index=source)}, **given)
        assert status == 201, body
        answer: dict[str, Any] = body
        return answer

    def download(self, url: str) -> Response:
        path = url.removeprefix("http://127.0.0.1:1")
        return self.service.packages_page(Request("GET", path, path, "", (), b"", "127.0.0.1", "http", 0.0))


def _request(operation: str, input: dict[str, Any], region: str, account: str) -> Request:
    made = _SERIALIZER.serialize_to_request(input, _MODEL.operation_model(operation))
    path = made["url_path"]
    query = urlencode(made["query_string"], doseq=True)
    path, _, fixed = path.partition("?")
    query = "&".join(part for part in (fixed, query) if part)
    credential = f"AWS4-HMAC-SHA256 Credential={account}/20240101/{region}/lambda/aws4_request, Signature=x"
    headers = [header_line(name, str(value)) for name, value in made["headers"].items()]
    body = made["body"]
    return Request(
        made["method"],
        f"{path}?{query}",
        path,
        query,
        [*headers, header_line("Authorization", credential)],
        body.encode() if isinstance(body, str) else bytes(body or b""),
        "127.0.0.1",
        "http",
        NOW,
    )


def error(code: str, message: str, status: int = 400) -> tuple[int, dict[str, str]]:
    """An error's status and body as most of Lambda's exceptions have it."""
    name = "Message" if code in ("ResourceNotFoundException", "ServiceException") else "message"
    return status, {"Type": "User", name: message}
