"""Other AWS services on the gateway's own port: what a function's package and data live in, also after a crash."""

import json
import sys
from pathlib import Path

from tests.journeys.packages import package
from tests.node import Node

FUNCTION = """
import boto3

def handler(event, context):
    queue = boto3.client("sqs").get_queue_url(QueueName="orders")["QueueUrl"]
    return [boto3.client("sts").get_caller_identity()["Account"], queue]
"""


def test_a_package_in_s3_calls_sqs_and_all_of_it_outlives_a_crash(tmp_path: Path) -> None:
    node = Node(tmp_path / "data")
    node.start()
    try:
        account = {"aws_access_key_id": "111122223333"}
        node.client("s3", **account).create_bucket(Bucket="packages")
        node.client("s3", **account).put_object(Bucket="packages", Key="orders/v1.zip", Body=package(FUNCTION))
        node.client("sqs", **account).create_queue(QueueName="orders")
        functions = node.client("lambda", **account)
        functions.create_function(
            FunctionName="orders",
            Runtime=f"python3.{sys.version_info.minor}",
            Role="arn:aws:iam::111122223333:role/orders",
            Handler="index.handler",
            Timeout=20,
            Code={"S3Bucket": "packages", "S3Key": "orders/v1.zip"},
        )
        node.kill()
        node.start()
        answer = json.load(functions.invoke(FunctionName="orders")["Payload"])
        assert answer == ["111122223333", f"http://127.0.0.1:{node.port}/111122223333/orders"]
        assert node.client("sqs").list_queues().get("QueueUrls", []) == []
    finally:
        node.stop()
