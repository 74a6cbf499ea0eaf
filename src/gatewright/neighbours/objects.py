"""Objects read from S3 for the Lambda service: code given as S3Bucket and S3Key.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

import re
from urllib.parse import quote

from gatewright.execute.world import Returned, ServiceCall, Services
from gatewright.values.faults import NetworkFault, ObjectFault
from gatewright.values.pending import Drive, Pending

TIMEOUT_SECONDS = 60.0


class Objects:
    """Reads whole objects; `fetch` is given to the Lambda service."""

    def __init__(self, services: Services) -> None:
        self._services = services

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
        query = f"?versionId={quote(version, safe='~')}" if version else ""
        target = f"/{quote(bucket, safe='')}/{quote(key, safe='/~')}{query}"
        call = ServiceCall("s3", region, "", "", "GET", f"s3.{region}.amazonaws.com", target, (), b"")
        try:
            returned = await self._services.call(call, timeout=TIMEOUT_SECONDS)
        except NetworkFault as error:
            raise ObjectFault("ServiceUnavailable", error.reason) from error
        if returned.status != 200:
            raise fault_of(returned)
        return returned.body


def fault_of(returned: Returned) -> ObjectFault:
    """S3's error document as a fault; S3 answers 404 NoSuchKey, 403 AccessDenied and so on."""
    text = returned.body[:4096].decode("utf-8", "replace")
    code = re.search(r"<Code>([^<]*)</Code>", text)
    message = re.search(r"<Message>([^<]*)</Message>", text)
    return ObjectFault(
        code[1] if code else f"HTTP{returned.status}", message[1] if message else f"S3 answered {returned.status}"
    )
