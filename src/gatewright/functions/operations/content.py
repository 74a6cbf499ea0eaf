"""Where uploaded code comes from: the call itself (ZipFile) or S3. For functions and layers alike.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
"""

from collections.abc import Mapping
from typing import Any

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions.packages import Package
from gatewright.functions.service import LambdaService
from gatewright.values.faults import ObjectFault

# Bytes of the whole request, as AWS's error texts give them.
_REQUEST_LIMITS = {"CreateFunction": 70_167_211, "UpdateFunctionCode": 69_905_067, "PublishLayerVersion": 70_167_211}


async def package_of(service: LambdaService, call: Call, content: Mapping[str, Any]) -> Package:
    """Take in the code that `content` gives or points at, checked and unpacked. Raises ServiceError."""
    limit = _REQUEST_LIMITS[call.operation]
    if len(call.request.body) >= limit:
        raise ServiceError(
            "RequestEntityTooLargeException",
            f"Request must be smaller than {limit} bytes for the {call.operation} operation",
        )
    _check(content)
    if "ZipFile" in content:
        return await service.packages.keep(content["ZipFile"])
    return await service.packages.keep(await _fetch(service, call, content))


def _check(content: Mapping[str, Any]) -> None:
    if content.get("ImageUri"):
        raise ServiceError(
            "InvalidParameterValueException",
            "ImageUri is not supported: functions run without containers. Give the code as ZipFile, or as S3Bucket "
            "and S3Key.",
        )
    if content.get("SourceKMSKeyArn"):
        raise ServiceError("InvalidParameterValueException", "SourceKMSKeyArn is not supported: code is not encrypted.")
    if content.get("S3ObjectStorageMode", "COPY") != "COPY":
        raise ServiceError("InvalidParameterValueException", "S3ObjectStorageMode REFERENCE is not supported.")
    from_s3 = "S3Bucket" in content or "S3Key" in content or "S3ObjectVersion" in content
    if from_s3 and "ZipFile" in content:
        raise ServiceError(
            "InvalidParameterValueException",
            "Please do not provide other FunctionCode parameters when providing a ZipFile.",
        )
    if not from_s3 and "ZipFile" not in content:
        raise ServiceError("InvalidParameterValueException", "Please provide a source for function code.")
    if from_s3 and not (content.get("S3Bucket") and content.get("S3Key")):
        raise ServiceError("InvalidParameterValueException", "Please provide both S3Bucket and S3Key.")


async def _fetch(service: LambdaService, call: Call, content: Mapping[str, Any]) -> bytes:
    version = content.get("S3ObjectVersion", "")
    try:
        return await service.objects.fetch(content["S3Bucket"], content["S3Key"], version, call.region)
    except ObjectFault as fault:
        # Seen: AWS tells S3's own code and message in this sentence.
        raise ServiceError(
            "InvalidParameterValueException",
            f"Error occurred while GetObject. S3 Error Code: {fault.code}. S3 Error Message: {fault.message}",
        ) from fault
