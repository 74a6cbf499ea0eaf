"""The credential scope of a SigV4 signature: which key, region and service a request was signed for.

Reading the scope proves nothing about the caller: it tells which service is meant.
IAM user guide, "Elements of an AWS API request signature".
"""

import re
from typing import NamedTuple
from urllib.parse import unquote

from gatewright.values.headers import first
from gatewright.values.request import Request

_CREDENTIAL = re.compile(r"(?:^|[\s,])Credential\s*=\s*\"?([^\s,\"]+)", re.IGNORECASE)
_PRESIGNED = re.compile(r"(?:^|&)X-Amz-Credential=([^&]*)", re.IGNORECASE)
_REGION_SET = re.compile(r"(?:^|&)X-Amz-Region-Set=([^&]*)", re.IGNORECASE)
_ACCOUNT = re.compile(r"[0-9]{12}")
_SANDBOX = re.compile(r"GSIA([0-9]{12})[A-Z2-7]{16}")  # the key of a function's sandbox: functions/role_session.py
_DATE = re.compile(r"[0-9]{8}")

DEFAULT_ACCOUNT = "000000000000"


class Scope(NamedTuple):
    """What a signature was made for."""

    access_key: str
    region: str
    service: str


def scope_of(request: Request) -> Scope | None:
    """The scope of a request's SigV4 or SigV4A signature, in its Authorization header or query, or that of a presigned
    URL of S3; None without one."""
    header = first(request.headers, "authorization")
    if header is not None and header.lstrip()[:5].upper() == "AWS4-":
        found = _CREDENTIAL.search(header)
        if found is not None:
            return _scope(found[1], first(request.headers, "x-amz-region-set") or "")
        return None
    if "x-amz-credential=" in request.query.lower():
        presigned = _PRESIGNED.search(request.query)
        if presigned is not None:
            regions = _REGION_SET.search(request.query)
            return _scope(unquote(presigned[1]), unquote(regions[1]) if regions else "")
    return _scope_of_version_2(request.query) if "AWSAccessKeyId=" in request.query else None


def _scope_of_version_2(query: str) -> Scope | None:
    """boto3 still makes S3's presigned URLs so for endpoints that are not AWS's own."""
    values = dict(pair.partition("=")[::2] for pair in query.split("&"))
    key = values.get("AWSAccessKeyId")
    return Scope(unquote(key), "us-east-1", "s3") if key and {"Expires", "Signature"} <= values.keys() else None


def account_of(scope: Scope) -> str:
    """The account a key stands for: a key of twelve digits is the account itself, a sandbox's has it in it."""
    if _ACCOUNT.fullmatch(scope.access_key):
        return scope.access_key
    sandbox = _SANDBOX.fullmatch(scope.access_key)
    return sandbox[1] if sandbox is not None else DEFAULT_ACCOUNT


def _scope(credential: str, region_set: str) -> Scope | None:
    """SigV4: key/date/region/service/aws4_request. SigV4A has no region in the scope, but a set of them beside it."""
    parts = credential.rsplit("/", 3 if region_set else 4)
    if region_set and len(parts) == 4:
        region = region_set.partition(",")[0].strip()
        parts.insert(2, "us-east-1" if "*" in region else region)
    if len(parts) != 5 or parts[4] != "aws4_request" or not _DATE.fullmatch(parts[1]) or not all(parts):
        return None
    return Scope(parts[0], parts[2], parts[3])
