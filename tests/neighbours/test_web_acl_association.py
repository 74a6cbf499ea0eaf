"""Which calls of wafv2 change a stage, and which never reach the service."""

import json
from pathlib import Path

from gatewright.neighbours.web_acl_association import WebAclAssociations
from gatewright.store.sqlite import SqliteStore
from gatewright.values.headers import header_line
from gatewright.values.records import Key
from gatewright.values.request import Request

ACCOUNT = "123456789012"
ACL = f"arn:aws:wafv2:eu-west-1:{ACCOUNT}:regional/webacl/wall/1111"
STAGE = "arn:aws:apigateway:eu-west-1::/restapis/pets/stages/prod"
PLACE = Key(ACCOUNT, "eu-west-1", "Stage", "pets", "prod")


def asked(operation: str, body: bytes = b"", **given: str) -> Request:
    lines = (header_line("X-Amz-Target", f"AWSWAF_20190729.{operation}"),)
    return Request("POST", "/", "/", "", lines, body or json.dumps(given).encode(), "127.0.0.1", "http", 0.0)


class Desk:
    """A store with one stage, and how often wafv2 was said to have changed."""

    def __init__(self) -> None:
        self.store = SqliteStore(Path(":memory:"))
        self.changes = 0
        self.associations = WebAclAssociations(self.store, self.changed)
        with self.store.transaction() as tx:
            tx.put(PLACE, {"stageName": "prod"})

    def changed(self) -> None:
        self.changes += 1

    def refused(self, request: Request, account: str = ACCOUNT) -> str | None:
        refusal = self.associations.refusal(request, account)
        return refusal.code if refusal else None

    def after(self, request: Request, status: int = 200, account: str = ACCOUNT) -> str | None:
        self.associations.passed(request, status, account)
        with self.store.read() as tx:
            return (tx.get(PLACE) or {}).get("webAclArn")


def test_a_stage_follows_what_the_service_took() -> None:
    desk = Desk()
    associate = asked("AssociateWebACL", WebACLArn=ACL, ResourceArn=STAGE)
    assert [desk.after(associate, 400), desk.after(associate, account="000000000000")] == [None, None]
    assert desk.after(associate) == ACL
    assert desk.after(asked("DisassociateWebACL", ResourceArn=f"{STAGE}2")) == ACL
    assert desk.after(asked("DisassociateWebACL", ResourceArn=STAGE), 500) == ACL
    assert desk.after(asked("DisassociateWebACL", ResourceArn=STAGE)) is None


def test_writes_are_told_and_reads_are_not() -> None:
    desk = Desk()
    for operation in ("GetWebACL", "ListIPSets", "CheckCapacity", "DescribeManagedRuleGroup"):
        desk.after(asked(operation))
    assert desk.changes == 0
    for operation in ("UpdateIPSet", "CreateRuleGroup", "PutLoggingConfiguration", ""):
        desk.after(asked(operation, b"no json"))
    assert desk.changes == 4


def test_what_never_reaches_the_service() -> None:
    desk = Desk()
    for acl, stage, code in (
        (ACL, STAGE, None),
        (ACL, f"{STAGE}2", "WAFNonexistentItemException"),
        (ACL, "arn:aws:apigateway:eu-west-2::/restapis/pets/stages/prod", "WAFNonexistentItemException"),
        (ACL.replace("eu-west-1", "eu-west-2"), STAGE, "WAFInvalidParameterException"),
        (ACL.replace("regional", "global"), STAGE, "WAFInvalidParameterException"),
        ("arn:x", STAGE, "WAFInvalidParameterException"),
        (ACL, "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/b", None),  # not ours
    ):
        assert desk.refused(asked("AssociateWebACL", WebACLArn=acl, ResourceArn=stage)) == code
    delete = asked("DeleteWebACL", Name="wall", Id="1111")
    assert desk.refused(delete) is None
    desk.after(asked("AssociateWebACL", WebACLArn=ACL, ResourceArn=STAGE))
    assert desk.refused(delete) == "WAFAssociatedItemException"
    assert desk.refused(delete, account="000000000000") is None
    assert desk.refused(asked("DeleteWebACL", Name="wall", Id="2222")) is None
    for body in (b"[", b"[]", b"[" * 100_000, b'{"ResourceArn": 1}'):
        assert desk.refused(asked("AssociateWebACL", body)) is None
