"""IAM's policy language, rule by rule of the user guide."""

import json
import time
from typing import Any

import pytest

from gatewright.languages.policy import (
    AccessRequest,
    Effect,
    PolicyError,
    PolicyPrincipal,
    compile_policy,
    decide_all,
    within,
)

ALLOW, DENY, SILENT, DELEGATES = Effect.ALLOW, Effect.DENY, Effect.SILENT, Effect.DELEGATES
HERE = "arn:aws:execute-api:eu-west-1:123456789012"
RESOURCE = f"{HERE}:abc/prod/GET/pets/1"
USER = PolicyPrincipal("123456789012", "arn:aws:iam::123456789012:user/team/ann", "AIDAAAAAAAAAAAAAAAAA")
SESSION = PolicyPrincipal(
    "123456789012",
    "arn:aws:sts::123456789012:assumed-role/reader/ann",
    "AROAAAAAAAAAAAAAAAAA:ann",
    "arn:aws:iam::123456789012:role/reader",
)
STRANGER = PolicyPrincipal("999999999999", "arn:aws:iam::999999999999:user/ann", "AIDABBBBBBBBBBBBBBBBB")
ROOT = PolicyPrincipal("123456789012", "arn:aws:iam::123456789012:root", "123456789012")


def statement(effect: str = "Allow", **members: Any) -> dict[str, Any]:
    made = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": "*"} | members
    return {name: value for name, value in made.items() if value is not None}


def document(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": list(statements)}


def request(
    resource: str = RESOURCE, principal: PolicyPrincipal | None = None, action: str = "execute-api:Invoke", **keys: str
) -> AccessRequest:
    return AccessRequest(action, resource, principal, {f"aws:{name}": (value,) for name, value in keys.items()})


def effect(*statements: dict[str, Any], asked: AccessRequest | None = None, version: str = "2012-10-17") -> Effect:
    policy = compile_policy(document(*statements, version=version), kind="identity")
    return policy.decide(asked or request())


def of_resource(asked: AccessRequest, **members: Any) -> Effect:
    return compile_policy(document(statement(**members)), kind="resource").decide(asked)


def condition(operator: str, wanted: Any, **keys: str) -> bool:
    """Whether `{operator: {"aws:k": wanted}}` holds for a request with these keys."""
    found = effect(statement(Condition={operator: {"aws:k": wanted}}), asked=request(**keys))
    return found is ALLOW


def test_a_denial_counts_for_more_than_what_is_allowed() -> None:
    assert effect() is SILENT
    assert effect(statement()) is ALLOW
    assert effect(statement(), statement("Deny")) is DENY
    assert effect(statement("Deny")) is DENY
    assert effect(statement("Deny", Action="execute-api:InvalidateCache"), statement()) is ALLOW


def test_one_statement_needs_no_list_and_a_policy_may_be_text() -> None:
    text = json.dumps({"Statement": statement()})
    assert compile_policy(text, kind="identity").decide(request()) is ALLOW


@pytest.mark.parametrize(
    ("action", "found"),
    [
        ("*", ALLOW),
        ("execute-api:*", ALLOW),
        ("EXECUTE-API:invoke", ALLOW),
        ("execute-api:Inv??e", ALLOW),
        (["s3:GetObject", "execute-api:I*"], ALLOW),
        ("execute-api:Invoke?", SILENT),
        ("execute-api:InvalidateCache", SILENT),
        ("s3:*", SILENT),
    ],
)
def test_actions(action: Any, found: Effect) -> None:
    assert effect(statement(Action=action)) is found
    assert effect(statement(Action=None, NotAction=action)) is (SILENT if found is ALLOW else ALLOW)


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ("*", ALLOW),
        ("arn:aws:execute-api:*", ALLOW),
        ("arn:aws:execute-api:eu-west-1:123456789012:*", ALLOW),
        ("arn:aws:execute-api:*:*:abc/*/GET/*", ALLOW),
        (f"{HERE}:abc/prod/*", ALLOW),
        (f"{HERE}:abc/*/1", ALLOW),  # one wildcard goes over slashes, as AWS's do
        (f"{HERE}:abc/p?od/GET/pets/1", ALLOW),
        ([f"{HERE}:x/*", f"{HERE}:abc/*"], ALLOW),
        (f"{HERE}:ABC/*", SILENT),
        (f"{HERE}:abc/prod/POST/*", SILENT),
        (f"{HERE}:abc/prod/GET/pets", SILENT),
        (f"{HERE}:abc/prod/GET/pets/1?", SILENT),
        ("arn:aws:execute-api:us-*", SILENT),
        ("arn:aws:s3:::*", SILENT),
    ],
)
def test_resources(resource: Any, found: Effect) -> None:
    assert effect(statement(Resource=resource)) is found
    assert effect(statement(Resource=None, NotResource=resource)) is (SILENT if found is ALLOW else ALLOW)


def test_a_path_cannot_pose_as_the_rest_of_an_arn() -> None:
    posing = request(f"{HERE}:abc/prod/POST/-1:123456789012:xyz/prod/GET/")
    assert effect(statement(Resource="arn:aws:execute-api:eu-*-1:123456789012:xyz/*"), asked=posing) is SILENT
    assert effect(statement(Resource="arn:aws:execute-api:*:*:xyz/*"), asked=posing) is SILENT
    # What denies is read as broadly as it can be.
    assert effect(statement("Deny", Resource="arn:aws:execute-api:*:*:xyz/*"), asked=posing) is DENY


def test_a_denial_of_one_spelling_is_one_of_all() -> None:
    asked = request(f"{HERE}:abc/prod/GET/%61dmin")._replace(spellings=(f"{HERE}:abc/prod/GET/admin",))
    admin = f"{HERE}:abc/prod/GET/admin"
    assert effect(statement(), statement("Deny", Resource=admin), asked=asked) is DENY
    assert effect(statement(Resource=admin), asked=asked) is SILENT
    assert effect(statement(Resource=None, NotResource=admin), asked=asked) is SILENT
    assert effect(statement(), statement("Deny", Resource=None, NotResource=admin), asked=asked) is DENY


def test_what_goes_up_must_be_allowed_where_it_leads() -> None:
    asked = request(f"{HERE}:abc/prod/GET/a/../b")._replace(destinations=(f"{HERE}:abc/prod/GET/b",))
    assert effect(statement(Resource=f"{HERE}:abc/prod/GET/a/*"), asked=asked) is SILENT
    assert effect(statement(Resource=[f"{HERE}:abc/prod/GET/a/*", f"{HERE}:*/b"]), asked=asked) is ALLOW


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        ("StringEquals", "ann", "ann", True),
        ("StringEquals", "a*", "ann", False),
        ("StringEquals", ["bob", "ann"], "ann", True),
        ("StringEquals", "Ann", "ann", False),
        ("StringNotEquals", ["bob", "ann"], "ann", False),
        ("StringNotEquals", ["bob", "eve"], "ann", True),
        ("StringEqualsIgnoreCase", "ANN", "ann", True),
        ("StringNotEqualsIgnoreCase", "ANN", "ann", False),
        ("StringLike", "a*n", "ann", True),
        ("StringLike", "a?", "ann", False),
        ("StringNotLike", "a*", "ann", False),
        ("stringequals", "ann", "ann", True),
        ("NumericEquals", "1.0", "1", True),
        ("NumericEquals", 1, "1", True),
        ("NumericNotEquals", "1", "1.0", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "-1", "0", True),
        ("NumericGreaterThanEquals", "0", "-1", False),
        ("NumericLessThan", "10", "few", False),
        ("NumericNotEquals", "10", "few", True),
        ("DateEquals", "2023-11-14T22:13:20Z", "1700000000", True),
        ("DateEquals", "2023-11-15T00:13:20+02:00", "2023-11-14T22:13:20Z", True),
        ("DateNotEquals", "2023-11-14T22:13:20Z", "1700000000", False),
        ("DateLessThan", "2023-11-15", "2023-11-14T23:59:59Z", True),
        ("DateLessThanEquals", "2023-11-15", "2023-11-15T00:00:00Z", True),
        ("DateGreaterThan", "2023-11-14T22:13:20.5Z", "2023-11-14T22:13:20Z", False),
        ("DateGreaterThanEquals", 1700000000, "2023-11-14T22:13:20Z", True),
        ("Bool", "true", "true", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "YQ==", "YQ==", True),
        ("BinaryEquals", "YQ==", "Yg==", False),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("IpAddress", "10.0.0.77/24", "10.0.0.1", True),
        ("IpAddress", "10.0.0.1", "10.0.0.1", True),
        ("IpAddress", "10.0.0.0/8", "11.0.0.0", False),
        ("IpAddress", "10.0.0.0/8", "::ffff:10.0.0.1", True),
        ("IpAddress", ["2001:db8::/32", "::1"], "2001:db8:1::1", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("IpAddress", "::/0", "10.0.0.1", False),
        ("IpAddress", "0.0.0.0/0", "somewhere", False),
        ("NotIpAddress", "10.0.0.0/8", "10.1.2.3", False),
        ("NotIpAddress", "10.0.0.0/8", "11.0.0.0", True),
        ("NotIpAddress", "10.0.0.0/8", "somewhere", False),  # who knows where
        ("IPAddress", "10.0.0.0/8", "10.1.2.3", True),
        ("IpAddress", "::ffff:10.0.0.0/104", "10.1.2.3", True),
        ("IpAddress", "::ffff:10.0.0.0/104", "11.0.0.0", False),
        ("IpAddress", "::fffe:0:0/95", "10.1.2.3", False),
        ("IpAddress", "::fffe:0:0/95", "::fffe:0:1", True),
        ("ArnEquals", "arn:aws:iam::*:role/r*", "arn:aws:iam::1:role/reader", True),
        ("ArnLike", "arn:aws:iam::*:role/r*", "arn:aws:iam::1:role/reader", True),
        ("ArnLike", "arn:aws:iam:*:role/r*:", "arn:aws:iam::1:role/reader", False),
        ("ArnLike", "*", "arn:aws:iam::1:role/reader", True),
        ("ArnLike", "*", "reader", False),
        ("ArnNotEquals", "arn:aws:iam::*:role/r*", "arn:aws:iam::1:role/reader", False),
        ("ArnNotLike", "arn:aws:iam::*:role/x", "arn:aws:iam::1:role/reader", True),
        ("Null", "true", "x", False),
        ("Null", False, "x", True),
    ],
)
def test_condition_operators(operator: str, wanted: Any, given: str, holds: bool) -> None:
    assert condition(operator, wanted, k=given) is holds


@pytest.mark.parametrize(
    ("operator", "wanted", "holds"),
    [
        ("StringEquals", "x", False),
        ("StringLike", "*", False),
        ("StringNotEquals", "x", True),
        ("NotIpAddress", "10.0.0.0/8", True),
        ("NumericNotEquals", "1", True),
        ("StringEqualsIfExists", "x", True),
        ("NumericLessThanIfExists", "1", True),
        ("BoolIfExists", "true", True),
        ("Null", "true", True),
        ("Null", "false", False),
        ("ForAnyValue:StringLike", "*", False),
        ("ForAnyValue:StringNotEquals", "x", False),
        ("ForAnyValue:StringEqualsIfExists", "x", True),
        ("ForAllValues:StringEquals", "x", True),
    ],
)
def test_a_key_that_is_not_there(operator: str, wanted: str, holds: bool) -> None:
    assert condition(operator, wanted) is holds


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        ("ForAnyValue:StringEquals", ["a", "b"], ("b", "c"), True),
        ("ForAnyValue:StringEquals", ["a", "b"], ("c", "d"), False),
        ("ForAllValues:StringEquals", ["a", "b"], ("b", "c"), False),
        ("ForAllValues:StringEquals", ["a", "b"], ("b", "a"), True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], ("b", "c"), True),
        ("ForAllValues:StringNotEquals", ["a", "b"], ("b", "c"), False),
        ("ForAllValues:StringEquals", ["a"], ("",), True),
        ("ForAnyValue:StringLike", ["*"], ("",), False),
        ("StringEquals", ["a"], ("a", "c"), True),
        ("StringNotEquals", ["a"], ("a", "c"), False),
    ],
)
def test_keys_with_several_values(operator: str, wanted: list[str], given: tuple[str, ...], holds: bool) -> None:
    asked = request()._replace(keys={"aws:k": given})
    assert (effect(statement(Condition={operator: {"AWS:K": wanted}}), asked=asked) is ALLOW) is holds


def test_all_conditions_must_hold() -> None:
    conditions = {"StringEquals": {"aws:a": "1", "aws:b": ["2", "3"]}, "Bool": {"aws:c": "true"}}
    assert effect(statement(Condition=conditions), asked=request(a="1", b="3", c="true")) is ALLOW
    for wrong in ({"a": "2"}, {"b": "1"}, {"c": "false"}):
        keys = {"a": "1", "b": "3", "c": "true"} | wrong
        assert effect(statement(Condition=conditions), asked=request(**keys)) is SILENT
    assert effect(statement(Condition={})) is ALLOW


@pytest.mark.parametrize(
    ("resource", "keys", "found"),
    [
        ("${aws:username}", {"username": "1"}, ALLOW),
        ("${AWS:UserName}", {"username": "1"}, ALLOW),
        ("${aws:username}", {"username": "*"}, SILENT),
        ("${aws:username}", {}, SILENT),
        ("${aws:username, '1'}", {}, ALLOW),
        ("${aws:username, '1'}", {"username": "2"}, SILENT),
        ("${aws:principaltag/team}", {"principaltag/team": "1"}, ALLOW),
        ("${*}", {}, SILENT),
        ("*${?}", {}, SILENT),
    ],
)
def test_variables(resource: str, keys: dict[str, str], found: Effect) -> None:
    assert effect(statement(Resource=f"{HERE}:abc/prod/GET/pets/{resource}"), asked=request(**keys)) is found


def test_a_literal_wildcard_is_a_character() -> None:
    asked = request(f"{HERE}:abc/prod/GET/*")
    assert effect(statement(Resource=f"{HERE}:abc/prod/GET/${{*}}"), asked=asked) is ALLOW
    assert effect(statement(Resource=f"{HERE}:abc/prod/GET/${{?}}"), asked=asked) is SILENT


def test_variables_in_conditions() -> None:
    same = {"StringEquals": {"aws:a": "${aws:b}"}}
    assert effect(statement(Condition=same), asked=request(a="x", b="x")) is ALLOW
    assert effect(statement(Condition=same), asked=request(a="x", b="y")) is SILENT
    assert effect(statement(Condition=same), asked=request(a="x")) is SILENT
    any_case = {"StringEqualsIgnoreCase": {"aws:a": "-${aws:b}"}}
    assert effect(statement(Condition=any_case), asked=request(a="-X", b="x")) is ALLOW
    assert effect(statement(Condition=any_case), asked=request(a="-x", b="X")) is ALLOW


def test_a_variable_without_a_value_never_allows() -> None:
    other = {"StringNotEquals": {"aws:a": "${aws:b}"}}
    assert effect(statement(Condition=other), asked=request(a="x")) is SILENT
    assert effect(statement("Deny", Condition=other), asked=request(a="x")) is DENY
    assert effect(statement(Resource=None, NotResource=f"{HERE}:${{aws:b}}")) is SILENT
    assert effect(statement("Deny", Resource=None, NotResource=f"{HERE}:${{aws:b}}")) is DENY


def test_policies_of_2008_have_no_variables() -> None:
    literal = statement(Resource=f"{HERE}:abc/${{aws:username}}")
    asked = request(f"{HERE}:abc/${{aws:username}}")
    assert effect(literal, asked=asked, version="2008-10-17") is ALLOW
    assert effect(literal, asked=request(f"{HERE}:abc/ann", username="ann"), version="2008-10-17") is SILENT


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ("*", (ALLOW, ALLOW, ALLOW, ALLOW, ALLOW)),
        ({"AWS": "*"}, (ALLOW, ALLOW, ALLOW, ALLOW, ALLOW)),
        ({"AWS": USER.arn}, (SILENT, ALLOW, SILENT, SILENT, SILENT)),
        ({"AWS": [USER.arn, STRANGER.arn]}, (SILENT, ALLOW, SILENT, ALLOW, SILENT)),
        ({"AWS": SESSION.arn}, (SILENT, SILENT, ALLOW, SILENT, SILENT)),
        ({"AWS": SESSION.role_arn}, (SILENT, SILENT, ALLOW, SILENT, SILENT)),
        ({"AWS": "AROAAAAAAAAAAAAAAAAA"}, (SILENT, SILENT, ALLOW, SILENT, SILENT)),
        ({"AWS": "AIDAAAAAAAAAAAAAAAAA"}, (SILENT, ALLOW, SILENT, SILENT, SILENT)),
        ({"AWS": "123456789012"}, (SILENT, DELEGATES, DELEGATES, SILENT, ALLOW)),
        ({"AWS": "arn:aws:iam::123456789012:root"}, (SILENT, DELEGATES, DELEGATES, SILENT, ALLOW)),
        ({"AWS": ["123456789012", USER.arn]}, (SILENT, ALLOW, DELEGATES, SILENT, ALLOW)),
        ({"Service": "apigateway.amazonaws.com"}, (SILENT, SILENT, SILENT, SILENT, SILENT)),
        ({"Service": "apigateway.amazonaws.com", "AWS": USER.arn}, (SILENT, ALLOW, SILENT, SILENT, SILENT)),
    ],
)
def test_principals(principal: Any, found: tuple[Effect, ...]) -> None:
    callers = (None, USER, SESSION, STRANGER, ROOT)
    assert tuple(of_resource(request(principal=each), Principal=principal) for each in callers) == found
    denied = tuple(of_resource(request(principal=each), effect="Deny", Principal=principal) for each in callers)
    assert denied == tuple(SILENT if each is SILENT else DENY for each in found)


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ("*", (SILENT, SILENT, SILENT, SILENT, SILENT)),
        ({"AWS": USER.arn}, (DENY, DENY, DENY, DENY, DENY)),
        ({"AWS": ["123456789012", USER.arn]}, (DENY, SILENT, DENY, DENY, SILENT)),
        ({"AWS": ["123456789012", SESSION.arn]}, (DENY, DENY, DENY, DENY, SILENT)),
        ({"AWS": ["123456789012", SESSION.arn, SESSION.role_arn]}, (DENY, DENY, SILENT, DENY, SILENT)),
        ({"Service": "apigateway.amazonaws.com"}, (DENY, DENY, DENY, DENY, DENY)),
    ],
)
def test_not_principals(principal: Any, found: tuple[Effect, ...]) -> None:
    callers = (None, USER, SESSION, STRANGER, ROOT)
    assert (
        tuple(of_resource(request(principal=each), effect="Deny", NotPrincipal=principal) for each in callers) == found
    )


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        "no JSON",
        "[]",
        '{"Statement": [], "Statement": []}',
        '{"Statement": [], "Id": NaN}',
        {},
        {"Statement": [], "Comment": ""},
        {"Statement": [], "Version": "2020-01-01"},
        {"Statement": [], "Version": None},
        {"Statement": [], "Id": 1},
        {"Statement": None},
        {"Statement": ["Allow"]},
        document(statement("allow")),
        document(statement(Effect=None)),
        document(statement(Sid=1)),
        document(statement(Comment="")),
        document(statement(Action=None)),
        document(statement(Action=[])),
        document(statement(Action="Invoke")),
        document(statement(NotAction="s3:*")),
        document(statement(Resource=None)),
        document(statement(Resource="")),
        document(statement(Resource="execute-api:/*")),
        document(statement(Resource=1)),
        document(statement(NotResource="*")),
        document(statement(Resource="arn:${aws:username")),
        document(statement(Resource="arn:${}")),
        document(statement(Resource="arn:${username}")),
        document(statement(Resource="arn:${aws:username, x}")),
        document(statement(Principal="*")),
        document(statement(Condition=[])),
        document(statement(Condition={"StringIs": {"aws:k": "x"}})),
        document(statement(Condition={"ForSome:StringEquals": {"aws:k": "x"}})),
        document(statement(Condition={"NullIfExists": {"aws:k": "true"}})),
        document(statement(Condition={"ForAnyValue:Null": {"aws:k": "true"}})),
        document(statement(Condition={"Null": {"aws:k": "x"}})),
        document(statement(Condition={"StringEquals": "x"})),
        document(statement(Condition={"StringEquals": {}})),
        document(statement(Condition={"StringEquals": {"k": "x"}})),
        document(statement(Condition={"StringEquals": {"aws:k": []}})),
        document(statement(Condition={"StringEquals": {"aws:k": None}})),
        document(statement(Condition={"StringEquals": {"aws:k": {"a": "b"}}})),
        document(statement(Condition={"NumericEquals": {"aws:k": "x"}})),
        document(statement(Condition={"NumericEquals": {"aws:k": "1e9"}})),
        document(statement(Condition={"NumericEquals": {"aws:k": "${aws:number}"}})),
        document(statement(Condition={"DateEquals": {"aws:k": "tomorrow"}})),
        document(statement(Condition={"DateEquals": {"aws:k": "2024"}})),
        document(statement(Condition={"DateEquals": {"aws:k": "2024-13-01"}})),
        document(statement(Condition={"Bool": {"aws:k": "yes"}})),
        document(statement(Condition={"BinaryEquals": {"aws:k": "?"}})),
        document(statement(Condition={"IpAddress": {"aws:k": "10.0.0"}})),
        document(statement(Condition={"IpAddress": {"aws:k": "10.0.0.0/255.0.0.0"}})),
        document(statement(Condition={"ArnLike": {"aws:k": "ann"}})),
    ],
)
def test_what_is_no_policy(wrong: Any) -> None:
    with pytest.raises(PolicyError):
        compile_policy(wrong, kind="identity")


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"Principal": "ann"},
        {"Principal": {}},
        {"Principal": {"AWS": []}},
        {"Principal": {"AWS": "ann"}},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:role/*"}},
        {"Principal": {"Federated": "x.amazonaws.com"}},
        {"Principal": {"Service": "x"}},
        {"Principal": {"CanonicalUser": "x"}},
        {"Principal": "*", "NotPrincipal": "*"},
        {"NotPrincipal": {"AWS": "123456789012"}},
    ],
)
def test_what_is_no_principal(members: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        compile_policy(document(statement(**members)), kind="resource")


def test_policies_of_an_identity_and_what_bounds_them() -> None:
    allows, denies, silent = (
        compile_policy(document(*each), kind="identity") for each in ([statement()], [statement("Deny")], [])
    )
    assert decide_all((silent, allows), (), request()) is ALLOW
    assert decide_all((allows, denies), (), request()) is DENY
    assert decide_all((), (), request()) is SILENT
    assert decide_all((allows,), ((allows, silent), (allows,)), request()) is ALLOW
    assert decide_all((allows,), ((allows,), (silent,)), request()) is SILENT
    assert decide_all((allows,), ((),), request()) is SILENT
    assert decide_all((silent,), ((allows,),), request()) is SILENT
    assert decide_all((allows,), ((denies, allows),), request()) is DENY
    assert within((), request()) and within(((silent, allows),), request()) and not within(((silent,),), request())


def test_no_pattern_runs_away() -> None:
    policy = compile_policy(document(statement(Resource=f"arn:aws:execute-api:*:*:{'*a?' * 400}b")), kind="identity")
    began = time.perf_counter()
    assert policy.decide(request(f"{HERE}:{'a' * 1500}")) is SILENT
    assert time.perf_counter() - began < 0.5
