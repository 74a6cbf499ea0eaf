"""State machines in the embedded neighbour: they run, call the node's own functions, and outlive a restart."""

import json
import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.journeys.api import ACCOUNT, REGION, ROLE
from tests.journeys.test_boto3 import create_function
from tests.node import Node

FUNCTION = """
def handler(event, context):
    if event.get("bad"):
        raise ValueError("bad")
    return {"twice": event["n"] * 2}
"""
# A function as a resource of its own, and through the integration that wraps its answer.
TWICE = {
    "StartAt": "Resource",
    "States": {
        "Resource": {"Type": "Task", "Resource": "FUNCTION", "ResultPath": "$.first", "Next": "Invoke"},
        "Invoke": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "FUNCTION", "Payload": {"n.$": "$.first.twice"}},
            "OutputPath": "$.Payload",
            "End": True,
        },
    },
}
WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}


def machine_arn(name: str) -> str:
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"


def ended(states: Any, execution: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer: dict[str, Any] = states.describe_execution(executionArn=execution)
        if answer["status"] != "RUNNING":
            return answer
        time.sleep(0.02)
    raise AssertionError(f"{execution} runs on")


def test_they_run_and_are_kept(shared: Node) -> None:
    definition = json.dumps(TWICE).replace("FUNCTION", create_function(shared, "twice", FUNCTION))
    states = shared.client("stepfunctions", config=Config(inject_host_prefix=False, retries={"max_attempts": 0}))
    for name, text, kind in (
        ("twice", definition, "STANDARD"),
        ("brief", definition, "EXPRESS"),
        ("wait", json.dumps(WAIT), "STANDARD"),
    ):
        states.create_state_machine(name=name, definition=text, roleArn=ROLE, type=kind)
    done = states.start_execution(stateMachineArn=machine_arn("twice"), input='{"n": 4}')["executionArn"]
    answer = ended(states, done)
    assert (answer["status"], json.loads(answer["output"])) == ("SUCCEEDED", {"twice": 16})
    synchronous(states)
    waiting = states.start_execution(stateMachineArn=machine_arn("wait"), name="w")["executionArn"]
    assert waiting == f"arn:aws:states:{REGION}:{ACCOUNT}:execution:wait:w"
    shared.stop()
    shared.start()
    states = shared.client("stepfunctions")
    again = states.describe_execution(executionArn=done)
    assert (again["status"], again["output"]) == ("SUCCEEDED", answer["output"])
    history = states.get_execution_history(executionArn=done)["events"]
    assert (history[0]["type"], history[-1]["type"]) == ("ExecutionStarted", "ExecutionSucceeded")
    assert states.describe_execution(executionArn=waiting)["status"] == "ABORTED"


def synchronous(states: Any) -> None:
    """StartSyncExecution of an express machine, and what it refuses."""
    answer = states.start_sync_execution(stateMachineArn=machine_arn("brief"), name="q", input='{"n": 5}')
    assert (answer["status"], answer["input"], json.loads(answer["output"])) == ("SUCCEEDED", '{"n":5}', {"twice": 20})
    assert answer["executionArn"].startswith(f"arn:aws:states:{REGION}:{ACCOUNT}:express:brief:q:")
    failed = states.start_sync_execution(stateMachineArn=machine_arn("brief"), input='{"bad": 1}')
    assert (failed["status"], failed["error"], "output" in failed) == ("FAILED", "ValueError", False)
    for name, given, code in (
        ("twice", "{}", "StateMachineTypeNotSupported"),
        ("brief", "{", "InvalidExecutionInput"),
        ("none", "{}", "StateMachineDoesNotExist"),
    ):
        with pytest.raises(ClientError) as refused:
            states.start_sync_execution(stateMachineArn=machine_arn(name), input=given)
        assert refused.value.response["Error"]["Code"] == code
