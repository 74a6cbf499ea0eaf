"""Settings that functions here never have: they read as AWS answers for a function where nobody set them.

Terraform and other tools read them on every refresh; writing them is not served.
"""

from typing import NoReturn

from gatewright.aws.call import Call
from gatewright.aws.errors import ServiceError
from gatewright.functions import records
from gatewright.functions.function_name import Reference, reference
from gatewright.functions.service import LambdaService
from gatewright.values.records import Document


def _existing(service: LambdaService, call: Call) -> Reference:
    where = reference(call)
    with service.store.read() as tx:
        records.require_version(tx, where)
    return where


def get_function_code_signing_config(service: LambdaService, call: Call) -> Document:
    """GetFunctionCodeSigningConfig: AWS answers without an ARN when there is none."""
    return {"FunctionName": _existing(service, call).name}


def get_function_url_config(service: LambdaService, call: Call) -> NoReturn:
    """GetFunctionUrlConfig."""
    _existing(service, call)
    raise ServiceError("ResourceNotFoundException", "The resource you requested does not exist.")


def list_function_url_configs(service: LambdaService, call: Call) -> Document:
    """ListFunctionUrlConfigs."""
    _existing(service, call)
    return {"FunctionUrlConfigs": []}


def get_runtime_management_config(service: LambdaService, call: Call) -> Document:
    """GetRuntimeManagementConfig."""
    return {"UpdateRuntimeOn": "Auto", "FunctionArn": _existing(service, call).arn}


def get_function_recursion_config(service: LambdaService, call: Call) -> Document:
    """GetFunctionRecursionConfig."""
    _existing(service, call)
    return {"RecursiveLoop": "Terminate"}


def get_provisioned_concurrency_config(service: LambdaService, call: Call) -> NoReturn:
    """GetProvisionedConcurrencyConfig."""
    _existing(service, call)
    raise ServiceError(
        "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function"
    )


def list_provisioned_concurrency_configs(service: LambdaService, call: Call) -> Document:
    """ListProvisionedConcurrencyConfigs."""
    _existing(service, call)
    return {"ProvisionedConcurrencyConfigs": []}


def list_event_source_mappings(service: LambdaService, call: Call) -> Document:
    """ListEventSourceMappings: none can be created."""
    return {"EventSourceMappings": []}
