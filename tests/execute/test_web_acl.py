"""A stage's web ACL: who is let through, what the others get, what is told of it, and what closes the stage."""

import base64
import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from gatewright.execute.web_acl_file import read_web_acls
from gatewright.execute.web_acls import KEPT_SECONDS, WebAcls
from gatewright.execute.world import Returned, ServiceCall
from gatewright.languages.waf.document import WebAclError
from gatewright.values.faults import NetworkFault
from gatewright.values.pending import Pending
from tests.execute.stage import MOCK, Scene, compiled, method, one, plan, request, shown, snapshot

ARN = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/acl/1111"
SET = "arn:aws:wafv2:eu-west-1:123456789012:regional/ipset/bad/2222"
GROUP = "arn:aws:wafv2:eu-west-1:123456789012:regional/rulegroup/group/3333"
NONE = [{"Priority": 0, "Type": "NONE"}]
BLOCKED = (
    403,
    [b"x-amzn-ErrorType: ForbiddenException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message":"Forbidden"}',
)
CLOSED = (
    500,
    [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message": "Internal server error"}',
)
Document = dict[str, Any]


def path_has(text: str) -> Document:
    return {
        "ByteMatchStatement": {
            "SearchString": base64.b64encode(text.encode()).decode(),
            "FieldToMatch": {"UriPath": {}},
            "TextTransformations": NONE,
            "PositionalConstraint": "CONTAINS",
        }
    }


def rule(name: str, priority: int, statement: Document, **rest: Any) -> Document:
    return {"Name": name, "Priority": priority, "Statement": statement, "VisibilityConfig": {}, **rest}


def acl(*rules: Document, **rest: Any) -> Document:
    return {"Name": "acl", "Id": "1111", "ARN": ARN, "DefaultAction": {"Allow": {}}, "Rules": list(rules), **rest}


class Wafv2:
    """The wafv2 service: documents by ARN, and what it was asked."""

    def __init__(self, *documents: Document) -> None:
        self.documents = {document["ARN"]: document for document in documents}
        self.asked: list[str] = []
        self.is_there = True
        self.waiting: Pending[None] | None = None

    async def call(self, call: ServiceCall, *, timeout: float) -> Returned:
        if not self.is_there:
            raise NetworkFault("connect", "nothing listens")
        target = dict(call.headers)["X-Amz-Target"]
        assert (call.method, call.host, call.account) == ("POST", "wafv2.eu-west-1.amazonaws.com", "123456789012")
        given = json.loads(call.body)
        self.asked.append(target.removeprefix("AWSWAF_20190729.Get"))
        if self.waiting is not None:
            await self.waiting
        for arn, document in self.documents.items():
            if arn.endswith(f"/{given['Name']}/{given['Id']}"):
                return Returned(200, (), json.dumps({target.partition("Get")[2]: document}).encode())
        return Returned(400, (), b'{"__type": "WAFNonexistentItemException"}')


class Gate:
    """A stage behind a web ACL, with what stands in the service."""

    def __init__(self, *documents: Document, **stage: Any) -> None:
        self.scene = Scene()
        self.service = Wafv2(*documents)
        object.__setattr__(self.scene.world, "web_acls", WebAcls(self.service, self.scene.now, self.scene.work))
        methods = {"GET": method(MOCK), "POST": method(MOCK)}
        self.plan = plan({"/": methods, "/{any+}": methods}, webAclArn=ARN, **stage)

    def answers(self, verb: str = "GET", target: str = "/", *lines: str, body: bytes = b"") -> tuple[int, Any, bytes]:
        return shown(self.scene.serve(self.plan, request(verb, target, *lines, body=body)))

    def status(self, verb: str = "GET", target: str = "/", *lines: str, body: bytes = b"") -> int:
        return self.answers(verb, target, *lines, body=body)[0]


def test_a_blocked_request_gets_403_before_routing_and_the_log_tells():
    log = {
        "format": "$context.requestId $context.wafResponseCode $context.webaclArn"
        " $context.waf.status $context.waf.error"
    }
    gate = Gate(acl(rule("admin", 0, path_has("/prod/admin"), Action={"Block": {}})), accessLogSettings=log)
    assert gate.answers("GET", "/admin/no/such/resource") == BLOCKED
    assert gate.answers("PUT", "/admin") == BLOCKED  # there is no such method
    assert gate.status("GET", "/users") == 200
    told = [line.partition(b" ")[2] for _, line in gate.scene.lines]
    assert told == [f"WAF_BLOCK {ARN} 403 -".encode()] * 2 + [f"WAF_ALLOW {ARN} 200 -".encode()]


def test_the_default_action_decides_when_no_rule_does():
    gate = Gate(acl(rule("ours", 3, path_has("users"), Action={"Allow": {}}), DefaultAction={"Block": {}}))
    assert (gate.status("GET", "/users"), gate.answers("GET", "/other")) == (200, BLOCKED)


def test_an_api_may_change_the_gateway_response_and_a_rule_may_answer_in_its_place():
    page = {"ResponseCode": 418, "CustomResponseBodyKey": "tea", "ResponseHeaders": [{"Name": "x-why", "Value": "tea"}]}
    rules = [
        rule("plain", 0, path_has("plain"), Action={"Block": {}}),
        rule("tea", 1, path_has("tea"), Action={"Block": {"CustomResponse": page}}),
        rule("empty", 2, path_has("empty"), Action={"Block": {"CustomResponse": {"ResponseCode": 302}}}),
    ]
    bodies = {"tea": {"ContentType": "TEXT_HTML", "Content": "<b>short and stout</b>"}}
    gate = Gate(acl(*rules, CustomResponseBodies=bodies))
    changed = snapshot({"/": {"GET": method(MOCK)}})
    template = {"application/json": "$context.error.responseType by $context.webaclArn"}
    changed["gatewayResponses"] = [{"responseType": "WAF_FILTERED", "statusCode": "404", "responseTemplates": template}]
    gate.plan = compiled(changed, webAclArn=ARN)
    assert gate.answers("GET", "/plain")[::2] == (404, f"WAF_FILTERED by {ARN}".encode())
    assert gate.answers("GET", "/tea") == (
        418,
        [b"Content-Type: text/html\r\n", b"x-why: tea\r\n"],
        b"<b>short and stout</b>",
    )
    assert gate.answers("GET", "/empty") == (302, [], b"")


def test_labels_counts_and_inserted_headers():
    counted = {"Count": {"CustomRequestHandling": {"InsertHeaders": [{"Name": "seen", "Value": "by-rule"}]}}}
    labelled = {"LabelMatchStatement": {"Scope": "LABEL", "Key": "odd:path"}}
    all_of = {"AndStatement": {"Statements": [labelled, {"NotStatement": {"Statement": path_has("odd/but/fine")}}]}}
    rules = [
        rule("label", 0, path_has("odd"), Action=counted, RuleLabels=[{"Name": "odd:path"}]),
        rule("act", 1, all_of, Action={"Block": {}}),
    ]
    gate = Gate(acl(*reversed(rules)))  # they go by their priority
    seen = {"application/json": '{"statusCode": 200, "seen": "$input.params(\'x-amzn-waf-seen\')"}'}
    answer = {"application/json": "$input.params('x-amzn-waf-seen') $context.wafResponseCode"}
    integration = MOCK | {"requestTemplates": seen}
    integration["integrationResponses"] = {"200": {"statusCode": "200", "responseTemplates": answer}}
    gate.plan = one(integration, "/{any+}", webAclArn=ARN)
    assert gate.status("GET", "/odd/one") == 403
    assert gate.answers("GET", "/odd/but/fine", "x-amzn-waf-seen: by-client")[::2] == (200, b"by-rule WAF_ALLOW")
    assert gate.answers("GET", "/even", "x-amzn-waf-seen: by-client")[2] == b"by-client WAF_ALLOW"


def test_rule_groups_and_their_overrides():
    block = {"Block": {}}
    group = {
        "Name": "group",
        "ARN": GROUP,
        "Rules": [
            rule("a", 0, path_has("aa"), Action=block, RuleLabels=[{"Name": "hit"}]),
            rule("b", 1, path_has("bb"), Action=block),
            rule("c", 2, path_has("cc"), Action=block),
        ],
    }
    statement = {"ARN": GROUP, "ExcludedRules": [{"Name": "b"}]}
    statement["RuleActionOverrides"] = [
        {"Name": "c", "ActionToUse": {"Block": {"CustomResponse": {"ResponseCode": 410}}}}
    ]
    refers = rule("group", 0, {"RuleGroupReferenceStatement": statement}, OverrideAction={"None": {}})
    gate = Gate(acl(refers), group)
    assert [gate.status("GET", path) for path in ("/aa", "/bb", "/cc", "/dd")] == [403, 200, 410, 200]
    counted = refers | {"OverrideAction": {"Count": {}}}
    key = "awswaf:123456789012:rulegroup:group:hit"
    labelled = rule("labelled", 1, {"LabelMatchStatement": {"Scope": "LABEL", "Key": key}}, Action=block)
    assert Gate(acl(counted), group).status("GET", "/aa") == 200
    assert Gate(acl(counted, labelled), group).status("GET", "/aa") == 403


def test_a_rate_is_counted_by_address_within_its_window():
    limit = {"RateBasedStatement": {"Limit": 10, "EvaluationWindowSec": 60, "AggregateKeyType": "IP"}}
    gate = Gate(acl(rule("rate", 0, limit, Action={"Block": {}})))
    other = request("GET", "/")._replace(source_ip="198.51.100.9")
    assert [gate.status() for _ in range(12)] == [200] * 10 + [403] * 2
    assert gate.scene.serve(gate.plan, other).status == 200
    gate.scene.clock += 63  # the window, and the slice that it began in
    assert gate.status() == 200


def test_a_rate_by_a_forwarded_address_or_several_things():
    forwarded = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "MATCH"}
    limit = {"Limit": 1, "AggregateKeyType": "FORWARDED_IP", "ForwardedIPConfig": forwarded}
    down = {"ScopeDownStatement": path_has("login")}
    gate = Gate(acl(rule("rate", 0, {"RateBasedStatement": limit | down}, Action={"Block": {}})))
    told = [
        gate.status("GET", "/login", f"x-forwarded-for: {one}") for one in ("10.0.0.1, x", "10.0.0.1", "10.0.0.2", "x")
    ]
    assert told == [200, 403, 200, 403]  # the last one has no address
    assert [gate.status("GET", "/login"), gate.status("GET", "/", "x-forwarded-for: 10.0.0.1")] == [200, 200]
    keys = [
        {"HTTPMethod": {}},
        {"Header": {"Name": "X-User", "TextTransformations": [{"Priority": 0, "Type": "LOWERCASE"}]}},
    ]
    custom = {"Limit": 1, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": keys}
    gate = Gate(acl(rule("rate", 0, {"RateBasedStatement": custom}, Action={"Block": {}})))
    sent = [("GET", "Ann"), ("GET", "ANN"), ("POST", "ann"), ("GET", "Bob")]
    assert [gate.status(verb, "/", f"x-user: {user}") for verb, user in sent] == [200, 403, 200, 200]
    assert [gate.status(), gate.status()] == [200, 200]  # without the header nothing is counted


def body_has(pattern: str) -> Document:
    return {"RegexMatchStatement": {"RegexString": pattern, "FieldToMatch": {"Body": {}}, "TextTransformations": NONE}}


def test_what_takes_long_is_decided_beside_others_and_counted_once():
    rate = {"RateBasedStatement": {"Limit": 10, "AggregateKeyType": "IP"}}
    rules = [
        rule("rate", 0, rate, Action={"Block": {}}),
        rule("label", 1, path_has("/"), Action={"Count": {}}, RuleLabels=[{"Name": "seen"}]),
        rule("body", 2, body_has("(a|b)*a(a|b){20}c"), Action={"Block": {}}),
    ]
    gate = Gate(acl(*rules))
    odd = "".join(random.Random(1).choices("ab", k=8_000)).encode()
    assert gate.status("POST", "/", body=b"a" * 22 + b"c") == 403
    assert gate.scene.work.beside_others == 1  # to compile the web ACL
    sent = [gate.status("POST", "/", body=odd + end) for end in (b"", b"a" * 22 + b"c", b"", b"", b"")]
    assert (sent, gate.scene.work.beside_others) == ([200, 403, 200, 200, 200], 6)
    assert [gate.status() for _ in range(5)] == [200] * 4 + [403]


def test_a_coded_body_is_looked_at_as_the_backend_reads_it():
    gate = Gate(acl(rule("evil", 0, body_has("evil"), Action={"Block": {}})))
    for body, status in ((gzip.compress(b"evil"), 403), (gzip.compress(b"good"), 200), (b"not so coded", 415)):
        assert gate.status("POST", "/", "Content-Encoding: gzip", body=body) == status
    assert gate.status("POST", "/", "Content-Encoding: br", body=b"evil") == 403  # before it is told what it did wrong
    limit = {"RateBasedStatement": {"Limit": 1, "AggregateKeyType": "IP"}}
    gate = Gate(acl(rule("rate", 0, limit, Action={"Block": {}})))
    assert [gate.status("POST", "/", "Content-Encoding: gzip", body=b"x") for _ in range(2)] == [415, 403]


def test_documents_are_asked_for_once_and_anew_after_a_change():
    refers = rule("bad", 0, {"IPSetReferenceStatement": {"ARN": SET}}, Action={"Block": {}})
    bad = {"ARN": SET, "IPAddressVersion": "IPV4", "Addresses": ["192.0.2.0/29"]}
    gate = Gate(acl(refers), bad)
    assert [gate.status(), gate.status(), gate.service.asked] == [403, 403, ["WebACL", "IPSet"]]
    gate.service.documents[SET] = bad | {"Addresses": ["192.0.2.8/32"]}
    assert gate.status() == 403
    gate.scene.world.web_acls.changed()
    assert gate.status() == 200
    gate.service.documents[SET] = bad
    gate.scene.clock += KEPT_SECONDS
    assert gate.status() == 403


def test_a_service_that_is_not_there_opens_nothing(caplog: pytest.LogCaptureFixture):
    gate = Gate(acl(rule("no", 0, path_has("no"), Action={"Block": {}})))
    gate.service.is_there = False
    assert gate.answers() == CLOSED
    assert caplog.messages[-1].endswith(
        f" abcdef1234/prod: Execution failed due to configuration error: {ARN} cannot be fetched: nothing listens"
    )
    gate.service.is_there = True
    assert gate.answers() == CLOSED  # it is not asked again at once
    gate.scene.clock += 5
    assert gate.status() == 200
    gate.service.is_there = False
    gate.scene.clock += KEPT_SECONDS
    assert [gate.status("GET", "/no"), gate.status()] == [403, 200]  # what was last known holds
    gate.service.is_there = True
    gate.service.documents = {}
    gate.scene.world.web_acls.changed()
    assert gate.answers() == CLOSED  # it was deleted: that is known


def test_nobody_waits_for_a_service_that_is_lost():
    gate = Gate(acl(rule("no", 0, path_has("no"), Action={"Block": {}})))
    assert gate.status() == 200
    gate.service.is_there = False
    gate.scene.clock += KEPT_SECONDS
    assert gate.status() == 200
    gate.service.is_there, gate.service.waiting = True, Pending()  # it takes the question and is silent
    gate.scene.clock += 5
    assert [gate.status("GET", "/no"), gate.status(), gate.service.asked] == [403, 200, ["WebACL"] * 2]
    gate.service.documents[ARN] = acl(rule("all", 0, path_has("/"), Action={"Block": {}}))
    gate.service.waiting.complete(None)
    assert gate.status() == 403


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (
            {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "x"}},
            "x is a managed rule group, which only AWS has",
        ),
        ({"GeoMatchStatement": {"CountryCodes": ["DE"]}}, "GeoMatchStatement is not supported"),
        ({"AsnMatchStatement": {"AsnList": [1]}}, "AsnMatchStatement is not supported"),
        ({"SqliMatchStatement": {}}, "SqliMatchStatement is not supported"),
        ({"IPSetReferenceStatement": {"ARN": SET}}, f"{SET} does not exist"),
    ],
)
def test_what_cannot_be_evaluated_closes_the_stage(caplog: pytest.LogCaptureFixture, statement: Document, why: str):
    gate = Gate(acl(rule("r", 0, statement, Action={"Block": {}})))
    assert gate.answers() == CLOSED
    assert caplog.messages[-1].endswith(why)


@pytest.mark.parametrize("names", [["Content-Length"], ["transfer-encoding"], ["content-type"], ["x", "X"]])
def test_a_response_that_cannot_be_sent_closes_the_stage(names: list[str]):
    page = {"ResponseCode": 403, "ResponseHeaders": [{"Name": name, "Value": "1"} for name in names]}
    gate = Gate(acl(rule("r", 0, path_has("x"), Action={"Block": {"CustomResponse": page}})))
    assert gate.answers() == CLOSED


def test_actions_that_ask_the_client_for_something_close_it_too():
    for action in ({"Captcha": {}}, {"Challenge": {}}, None, {"Block": {}, "Allow": {}}):
        gate = Gate(acl(rule("r", 0, path_has("x"), Action=action)))
        assert gate.answers() == CLOSED


def test_a_file_of_web_acls(tmp_path: Path):
    path = tmp_path / "acls.json"
    given = {"WebACL": acl(rule("r", 0, {"IPSetReferenceStatement": {"ARN": SET}}, Action={"Block": {}}))}
    path.write_text(json.dumps({"pets/prod": given | {"IPSets": [{"ARN": SET, "Addresses": ["2001:db8::/32"]}]}}))
    found = read_web_acls(path)
    assert found.stages == {"pets/prod": "file:pets/prod"}
    assert {name: one.arn for name, one in found.web_acls.items()} == {"file:pets/prod": ARN}
    refers = rule("r", 0, {"RuleGroupReferenceStatement": {"ARN": "x"}}, OverrideAction={"None": {}})
    odd = {"WebACL": acl(refers), "RuleGroups": [{"ARN": "x"}]}
    for content, why in (
        ("[]", "is no object of web ACLs by {api}/{stage}"),
        ('{"pets": {}}', "names 'pets', which is not {api}/{stage}"),
        ('{"pets/prod": {"WebACL": {}}}', "cannot be used for pets/prod: Name is missing"),
        (
            '{"pets/prod": {"WebACL": {"Name": "w"}}}',
            "cannot be used for pets/prod: DefaultAction has no members, and must have one",
        ),
        (json.dumps({"pets/prod": given}), f"cannot be used for pets/prod: rule r: {SET} does not exist"),
        (
            json.dumps({"pets/prod": odd}),
            "cannot be used for pets/prod: the web ACL is malformed: IndexError list index out of range",
        ),
        ('{"pets/prod": {"Extra": 1}}', "cannot be used for pets/prod: Extra of the entry is not supported"),
    ):
        path.write_text(content)
        with pytest.raises(WebAclError) as raised:
            read_web_acls(path)
        assert str(raised.value) == why
