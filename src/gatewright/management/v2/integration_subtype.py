"""First-class integrations of HTTP APIs: the operation of an AWS service that a subtype names, and its parameters.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

from gatewright.execute.http.parameter_mapping import compile_value
from gatewright.execute.http.service_operation import SERVICE_OPERATIONS
from gatewright.execute.parameter_mapping import MappingError
from gatewright.management.patch import refused
from gatewright.values.records import Document

_INVALID = "Invalid selection expression specified: Validation Result: warnings : [], errors :"


def check_subtype(integration: Document) -> None:
    """A subtype that is known, with all that it needs and nothing that it does not know. Raises BadRequestException."""
    subtype = integration["integrationSubtype"]
    operation = SERVICE_OPERATIONS.get(subtype)
    if operation is None or integration["integrationType"] != "AWS_PROXY":
        raise refused(f"Operation: {subtype} is not supported.")
    for name in ("integrationUri", "integrationMethod"):
        if integration.get(name):
            raise refused(f"{name} cannot be specified for integrations with a subtype")
    if not integration.get("credentialsArn"):
        raise refused(f"Role ARN must be specified for AWS integration configuration with Subtype: {subtype}")
    parameters = integration.get("requestParameters") or {}
    if not parameters.keys() >= set(operation.required):
        raise refused(
            f"Operation: {subtype} requires enabling passthrough, or defining all of the following parameters: "
            f"[{', '.join(operation.required)}]"
        )
    for name, text in parameters.items():
        if name not in operation.required and name not in operation.optional:
            raise refused(f"Invalid parameter specified for {subtype}: {name}")
        _check_value(name, text)


def _check_value(name: str, text: str) -> None:
    if not text:
        # Seen: github.com/hashicorp/terraform-provider-aws/issues/50061
        raise refused(f"{_INVALID} [Mapping expression missing source or destination]")
    try:
        compile_value(text, {})
    except MappingError:
        # Seen: github.com/hashicorp/terraform-provider-aws/issues/17348
        raise refused(f"{_INVALID} [Invalid source: {text} specified for destination: {name}]") from None
