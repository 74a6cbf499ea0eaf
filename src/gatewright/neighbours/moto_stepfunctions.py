"""State machines that run: moto's interpreter of the Amazon States Language, switched on and given what it lacks.

Part of the embedded moto server's child process. moto runs executions but has no StartSyncExecution, and lets a task
call nothing but moto itself; here a task calls the node, so that a Lambda task runs the node's own functions. What
needs JSONata ends as failed: moto evaluates it with a Java program that is not there.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
"""

import json
import logging
import math
import sys
import threading
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from moto.core.config import default_user_config
from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions import responses
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.backend.execution import SyncExecution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

LONGEST_TASK = 900.0  # seconds, a function's longest run
LONGEST_EXPRESS = 300.0  # seconds, AWS's quota


class NotExpress(AWSError):
    """A standard state machine, which nobody can wait for."""

    TYPE = "StateMachineTypeNotSupported"
    STATUS = 400


class InvalidInput(AWSError):
    """An input that is no JSON."""

    TYPE = "InvalidExecutionInput"
    STATUS = 400


def install(endpoint_url: str) -> None:
    """Let state machines run, and their tasks call `endpoint_url`. Call it once, before the first request for them."""

    def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        role: str = getattr(state_credentials, "role_arn", "")
        account = role.split(":")[4] if role.count(":") >= 5 else "test"
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=endpoint_url,
            aws_access_key_id=account,  # twelve digits of it stand for the account itself
            aws_secret_access_key="test",
            config=Config(
                parameter_validation=False,
                retries={"max_attempts": 0, "total_max_attempts": 1},
                read_timeout=LONGEST_TASK,
            ),
        )

    default_user_config["stepfunctions"]["execute_state_machine"] = True
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.stepfunctions") and vars(module).get("boto_client_for") is boto_client_for:
            vars(module)["boto_client_for"] = client_for
    start = StepFunctionsParserBackend.start_execution

    def start_execution(self: Any, arn: str, name: str | None = None, *rest: Any, **named: Any) -> Any:
        return start(self, arn, name or str(uuid4()), *rest, **named)

    _end_interrupted()
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)  # a failed state is in the history, not the log
    changed: tuple[Any, Any] = StepFunctionsParserBackend, responses.StepFunctionResponse
    changed[0].start_execution = start_execution
    changed[1].start_sync_execution = start_sync_execution


def _end_interrupted() -> None:
    """Executions that ran when the last child ended do not run any more."""
    for account in list(stepfunctions_parser_backends.values()):
        for backend in list(account.values()):
            executions: list[Any] = [
                execution for machine in backend.state_machines for execution in machine.executions
            ]
            for execution in executions:
                if execution.exec_status == ExecutionStatus.RUNNING:
                    execution.exec_status = ExecutionStatus.ABORTED
                    execution.stop_date = datetime.now(tz=UTC)
                    execution.cause = "The embedded server was stopped"


def start_sync_execution(self: Any) -> ActionResult:
    """StartSyncExecution of an express state machine: its answer is the end of the execution, which is not kept."""
    backend = self.stepfunction_backend
    machine = backend.describe_state_machine(self._get_param("stateMachineArn"))
    if machine.type != "EXPRESS":
        raise NotExpress(f"This operation is not supported by this type of state machine: '{machine.arn}'")
    given = self._get_param("input", if_none="{}")
    try:
        json.loads(given)
    except ValueError as error:
        raise InvalidInput(f"Invalid State Machine Execution Input: '{error}'") from error
    execution = _sync_execution(backend, machine, self._get_param("name") or str(uuid4()), given)
    execution.trace_header = self._get_param("traceHeader")

    def end() -> None:
        execution.exec_worker.env.set_timed_out()

    limit = threading.Timer(LONGEST_EXPRESS, end)
    limit.daemon = True
    limit.start()
    try:
        execution.start()
    finally:
        limit.cancel()
    ended = execution.stop_date or datetime.now(tz=UTC)
    answer = {name: value for name, value in execution.to_start_sync_execution_output().items() if value is not None}
    billed = math.ceil((ended - execution.start_date).total_seconds() * 10) * 100
    answer["billingDetails"] = {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": billed}
    return ActionResult(answer)


def _sync_execution(backend: Any, machine: Any, name: str, given: str) -> Any:
    return SyncExecution(
        name=name,
        sm_type=machine.type,
        role_arn=machine.roleArn,
        exec_arn=f"{machine.arn.replace(':stateMachine:', ':express:')}:{name}:{uuid4()}",
        account_id=backend.account_id,
        region_name=backend.region_name,
        state_machine=machine,
        start_date=datetime.now(tz=UTC),
        cloud_watch_logging_session=None,
        input_data=given,
        activity_store={},
    )
