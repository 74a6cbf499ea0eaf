"""Layers: numbered archives whose contents appear under /opt, and the layers that functions have attached.

https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.operations.content import package_of
from gatewright.functions.operations.paging import page
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document, Key, Transaction

_ARN = re.compile(r"arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:([a-zA-Z0-9_-]+)(?::(\d+))?")
_MOST_ATTACHED = 5


class Layer(NamedTuple):
    """A layer as named; `version` is 0 where none is."""

    account: str
    region: str
    name: str
    version: int = 0

    @property
    def arn(self) -> str:
        """The layer's ARN, with the version if it has one."""
        arn = f"arn:aws:lambda:{self.region}:{self.account}:layer:{self.name}"
        return f"{arn}:{self.version}" if self.version else arn

    @property
    def key(self) -> Key:
        """Where the layer is kept."""
        return Key(self.account, self.region, records.LAYER, "", self.name)

    @property
    def version_key(self) -> Key:
        """Where the version is kept; ids sort as the numbers do."""
        return Key(self.account, self.region, records.LAYER_VERSION, self.name, f"{self.version:010}")


def _layer(call: Call) -> Layer:
    given, version = call.input["LayerName"], call.input.get("VersionNumber", 0)
    found = _ARN.fullmatch(given)
    if found is None:
        return Layer(call.account, call.region, given, version)
    _check_own(call, layer := Layer(found[2], found[1], found[3], version))
    return layer


def _check_own(call: Call, layer: Layer) -> None:
    if (layer.account, layer.region) != (call.account, call.region):
        raise ServiceError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{call.account}:root is not authorized to perform: lambda:{call.operation} on "
            f"resource: {layer.arn} because no resource-based policy allows the lambda:{call.operation} action",
        )


def _require(tx: Transaction, layer: Layer) -> Document:
    found = tx.get(layer.version_key) if 0 < layer.version < 10**10 else None
    if found is None:
        raise ServiceError("ResourceNotFoundException", "The resource you requested does not exist.")
    return found


def _check_number(layer: Layer) -> None:
    if layer.version < 1:
        raise ServiceError("InvalidParameterValueException", "Layer Version Cannot be less than 1")


async def publish_layer_version(service: LambdaService, call: Call) -> Document:
    """PublishLayerVersion: the next number, also when nothing changed."""
    layer = _layer(call)
    package = await package_of(service, call, call.input["Content"])
    moment = datetime.fromtimestamp(service.now(), UTC)
    members = ("Description", "CompatibleArchitectures", "CompatibleRuntimes", "LicenseInfo")
    with service.store.transaction() as tx:
        number = (tx.get(layer.key) or {"nextVersion": 1})["nextVersion"]
        layer = layer._replace(version=number)
        version: Document = {
            "LayerArn": layer._replace(version=0).arn,
            "LayerVersionArn": layer.arn,
            "Description": "",
            "CreatedDate": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment:%f}"[:3] + "+0000",
            "Version": number,
            **{member: call.input[member] for member in members if member in call.input},
        }
        document = {
            "version": version,
            "package": package.sha256,
            "codeSize": package.size,
            "codeSha256": package.code_sha256,
            "unpackedSize": package.unpacked_size,
        }
        records.hold_package(tx, package.sha256, layer.arn)
        tx.put(layer.version_key, document)
        tx.put(layer.key, {"nextVersion": number + 1})
    return _shown(service, document)


def _shown(service: LambdaService, document: Document) -> Document:
    content = {
        "Location": service.packages.location(document["package"]),
        "CodeSha256": document["codeSha256"],
        "CodeSize": document["codeSize"],
    }
    shown: Document = document["version"] | {"Content": content}
    return shown


def get_layer_version(service: LambdaService, call: Call) -> Document:
    """GetLayerVersion."""
    _check_number(layer := _layer(call))
    with service.store.read() as tx:
        return _shown(service, _require(tx, layer))


def get_layer_version_by_arn(service: LambdaService, call: Call) -> Document:
    """GetLayerVersionByArn."""
    layer = _parsed(call.input["Arn"])
    _check_own(call, layer)
    with service.store.read() as tx:
        return _shown(service, _require(tx, layer))


def _parsed(arn: str) -> Layer:
    found = _ARN.fullmatch(arn)
    if found is None or not found[4]:
        raise ServiceError("InvalidParameterValueException", f"Invalid layer version ARN: {arn}")
    return Layer(found[2], found[1], found[3], int(found[4]))


def list_layers(service: LambdaService, call: Call) -> Document:
    """ListLayers: each layer with its latest version that fits."""
    found = []
    with service.store.read() as tx:
        for name, _ in tx.list(Key(call.account, call.region, records.LAYER, "", "")):
            layer = Layer(call.account, call.region, name)
            fitting = _fitting(tx, call, layer)
            if fitting:
                found.append({"LayerName": name, "LayerArn": layer.arn, "LatestMatchingVersion": fitting[0]})
    return page(call, "Layers", found)


def list_layer_versions(service: LambdaService, call: Call) -> Document:
    """ListLayerVersions, newest first."""
    with service.store.read() as tx:
        return page(call, "LayerVersions", _fitting(tx, call, _layer(call)))


def _fitting(tx: Transaction, call: Call, layer: Layer) -> list[Document]:
    filters = {"CompatibleRuntimes": "CompatibleRuntime", "CompatibleArchitectures": "CompatibleArchitecture"}
    versions = [document["version"] for _, document in tx.list(layer.version_key)]
    return [
        version
        for version in reversed(versions)
        if all(call.input.get(one, None) in (None, *version.get(many, ())) for many, one in filters.items())
    ]


def delete_layer_version(service: LambdaService, call: Call) -> None:
    """DeleteLayerVersion: functions that have it keep it; its number never comes again."""
    _check_number(layer := _layer(call))
    with service.store.transaction() as tx:
        found = tx.get(layer.version_key)
        if found is not None:
            records.release_package(tx, found["package"], layer.arn)
            tx.delete(layer.version_key)


def attached_layers(tx: Transaction, call: Call, arns: Sequence[str]) -> list[Document]:
    """The layers that a function names, as its version keeps them. Raises InvalidParameterValueException."""
    if len(arns) > _MOST_ATTACHED:
        raise ServiceError("InvalidParameterValueException", f"Cannot reference more than {_MOST_ATTACHED} layers.")
    attached: dict[str, Document] = {}
    for arn in arns:
        layer = _parsed(arn)
        unversioned = layer._replace(version=0).arn
        if unversioned in attached:
            raise ServiceError(
                "InvalidParameterValueException",
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{attached[unversioned]['arn']} and {arn} are versions of the same layer.",
            )
        own = (layer.account, layer.region) == (call.account, call.region)
        found = tx.get(layer.version_key) if own and layer.version < 10**10 else None
        if found is None:
            raise ServiceError("InvalidParameterValueException", f"Layer version {arn} does not exist.")
        attached[unversioned] = {
            "arn": arn,
            "codeSize": found["codeSize"],
            "package": found["package"],
            "unpackedSize": found["unpackedSize"],
        }
    return list(attached.values())
