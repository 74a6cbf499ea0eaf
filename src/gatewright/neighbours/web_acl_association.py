"""Web ACLs of stages: AssociateWebACL and DisassociateWebACL, on their way to the wafv2 service, change the Stage.

The service keeps its own list; the stage's record is what the data plane goes by, and what GetStage shows. As on AWS, a
stage that is not there gets no web ACL, and a web ACL that a stage has cannot be deleted.
https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
"""

import contextlib
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from gatewright.execute.web_acls import TARGET
from gatewright.values.headers import first
from gatewright.values.records import Key, Store
from gatewright.values.request import Request

NO_RESOURCE = "AWS WAF couldn\u2019t perform the operation because your resource doesn\u2019t exist."
ASSOCIATED = (
    "AWS WAF couldn\u2019t perform the operation because your resource is being used by another resource or it\u2019s "
    "associated with another resource."
)
_OF_STAGES = frozenset({"AssociateWebACL", "DisassociateWebACL", "DeleteWebACL"})
_READS = ("Get", "List", "Describe", "Check")
_STAGE = re.compile(r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+)::/restapis/([A-Za-z0-9_-]+)/stages/([A-Za-z0-9_-]{1,128})")


class Call(NamedTuple):
    """One call of wafv2. `stage` is the stage that its ResourceArn names, None for any other resource."""

    operation: str
    input: dict[str, Any]
    stage: Key | None


class Refusal(NamedTuple):
    """An error of wafv2 that is given in its place; its status is 400."""

    code: str
    message: str


class WebAclAssociations:
    """Looks after the stages' side of wafv2. `changed` is called when something of wafv2 may have changed."""

    def __init__(self, store: Store, changed: Callable[[], None]) -> None:
        self._store = store
        self._changed = changed

    def refusal(self, request: Request, account: str) -> Refusal | None:
        """Why a call must not reach the service, None for one that may."""
        call = _read(request, account)
        if call.operation == "AssociateWebACL" and call.stage is not None:
            return self._no_association(call, call.stage)
        if call.operation == "DeleteWebACL" and self._is_associated(call, account):
            return Refusal("WAFAssociatedItemException", ASSOCIATED)
        return None

    def passed(self, request: Request, status: int, account: str) -> None:
        """The service has answered a call with `status`."""
        call = _read(request, account)
        if call.operation.startswith(_READS):
            return
        if status == 200 and call.stage is not None:
            if call.operation == "AssociateWebACL":
                self._set(call.stage, call.input["WebACLArn"])
            elif call.operation == "DisassociateWebACL":
                self._set(call.stage, None)
        self._changed()

    def _no_association(self, call: Call, stage: Key) -> Refusal | None:
        with self._store.read() as tx:
            if tx.get(stage) is None:
                return Refusal("WAFNonexistentItemException", NO_RESOURCE)
        parts = str(call.input.get("WebACLArn")).split(":")
        if len(parts) != 6 or parts[3] != stage.region or not parts[5].startswith("regional/webacl/"):
            return Refusal(
                "WAFInvalidParameterException",
                "Error reason: The ARN isn't valid. A valid ARN begins with arn: and includes other information "
                "separated by colons or slashes., field: RESOURCE_ARN, parameter: " + str(call.input.get("WebACLArn")),
            )
        return None

    def _is_associated(self, call: Call, account: str) -> bool:
        end = f"/webacl/{call.input.get('Name')}/{call.input.get('Id')}"
        with self._store.read() as tx:
            stages = [tx.get(key) or {} for key in tx.keys("Stage") if key.account == account]
        return any(str(stage.get("webAclArn", "")).endswith(end) for stage in stages)

    def _set(self, key: Key, arn: str | None) -> None:
        with self._store.transaction() as tx:
            stage = tx.get(key)
            if stage is None or stage.get("webAclArn") == arn:
                return
            changed = {name: value for name, value in stage.items() if name != "webAclArn"}
            tx.put(key, changed | ({"webAclArn": arn} if arn else {}))


def _read(request: Request, account: str) -> Call:
    operation = (first(request.headers, "x-amz-target") or "").removeprefix(TARGET)
    given = None
    if operation in _OF_STAGES:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):  # the service says what is wrong
            given = msgspec.json.decode(request.body)
    given = given if isinstance(given, dict) else {}
    match = _STAGE.fullmatch(str(given.get("ResourceArn")))
    stage = Key(account, match[1], "Stage", match[2], match[3]) if match else None
    return Call(operation, given, stage)
