"""Policies and requests by chance: nothing is let through that another evaluator does not let through."""

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from gatewright.languages.policy import AccessRequest, Effect, PolicyPrincipal, compile_policy
from tests.languages.policy.brute_force import Asker, is_allowed, is_denied

Document = dict[str, Any]
ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/team/ann"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/ann"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PRINCIPALS = {
    "nobody": None,
    "user": PolicyPrincipal(ACCOUNT, USER, "AIDAAAAAAAAAAAAAAAAA"),
    "session": PolicyPrincipal(ACCOUNT, SESSION, "AROAAAAAAAAAAAAAAAAA:ann", ROLE),
    "root": PolicyPrincipal(ACCOUNT, ROOT, ACCOUNT),
    "stranger": PolicyPrincipal("999999999999", "arn:aws:iam::999999999999:user/bob", "AIDABBBBBBBBBBBBBBBBB"),
}
WHO = {
    "nobody": ((), (), None),
    "user": ((USER, "AIDAAAAAAAAAAAAAAAAA"), (USER, ROOT), ACCOUNT),
    "session": ((SESSION, ROLE, "AROAAAAAAAAAAAAAAAAA"), (SESSION, ROLE, ROOT), ACCOUNT),
    "root": ((ROOT,), (ROOT,), ACCOUNT),
    "stranger": (
        ("arn:aws:iam::999999999999:user/bob", "AIDABBBBBBBBBBBBBBBBB"),
        ("arn:aws:iam::999999999999:user/bob", "arn:aws:iam::999999999999:root"),
        "999999999999",
    ),
}
HERE = f"arn:aws:execute-api:eu-west-1:{ACCOUNT}"

# Values of keys and of policies are of one small world, so that they meet.
TEXTS = st.sampled_from(["ann", "Ann", "team", "te*", "a?n", "", "x:y", "*"])
NUMBERS = st.sampled_from(["0", "1", "1.0", "-2.5", "1700000000", "2024"])
DATES = st.sampled_from(
    ["2023-11-14T22:13:20Z", "2023-11-14", "2023-11", "1700000000", "2023-11-15T00:13:20+02:00", "2023-11-14T22:13Z"]
)
BOOLS = st.sampled_from(["true", "false", "True"])
BYTES = st.sampled_from(["YQ==", "Yg=="])
ADDRESSES = st.sampled_from(["10.0.0.1", "10.1.0.0", "::ffff:10.0.0.1", "2001:db8::1", "somewhere"])
NETWORKS = st.sampled_from(["10.0.0.0/8", "10.0.0.1", "10.0.0.77/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1"])
ARNS = st.sampled_from([ROLE, USER, SESSION, f"{HERE}:abc/prod/GET/a:b", "ann"])
ARN_PATTERNS = st.sampled_from(
    ["*", "arn:aws:iam::*:role/*", "arn:*:*:*:*:*", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}", f"{HERE}:*"]
)
PATTERNS = st.one_of(
    TEXTS,
    st.text("an*?", max_size=6),
    st.sampled_from(["${aws:username}", "${*}x", "x${aws:none, 'ann'}", "${k:none}"]),
)
KEYS: dict[str, st.SearchStrategy[str]] = {
    "aws:username": TEXTS,
    "aws:PrincipalTag/team": TEXTS,
    "aws:Number": NUMBERS | st.just("x"),
    "aws:CurrentTime": DATES,
    "aws:SecureTransport": BOOLS,
    "aws:Binary": BYTES | st.just("YQ"),
    "aws:SourceIp": ADDRESSES,
    "aws:PrincipalArn": ARNS,
}
ANY_KEY = st.sampled_from([*KEYS, "AWS:USERNAME", "aws:missing"])
COMPARISONS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
WORDS = {
    "String": (("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"), PATTERNS),
    "Numeric": (COMPARISONS, NUMBERS),
    "Date": (COMPARISONS, DATES),
    "Arn": (("Equals", "Like", "NotEquals", "NotLike"), ARN_PATTERNS),
    "": (("Bool",), BOOLS),
    " ": (("IpAddress", "NotIpAddress"), NETWORKS),
    "  ": (("BinaryEquals",), BYTES),
}


@st.composite
def conditions(draw: st.DrawFn) -> Document:
    made: Document = {}
    for _ in range(draw(st.integers(0, 2))):
        if draw(st.integers(0, 7)) == 0:
            made["Null"] = {draw(ANY_KEY): draw(BOOLS)}
            continue
        kind = draw(st.sampled_from(list(WORDS)))
        names, values = WORDS[kind]
        quantifier = draw(st.sampled_from(["", "", "", "ForAnyValue:", "ForAllValues:"]))
        operator = (
            quantifier + kind.strip() + draw(st.sampled_from(names)) + draw(st.sampled_from(["", "", "IfExists"]))
        )
        made[operator] = {draw(ANY_KEY): draw(st.one_of(values, st.lists(values, min_size=1, max_size=3)))}
    return made


PART = st.sampled_from(["*", "abc", "a?c", "prod", "GET", "${aws:username}", "ann", "p*d", "x:*"])
RESOURCES = st.one_of(
    st.just("*"),
    st.just("arn:aws:execute-api:*:*:*"),
    st.lists(PART, min_size=1, max_size=5).map(lambda parts: f"{HERE}:{'/'.join(parts)}"),
    st.lists(PART, min_size=1, max_size=4).map(lambda parts: f"arn:aws:execute-api:*:{'/'.join(parts)}"),
)
ACTIONS = st.sampled_from(["*", "execute-api:*", "Execute-API:invoke", "execute-api:InvalidateCache", "s3:*"])
ASKED = st.sampled_from(["execute-api:Invoke", "execute-api:InvalidateCache"])
NAMES = st.sampled_from(["*", USER, ROLE, SESSION, ROOT, ACCOUNT, "AIDAAAAAAAAAAAAAAAAA", "AROAAAAAAAAAAAAAAAAA"])


def some(values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.one_of(values, st.lists(values, min_size=1, max_size=4))


@st.composite
def statements(draw: st.DrawFn) -> Document:
    effect = draw(st.sampled_from(["Allow", "Allow", "Deny"]))
    principal = draw(st.one_of(st.just("*"), st.fixed_dictionaries({"AWS": some(NAMES)})))
    kinds = ["Principal"] if effect == "Allow" else ["Principal", "NotPrincipal"]
    made = {
        "Effect": effect,
        draw(st.sampled_from(kinds)): principal,
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(some(ACTIONS)),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(some(RESOURCES)),
    }
    found = draw(conditions())
    return made | ({"Condition": found} if found else {})


POLICIES = st.fixed_dictionaries(
    {
        "Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
        "Statement": st.lists(statements(), max_size=4),
    }
)
KEY_VALUES = st.fixed_dictionaries(
    {}, optional={name: st.lists(values, min_size=1, max_size=2) for name, values in KEYS.items()}
)
PATHS = st.sampled_from(["abc/prod/GET/ann", "abc/prod/POST/x:abc/prod/GET/ann", "abd/prod/GET/", "abc/prod/GET/a/b"])


def asked(who: str, action: str, path: str, keys: dict[str, list[str]]) -> tuple[AccessRequest, Asker]:
    names, chain, account = WHO[who]
    resource = f"{HERE}:{path}"
    request = AccessRequest(action, resource, PRINCIPALS[who], {name.lower(): values for name, values in keys.items()})
    return request, Asker(action, resource, keys, names, chain, account)


@settings(max_examples=300, deadline=None)
@given(POLICIES, st.sampled_from(list(WHO)), ASKED, st.lists(PATHS, min_size=1, max_size=3), KEY_VALUES)
def test_nothing_is_allowed_that_is_not(
    policy: Document, who: str, action: str, paths: list[str], keys: dict[str, list[str]]
) -> None:
    """`paths` are spellings of one, of which the second is where it leads."""
    request, asker = asked(who, action, paths[0], keys)
    askers = [asker._replace(resource=f"{HERE}:{path}") for path in paths]
    others = tuple(asker.resource for asker in askers[1:])
    effect = compile_policy(policy, kind="resource").decide(request._replace(spellings=others, destinations=others[:1]))
    event(effect.value)
    assert (effect is Effect.DENY) == any(is_denied(policy, asker) for asker in askers)
    assert effect is not Effect.ALLOW or all(is_allowed(policy, asker) for asker in askers[:2])


@settings(max_examples=300, deadline=None)
@given(conditions(), KEY_VALUES)
def test_conditions_hold_where_they_do(condition: Document, keys: dict[str, list[str]]) -> None:
    keys = {"aws:username": ["ann"]} | keys
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    policy = {"Version": "2012-10-17", "Statement": statement}
    request, asker = asked("nobody", "execute-api:Invoke", "abc/prod/GET/ann", keys)
    effect = compile_policy(policy, kind="identity").decide(request)
    event(effect.value)
    doubts = ("k:none" in str(condition), "NotIpAddress" in str(condition), len(keys["aws:username"]) > 1)
    assert (effect is Effect.ALLOW) == is_allowed(policy, asker) or (any(doubts) and effect is Effect.SILENT)
