"""Objects read from S3 for the Lambda service: code given as S3Bucket and S3Key.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from gatewright.execute.world import HttpClient, Origin, Returned
from gatewright.neighbours.embedded import EmbeddedMoto, MotoUnavailable
from gatewright.neighbours.endpoints import BuiltIn, Endpoints, Remote
from gatewright.neighbours.sign import Credentials, signed_headers
from gatewright.values.faults import NetworkFault, ObjectFault
from gatewright.values.pending import Drive, Pending

TIMEOUT_SECONDS = 60.0


class Place(NamedTuple):
    """Where a bucket is served by path."""

    origin: Origin
    host: str
    base: str


class Objects:
    """Reads whole objects; `fetch` is given to the Lambda service."""

    def __init__(
        self,
        endpoints: Endpoints,
        moto: EmbeddedMoto,
        http: HttpClient,
        now: Callable[[], float],
        environ: Mapping[str, str],
    ) -> None:
        self._endpoints = endpoints
        self._moto = moto
        self._http = http
        self._now = now
        self._credentials = Credentials(
            environ.get("AWS_ACCESS_KEY_ID", "test"),
            environ.get("AWS_SECRET_ACCESS_KEY", "test"),
            environ.get("AWS_SESSION_TOKEN", ""),
        )

    def fetch(self, bucket: str, key: str, version: str = "", region: str = "us-east-1") -> Pending[bytes]:
        """The object's bytes; `version` "" is the latest. Fails with ObjectFault."""
        pending: Pending[bytes] = Pending()

        def done(content: bytes | None, error: BaseException | None) -> None:
            if error is not None:
                pending.fail(error)
            else:
                pending.complete(content or b"")

        Drive(self._get(bucket, key, version, region), done).step()
        return pending

    async def _get(self, bucket: str, key: str, version: str, region: str) -> bytes:
        try:
            place = await self._place(region)
            target = f"{place.base}/{quote(bucket, safe='')}/{quote(key, safe='/~')}"
            query = f"versionId={quote(version, safe='~')}" if version else ""
            headers = signed_headers(self._credentials, region, place.host, target, query, self._now())
            head = f"GET {target}{'?' + query if query else ''} HTTP/1.1\r\n{headers}\r\n".encode("latin-1")
            returned = await self._http.send(place.origin, "GET", head, b"", TIMEOUT_SECONDS)
        except (MotoUnavailable, NetworkFault) as error:
            raise ObjectFault("ServiceUnavailable", str(error)) from error
        if returned.status != 200:
            raise fault_of(returned)
        return returned.body

    async def _place(self, region: str) -> Place:
        endpoint = self._endpoints.of("s3")
        if isinstance(endpoint, Remote):
            return Place(endpoint.origin, endpoint.authority, endpoint.base)
        if endpoint is BuiltIn.AWS:
            host = f"s3.{region}.amazonaws.com"
            return Place(Origin(host, 443, tls=True), host, "")
        origin = await self._moto.origin()
        return Place(origin, f"localhost:{origin.port}", "")


def fault_of(returned: Returned) -> ObjectFault:
    """S3's error document as a fault; S3 answers 404 NoSuchKey, 403 AccessDenied and so on."""
    text = returned.body[:4096].decode("utf-8", "replace")
    code = re.search(r"<Code>([^<]*)</Code>", text)
    message = re.search(r"<Message>([^<]*)</Message>", text)
    return ObjectFault(
        code[1] if code else f"HTTP{returned.status}", message[1] if message else f"S3 answered {returned.status}"
    )
