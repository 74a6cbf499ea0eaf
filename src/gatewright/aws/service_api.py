"""How an AWS service is spoken to: its protocol, its host and the name it signs as, for calls made without an SDK.

A service is named as ARNs of API Gateway name it, which is the first label of its host (`states`, `monitoring`) and
only mostly the name of its model. Read from the SDK's models, each when it is first asked for.
https://smithy.io/2.0/aws/protocols/
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from gatewright.aws.model import ModelMissing, read_as

_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")

# Where a service's name is not its model's.
_MODELS: Mapping[str, str] = {
    "a2i-runtime.sagemaker": "sagemaker-a2i-runtime",
    "airflow": "mwaa",
    "aoss": "opensearchserverless",
    "api.ecr": "ecr",
    "api.mediatailor": "mediatailor",
    "api.pricing": "pricing",
    "api.sagemaker": "sagemaker",
    "appstream2": "appstream",
    "aps": "amp",
    "cases": "connectcases",
    "cassandra": "keyspaces",
    "cloudcontrolapi": "cloudcontrol",
    "data-ats.iot": "iot-data",
    "data.iot": "iot-data",
    "data.jobs.iot": "iot-jobs-data",
    "data.mediastore": "mediastore-data",
    "edge.sagemaker": "sagemaker-edge",
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "elasticmapreduce": "emr",
    "email": "ses",
    "entitlement.marketplace": "marketplace-entitlement",
    "featurestore-runtime.sagemaker": "sagemaker-featurestore-runtime",
    "geo": "location",
    "ingest.timestream": "timestream-write",
    "iotdata": "iot-data",
    "memory-db": "memorydb",
    "metering.marketplace": "meteringmarketplace",
    "mobiletargeting": "pinpoint",
    "models.lex": "lex-models",
    "monitoring": "cloudwatch",
    "oidc": "sso-oidc",
    "participant.connect": "connectparticipant",
    "profile": "customer-profiles",
    "query.timestream": "timestream-query",
    "runtime-v2-lex": "lexv2-runtime",
    "runtime.lex": "lex-runtime",
    "runtime.sagemaker": "sagemaker-runtime",
    "servicequotas": "service-quotas",
    "sms-voice.pinpoint": "pinpoint-sms-voice",
    "states": "stepfunctions",
    "streams.dynamodb": "dynamodbstreams",
    "tagging": "resourcegroupstaggingapi",
}
_PREFIXES: Mapping[str, str] = {"iotdata": "iot"}  # a customer's own label comes before it
_PREFERRED = ("json", "query", "ec2", "rest-json", "rest-xml")  # the rest is for SDKs only
_QUERY_TOO = frozenset({"sqs"})  # spoken for ever, whatever the model says
# One host for all regions, and the region it signs for. https://docs.aws.amazon.com/general/latest/gr/rande.html
_GLOBAL: Mapping[str, str] = {
    "cloudfront": "us-east-1",
    "iam": "us-east-1",
    "organizations": "us-east-1",
    "route53": "us-east-1",
}


class _Metadata(msgspec.Struct, frozen=True, gc=False):
    prefix: str = msgspec.field(name="endpointPrefix")
    version: str = msgspec.field(name="apiVersion")
    protocol: str
    protocols: tuple[str, ...] = ()
    signing_name: str = msgspec.field(default="", name="signingName")
    target_prefix: str = msgspec.field(default="", name="targetPrefix")
    json_version: str = msgspec.field(default="1.0", name="jsonVersion")


class _Http(msgspec.Struct, frozen=True, gc=False):
    uri: str = msgspec.field(name="requestUri")


class _Endpoint(msgspec.Struct, frozen=True, gc=False):
    host_prefix: str = msgspec.field(default="", name="hostPrefix")


class _Operation(msgspec.Struct, frozen=True, gc=False):
    http: _Http
    endpoint: _Endpoint = _Endpoint()


class _Model(msgspec.Struct, frozen=True, gc=False):
    metadata: _Metadata
    operations: dict[str, _Operation]


class ServiceApi(NamedTuple):
    """One service: `prefix` is the first part of its host. `protocol` is "json", "query" or "rest".

    `takes_query`: the query protocol, too. `target` and `content_type` are those of the JSON protocol; `paths` are the
    request URIs of a REST service's operations; `hosts` has operations that have a host of their own, and what comes
    before `prefix` there."""

    signing_name: str
    prefix: str
    protocol: str
    takes_query: bool
    version: str
    target: str
    content_type: str
    paths: Mapping[str, str]
    hosts: Mapping[str, str]


@lru_cache(maxsize=64)
def service_api(name: str) -> ServiceApi | None:
    """The service with that name; None for one that the SDK's models do not have."""
    model = _model(name) if _NAME.fullmatch(name) else None
    if model is None:
        return None
    data = model.metadata
    spoken = data.protocols or (data.protocol,)
    protocol = next((one for one in _PREFERRED if one in spoken), "rest")
    rest = protocol.startswith("rest")
    return ServiceApi(
        signing_name=data.signing_name or data.prefix,
        prefix=_PREFIXES.get(name, name if name in _MODELS else data.prefix),
        protocol="rest" if rest else "query" if protocol == "ec2" else protocol,
        takes_query="query" in spoken or "ec2" in spoken or name in _QUERY_TOO,
        version=data.version,
        target=data.target_prefix,
        content_type=f"application/x-amz-json-{data.json_version}",
        paths={name: operation.http.uri for name, operation in model.operations.items()} if rest else {},
        hosts={
            name: operation.endpoint.host_prefix
            for name, operation in model.operations.items()
            if operation.endpoint.host_prefix and "{" not in operation.endpoint.host_prefix
        },
    )


def _model(name: str) -> _Model | None:
    """The model of a service: some lack the hyphens of its name."""
    for file in (_MODELS.get(name, name), name.replace("-", "")):
        try:
            return read_as(file, _Model)
        except ModelMissing:
            continue
    return None


def service_host(prefix: str, region: str) -> str:
    """AWS's own host of a service, subdomain and all, in `region`."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{prefix}.{suffix}" if _is_global(prefix, region) else f"{prefix}.{region}.{suffix}"


def signing_region(prefix: str, region: str) -> str:
    """The region that a call of the service is signed for."""
    return _GLOBAL[prefix] if _is_global(prefix, region) else region


def _is_global(prefix: str, region: str) -> bool:
    return prefix in _GLOBAL and not region.startswith("cn-")  # China's have a host in a region
