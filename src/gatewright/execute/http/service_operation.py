"""The operations of AWS services that HTTP APIs call by a subtype, with the parameters that each takes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

from collections.abc import Mapping
from typing import NamedTuple


class ServiceOperation(NamedTuple):
    """Names of parameters. `Region` chooses where the service is called; all others are members of its input."""

    required: tuple[str, ...]
    optional: tuple[str, ...]


REGION = "Region"

SERVICE_OPERATIONS: Mapping[str, ServiceOperation] = {
    "EventBridge-PutEvents": ServiceOperation(
        ("Detail", "DetailType", "Source"), ("Time", "EventBusName", "Resources", REGION, "TraceHeader")
    ),
    "SQS-SendMessage": ServiceOperation(
        ("QueueUrl", "MessageBody"),
        (
            *("DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId"),
            *("MessageSystemAttributes", REGION),
        ),
    ),
    "SQS-ReceiveMessage": ServiceOperation(
        ("QueueUrl",),
        (
            *("AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames", "ReceiveRequestAttemptId"),
            *("VisibilityTimeout", "WaitTimeSeconds", REGION),
        ),
    ),
    "SQS-DeleteMessage": ServiceOperation(("ReceiptHandle", "QueueUrl"), (REGION,)),
    "SQS-PurgeQueue": ServiceOperation(("QueueUrl",), (REGION,)),
    "AppConfig-GetConfiguration": ServiceOperation(
        ("Application", "Environment", "Configuration", "ClientId"), ("ClientConfigurationVersion", REGION)
    ),
    "Kinesis-PutRecord": ServiceOperation(
        ("StreamName", "Data", "PartitionKey"), ("SequenceNumberForOrdering", "ExplicitHashKey", REGION)
    ),
    "StepFunctions-StartExecution": ServiceOperation(("StateMachineArn",), ("Name", "Input", REGION)),
    "StepFunctions-StartSyncExecution": ServiceOperation(
        ("StateMachineArn",), ("Name", "Input", REGION, "TraceHeader")
    ),
    "StepFunctions-StopExecution": ServiceOperation(("ExecutionArn",), ("Cause", "Error", REGION)),
}
