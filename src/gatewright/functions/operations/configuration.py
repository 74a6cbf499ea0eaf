"""A function's configuration: defaults, AWS's rules, and what is refused because sandboxes do not do it.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.function_name import LATEST, Reference, reference
from gatewright.functions.operations.layer import attached_layers
from gatewright.functions.package import UNZIPPED_LIMIT
from gatewright.functions.service import LambdaService
from gatewright.functions.start import unserved_runtime
from gatewright.values.records import Document, Transaction
from gatewright.values.uuids import new_uuid

RUNTIMES = (
    *("nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x"),
    *("python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"),
    *("provided.al2", "provided.al2023"),
)

# Members given as they are; the rest of FunctionConfiguration is computed.
_PLAIN = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "Architectures")

# What sandboxes do not do: members that may only have AWS's default, which is empty or one of these.
_ONLY_DEFAULT: Mapping[str, tuple[Any, ...]] = {
    "AcceleratorConfig": (),
    "CapacityProviderConfig": (),
    "CodeSigningConfigArn": (),
    "DeadLetterConfig": (),
    "DurableConfig": (),
    "EphemeralStorage": ({"Size": 512},),
    "FileSystemConfigs": (),
    "ImageConfig": (),
    "KMSKeyArn": (),
    "PublishTo": (),
    "RuntimeConfig": (),
    "SnapStart": ({"ApplyOn": "None"},),
    "TenancyConfig": (),
    "TracingConfig": ({"Mode": "PassThrough"},),
    "VpcConfig": (),
}

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED_VARIABLES = frozenset(
    (
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API"),
        *("AWS_LAMBDA_METADATA_TOKEN", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    )
)
_ENVIRONMENT_LIMIT = 4096


def refused(message: str) -> ServiceError:
    """A parameter that AWS or we do not take."""
    return ServiceError("InvalidParameterValueException", message)


def check(input: Mapping[str, Any]) -> None:
    """Hold the given members against AWS's rules and against what sandboxes do. Raises ServiceError."""
    if input.get("PackageType", "Zip") != "Zip":
        raise refused("PackageType Image is not supported: functions run without containers. Give a Zip package.")
    for member, defaults in _ONLY_DEFAULT.items():
        value = input.get(member)
        if not _empty(value) and value not in defaults:
            raise refused(f"{member} {msgspec.json.encode(value).decode()} is not supported: functions run without it.")
    runtime = input.get("Runtime")
    if runtime is not None and runtime not in RUNTIMES:
        raise refused(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(RUNTIMES)}] or be a valid ARN"
        )
    reason = unserved_runtime(runtime) if runtime is not None else None
    if reason is not None:
        raise refused(reason)
    _check_most(input, "Timeout", 900)
    _check_most(input, "MemorySize", 10240)
    _check_environment(input.get("Environment", {}).get("Variables") or {})
    if input.get("LoggingConfig", {}).get("LogFormat", "Text") != "Text":
        raise refused("LoggingConfig.LogFormat JSON is not supported: logs are written as text.")


def _empty(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_empty, value.values()))
    return not value


def _check_most(input: Mapping[str, Any], member: str, most: int) -> None:
    # The model's own bounds are wider: they cover functions on managed instances.
    value = input.get(member)
    if value is not None and value > most:
        where = f"{member[:1].lower()}{member[1:]}"
        raise ServiceError(
            "ValidationException",
            f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}",
        )


def _check_environment(variables: Mapping[str, str]) -> None:
    reserved = [name for name in variables if name in RESERVED_VARIABLES]
    start = "Lambda was unable to configure your environment variables because the environment variables you have"
    if reserved:
        raise refused(
            f"{start} provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    text = msgspec.json.encode(variables)
    if len(text) > _ENVIRONMENT_LIMIT:
        raise refused(f"{start} provided exceeded the 4KB limit. String measured: {text.decode()}")


def first_configuration(where: Reference, input: Mapping[str, Any]) -> Document:
    """FunctionConfiguration of a new function, but for its code, layers and revision."""
    if "Runtime" not in input or "Handler" not in input:
        raise refused("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    defaults: Document = {
        "FunctionName": where.name,
        "FunctionArn": where.function_arn,
        "Version": LATEST,
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{where.name}"},
    }
    return overlaid(defaults, where, input)


def overlaid(configuration: Document, where: Reference, input: Mapping[str, Any]) -> Document:
    """A configuration with the given members changed."""
    changed = configuration | {member: input[member] for member in _PLAIN if member in input}
    if "Environment" in input:
        variables = input["Environment"].get("Variables")
        changed.pop("Environment", None)
        if variables:
            changed["Environment"] = {"Variables": variables}
    if "LoggingConfig" in input:
        changed["LoggingConfig"] = configuration["LoggingConfig"] | input["LoggingConfig"]
    # AWS names the runtime's exact release here; ours is one per runtime.
    release = hashlib.sha256(changed["Runtime"].encode()).hexdigest()
    changed["RuntimeVersionConfig"] = {"RuntimeVersionArn": f"arn:aws:lambda:{where.region}::runtime:{release}"}
    return changed


def with_layers(tx: Transaction, call: Call, version: Document) -> None:
    """Attach the call's Layers, if it gives any, and hold code and layers against the size limit."""
    if "Layers" in call.input:
        version["layers"] = attached_layers(tx, call, call.input["Layers"])
    shown = [{"Arn": layer["arn"], "CodeSize": layer["codeSize"]} for layer in version["layers"]]
    version["configuration"].pop("Layers", None)
    if shown:
        version["configuration"]["Layers"] = shown
    size = version["unpackedSize"] + sum(layer["unpackedSize"] for layer in version["layers"])
    if size > UNZIPPED_LIMIT:
        raise refused(
            f"Function code combined with layers exceeds the maximum allowed size of {UNZIPPED_LIMIT} bytes. "
            f"The actual size is {size} bytes."
        )


def renew(service: LambdaService, version: Document) -> Document:
    """The same version after a change: a new revision, generation and time."""
    moment = datetime.fromtimestamp(service.now(), UTC)
    version["configuration"]["LastModified"] = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment:%f}"[:3] + "+0000"
    version["configuration"]["RevisionId"] = version["generation"] = new_uuid()
    return version


def shown(configuration: Document, where: Reference) -> Document:
    """FunctionConfiguration as answered to a caller who named it `where`: its ARN has the caller's qualifier."""
    return configuration | {"FunctionArn": where.arn}


_NOT_LISTED = ("State", "LastUpdateStatus", "RuntimeVersionConfig")


def listed(configurations: Sequence[Document]) -> list[Document]:
    """Configurations as lists give them, with a few members less. API reference, ListFunctions."""
    return [
        {member: value for member, value in configuration.items() if member not in _NOT_LISTED}
        for configuration in configurations
    ]


def latest_only(where: Reference) -> Reference:
    """The function, when its qualifier allows to change it. Raises ServiceError for versions and aliases."""
    if where.qualifier not in ("", LATEST):
        raise refused(
            "Current operation does not support versions other than $LATEST. Please set the version to $LATEST or do "
            "not set a version in your request."
        )
    return where.unqualified


def get_function_configuration(service: LambdaService, call: Call) -> Document:
    """GetFunctionConfiguration."""
    where = reference(call)
    with service.store.read() as tx:
        return shown(records.require_version(tx, where)["configuration"], where)


def update_function_configuration(service: LambdaService, call: Call) -> Document:
    """UpdateFunctionConfiguration: in force for the next invocation; running ones end as they began."""
    where = latest_only(reference(call))
    check(call.input)
    with service.store.transaction() as tx:
        version = records.require_version(tx, where)
        records.check_revision(
            call.input.get("RevisionId"), version["configuration"]["RevisionId"], "GetFunction/GetAlias"
        )
        version["configuration"] = overlaid(version["configuration"], where, call.input)
        with_layers(tx, call, version)
        records.put_version(tx, where, renew(service, version))
        return shown(version["configuration"], where)
