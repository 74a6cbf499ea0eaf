"""The Lambda service's management operations: one table from AWS's names to functions, one file per noun.

What is not in the table answers NotImplementedException.
"""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler, Output
from gatewright.functions.operations import (
    account_settings,
    alias,
    code,
    concurrency,
    configuration,
    event_invoke_config,
    function,
    invoke,
    invoke_with_response_stream,
    layer,
    never_configured,
    permission,
    tags,
    version,
)
from gatewright.functions.service import LambdaService

# What handlers answer: the output or a coroutine that makes it.
Answer = Output | Coroutine[Any, None, Output]

_OPERATIONS: Mapping[str, Callable[[LambdaService, Call], Answer]] = {
    "AddPermission": permission.add_permission,
    "CreateAlias": alias.create_alias,
    "CreateFunction": function.create_function,
    "DeleteAlias": alias.delete_alias,
    "DeleteFunction": function.delete_function,
    "DeleteFunctionConcurrency": concurrency.delete_function_concurrency,
    "DeleteFunctionEventInvokeConfig": event_invoke_config.delete_function_event_invoke_config,
    "DeleteLayerVersion": layer.delete_layer_version,
    "GetAccountSettings": account_settings.get_account_settings,
    "GetAlias": alias.get_alias,
    "GetFunction": function.get_function,
    "GetFunctionCodeSigningConfig": never_configured.get_function_code_signing_config,
    "GetFunctionConcurrency": concurrency.get_function_concurrency,
    "GetFunctionConfiguration": configuration.get_function_configuration,
    "GetFunctionEventInvokeConfig": event_invoke_config.get_function_event_invoke_config,
    "GetFunctionRecursionConfig": never_configured.get_function_recursion_config,
    "GetFunctionUrlConfig": never_configured.get_function_url_config,
    "GetLayerVersion": layer.get_layer_version,
    "GetLayerVersionByArn": layer.get_layer_version_by_arn,
    "GetPolicy": permission.get_policy,
    "GetProvisionedConcurrencyConfig": never_configured.get_provisioned_concurrency_config,
    "GetRuntimeManagementConfig": never_configured.get_runtime_management_config,
    "Invoke": invoke.invoke,
    "InvokeAsync": invoke.invoke_async,
    "InvokeWithResponseStream": invoke_with_response_stream.invoke_with_response_stream,
    "ListAliases": alias.list_aliases,
    "ListEventSourceMappings": never_configured.list_event_source_mappings,
    "ListFunctionEventInvokeConfigs": event_invoke_config.list_function_event_invoke_configs,
    "ListFunctionUrlConfigs": never_configured.list_function_url_configs,
    "ListFunctions": function.list_functions,
    "ListLayerVersions": layer.list_layer_versions,
    "ListLayers": layer.list_layers,
    "ListProvisionedConcurrencyConfigs": never_configured.list_provisioned_concurrency_configs,
    "ListTags": tags.list_tags,
    "ListVersionsByFunction": version.list_versions_by_function,
    "PublishLayerVersion": layer.publish_layer_version,
    "PublishVersion": version.publish_version,
    "PutFunctionConcurrency": concurrency.put_function_concurrency,
    "PutFunctionEventInvokeConfig": event_invoke_config.put_function_event_invoke_config,
    "RemovePermission": permission.remove_permission,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "UpdateAlias": alias.update_alias,
    "UpdateFunctionCode": code.update_function_code,
    "UpdateFunctionConfiguration": configuration.update_function_configuration,
    "UpdateFunctionEventInvokeConfig": event_invoke_config.update_function_event_invoke_config,
}


def handlers(service: LambdaService) -> dict[str, Handler]:
    """The handler of every operation that is served, by the operation's name, for the service "lambda"."""
    return {name: partial(operation, service) for name, operation in _OPERATIONS.items()}
