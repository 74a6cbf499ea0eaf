"""Statements against requests: where they look, how they compare, and what is refused."""

import base64
import random
import time
from typing import Any

import pytest

from gatewright.languages.waf.document import WebAclError
from gatewright.languages.waf.inspected import Inspected, NotApplied, TakesLong
from gatewright.languages.waf.statement import Scope, compile_statement, references
from gatewright.values.headers import header_line

SET = "arn:aws:wafv2:eu-west-1:123456789012:regional/ipset/bad/2222"
PATTERNS = "arn:aws:wafv2:eu-west-1:123456789012:regional/regexpatternset/p/3333"
SCOPE = Scope(
    {
        SET: {"Addresses": ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32", "::ffff:10.1.0.0/112"]},
        PATTERNS: {"RegularExpressionList": [{"RegexString": "^a+$"}, {"RegexString": "(?i)evil"}]},
    },
    body_limit=20,
)
NONE = [{"Priority": 0, "Type": "NONE"}]
Document = dict[str, Any]


class NoRates:
    def count(self, rule: str, key: str, window: int, now: float) -> int:
        raise AssertionError


def asked(
    *headers: tuple[str, str],
    method: str = "GET",
    path: str = "/prod/a",
    query: str = "",
    body: bytes = b"",
    source_ip: str = "203.0.113.9",
) -> Inspected:
    lines = [header_line(*one) for one in headers]
    return Inspected(method, path, query, lines, body, source_ip, 0.0, NoRates())


def has(text: str, where: Document, how: str = "CONTAINS") -> Document:
    wanted = base64.b64encode(text.encode()).decode()
    return {
        "ByteMatchStatement": {
            "SearchString": wanted,
            "FieldToMatch": where,
            "TextTransformations": NONE,
            "PositionalConstraint": how,
        }
    }


def matches(statement: Document, request: Inspected) -> bool:
    return compile_statement(statement, SCOPE)(request)


@pytest.mark.parametrize(
    ("how", "path", "expected"),
    [
        *(
            ("EXACTLY", "/x", True),
            ("EXACTLY", "/x/", False),
            ("STARTS_WITH", "/x/y", True),
            ("ENDS_WITH", "/x/y", False),
        ),
        *(("ENDS_WITH", "//x", True), ("CONTAINS", "a/xb", True), ("CONTAINS_WORD", "a/xb", False)),
        *(("CONTAINS_WORD", "-/x-", True), ("CONTAINS_WORD", "_/x", False), ("CONTAINS_WORD", "/xy /x", True)),
    ],
)
def test_how_text_is_found(how: str, path: str, expected: bool):
    assert matches(has("/x", {"UriPath": {}}, how), asked(path=path)) is expected


HEADERS = {"MatchPattern": {"All": {}}, "MatchScope": "ALL", "OversizeHandling": "MATCH"}
JSON = {"MatchPattern": {"All": {}}, "MatchScope": "VALUE"}
NAMED = {"MatchPattern": {"IncludedPaths": ["/user/0/name", "/a~1b"]}, "MatchScope": "ALL"}


@pytest.mark.parametrize(
    ("where", "request_", "expected"),
    [
        ({"SingleHeader": {"Name": "User-Agent"}}, asked(("user-agent", "bot")), True),
        ({"SingleHeader": {"Name": "user-agent"}}, asked(("User-Agent", "x"), ("USER-AGENT", "bot")), True),
        ({"SingleHeader": {"Name": "user-agent"}}, asked(("x-agent", "bot")), False),
        ({"SingleQueryArgument": {"Name": "Q"}}, asked(query="a=1&q=bot"), True),
        ({"SingleQueryArgument": {"Name": "q"}}, asked(query="bot=1"), False),
        ({"SingleQueryArgument": {"Name": "my q"}}, asked(query="my+%51=bot"), True),  # names as the API reads them
        ({"SingleQueryArgument": {"Name": "q"}}, asked(query="a=1;q=bot"), True),
        ({"AllQueryArguments": {}}, asked(query="a=1&z=robot"), True),
        ({"AllQueryArguments": {}}, asked(query="bot=1"), False),
        ({"QueryString": {}}, asked(query="bot=1"), True),
        ({"Method": {}}, asked(method="bot"), True),
        ({"Body": {}}, asked(body=b"a robot"), True),
        ({"Body": {}}, asked(body=b"." * 18 + b"bot"), False),  # beyond what is looked at
        ({"Body": {"OversizeHandling": "MATCH"}}, asked(body=b"." * 21), True),
        ({"Body": {"OversizeHandling": "NO_MATCH"}}, asked(body=b"bot" * 7), False),
        ({"Headers": HEADERS}, asked(("x-robot", "1")), True),
        ({"Headers": HEADERS | {"MatchScope": "VALUE"}}, asked(("x-robot", "1")), False),
        ({"Headers": HEADERS | {"MatchPattern": {"IncludedHeaders": ["X-A"]}}}, asked(("x-a", "bot")), True),
        ({"Headers": HEADERS | {"MatchPattern": {"ExcludedHeaders": ["X-A"]}}}, asked(("x-a", "bot")), False),
        ({"Headers": HEADERS}, asked(*(("x", "y"),) * 201), True),
        ({"Headers": HEADERS | {"OversizeHandling": "NO_MATCH"}}, asked(("bot", "y" * 8192)), False),
        ({"Headers": HEADERS | {"OversizeHandling": "CONTINUE"}}, asked(("a", "bot"), ("b", "y" * 8192)), True),
        ({"Cookies": HEADERS | {"MatchScope": "VALUE"}}, asked(("Cookie", "a=1; b=bot")), True),
        ({"Cookies": HEADERS | {"MatchPattern": {"IncludedCookies": ["B"]}}}, asked(("Cookie", "b=bot")), False),
        ({"HeaderOrder": {"OversizeHandling": "MATCH"}}, asked(("X-Ro", "1"), ("Bot", "1")), True),
        ({"UriFragment": {"FallbackBehavior": "MATCH"}}, asked(), True),
        ({"UriFragment": {}}, asked(), False),
        ({"JsonBody": JSON}, asked(body=b'{"a": [1, "robot"]}'), True),
        ({"JsonBody": JSON}, asked(body=b'{"bot": [1, null]}'), False),
        ({"JsonBody": JSON | {"MatchScope": "KEY"}}, asked(body=b'{"bot": [1, null]}'), True),
        ({"JsonBody": JSON}, asked(body=b'"b\\u006ft"'), True),
        ({"JsonBody": JSON}, asked(body=b'["bot", oops'), True),  # up to the mistake
        ({"JsonBody": JSON}, asked(body=b'[oops, "bot"'), False),
        ({"JsonBody": JSON | {"InvalidFallbackBehavior": "EVALUATE_AS_STRING"}}, asked(body=b"no bot"), True),
        ({"JsonBody": JSON | {"InvalidFallbackBehavior": "MATCH"}}, asked(body=b"{"), True),
        ({"JsonBody": JSON | {"InvalidFallbackBehavior": "NO_MATCH"}}, asked(body=b'["bot"'), False),
        (
            {"JsonBody": JSON | {"InvalidFallbackBehavior": "NO_MATCH"}},
            asked(body=b'["bot",' + b" " * 20 + b"1]"),
            True,
        ),
        ({"JsonBody": NAMED}, asked(body=b'{"a/b": "bot"}'), True),
        ({"JsonBody": NAMED}, asked(body=b'{"a": "bot"}'), False),
    ],
)
def test_where_it_is_looked_for(where: Document, request_: Inspected, expected: bool):
    assert matches(has("bot", where), request_) is expected


def test_sizes():
    size = {
        "FieldToMatch": {"QueryString": {}},
        "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}],
        "Size": 3,
    }
    told = {
        how: [
            matches({"SizeConstraintStatement": size | {"ComparisonOperator": how}}, asked(query=query))
            for query in ("ab", "%41bc", "abcd", "")
        ]
        for how in ("EQ", "NE", "LT", "LE", "GT", "GE")
    }
    assert told == {
        "EQ": [False, True, False, False],
        "NE": [True, False, True, False],  # what is not there matches nothing
        "LT": [True, False, False, False],
        "LE": [True, True, False, False],
        "GT": [False, False, True, False],
        "GE": [False, True, True, False],
    }


def test_patterns():
    looks = {"FieldToMatch": {"QueryString": {}}, "TextTransformations": NONE}
    one = {"RegexMatchStatement": looks | {"RegexString": "b.d"}}
    several = {"RegexPatternSetReferenceStatement": looks | {"ARN": PATTERNS}}
    told = [
        (matches(one, asked(query=query)), matches(several, asked(query=query))) for query in ("aaa", "bad", "x=EVIL")
    ]
    assert told == [(False, True), (True, False), (False, True)]


def test_addresses():
    statement = {"IPSetReferenceStatement": {"ARN": SET}}
    within = ("192.0.2.200", "198.51.100.7", "::ffff:192.0.2.1", "2001:db8::1", "10.1.2.3", "::ffff:10.1.2.3")
    assert [address for address in within if not matches(statement, asked(source_ip=address))] == []
    outside = ("192.0.3.1", "2001:db9::1", "10.2.0.1", "0.0.0.0", "odd")
    assert [address for address in outside if matches(statement, asked(source_ip=address))] == []


@pytest.mark.parametrize(
    ("position", "header", "expected"),
    [
        *(("FIRST", "192.0.2.1, 10.0.0.1", True), ("FIRST", "10.0.0.1, 192.0.2.1", False), ("FIRST", "x", None)),
        *(("LAST", "10.0.0.1, 192.0.2.1", True), ("ANY", "10.0.0.1,192.0.2.1,10.0.0.2", True), ("ANY", "x", None)),
        ("ANY", "192.0.2.1" + ",10.0.0.1" * 10, False),  # the last ten
    ],
)
def test_forwarded_addresses(position: str, header: str, expected: bool | None):
    for fallback in ("MATCH", "NO_MATCH"):
        config = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": fallback, "Position": position}
        statement = {"IPSetReferenceStatement": {"ARN": SET, "IPSetForwardedIPConfig": config}}
        told = matches(statement, asked(("x-forwarded-for", header)))
        assert told is (fallback == "MATCH" if expected is None else expected)
        with pytest.raises(NotApplied):
            matches({"NotStatement": {"Statement": statement}}, asked())


@pytest.mark.parametrize(
    ("scope", "key", "expected"),
    [
        *(("LABEL", "name", True), ("LABEL", "two:name", True), ("LABEL", "wo:name", False), ("LABEL", "two", False)),
        *(
            ("LABEL", "awswaf:1:webacl:a:one:two:name", True),
            ("NAMESPACE", "one:two", True),
            ("NAMESPACE", "two:", True),
        ),
        *(("NAMESPACE", "name", False), ("NAMESPACE", "awswaf:1", True), ("NAMESPACE", "ne", False)),
    ],
)
def test_labels(scope: str, key: str, expected: bool):
    request = asked()
    request.labels.append("awswaf:1:webacl:a:one:two:name")
    assert matches({"LabelMatchStatement": {"Scope": scope, "Key": key}}, request) is expected


def test_logic():
    yes, no = has("a", {"UriPath": {}}), has("zz", {"UriPath": {}})
    table = {
        "AndStatement": {(True, True): True, (True, False): False, (False, False): False},
        "OrStatement": {(True, True): True, (True, False): True, (False, False): False},
    }
    for kind, rows in table.items():
        for row, expected in rows.items():
            statement = {kind: {"Statements": [yes if one else no for one in row]}}
            assert matches(statement, asked()) is expected
            assert matches({"NotStatement": {"Statement": statement}}, asked()) is not expected


def test_references_are_found_wherever_they_stand():
    inner = {"AndStatement": {"Statements": [{"IPSetReferenceStatement": {"ARN": SET}}, has("x", {"UriPath": {}})]}}
    rules = [{"Statement": {"RateBasedStatement": {"ScopeDownStatement": inner}}}]
    assert list(references({"Rules": rules})) == [SET]


DEEP: Document = has("x", {"UriPath": {}})
for _ in range(30):
    DEEP = {"NotStatement": {"Statement": DEEP}}
MALFORMED: list[tuple[Document | None, str]] = [
    (None, "Statement has no members"),
    ({}, "Statement has no members"),
    ({"OddStatement": {}}, "OddStatement is not supported"),
    ({"RateBasedStatement": {}}, "RateBasedStatement is not supported here"),
    ({"XssMatchStatement": {}}, "XssMatchStatement is not supported"),
    (DEEP, "statements are nested too deeply"),
    ({"AndStatement": {"Statements": [DEEP]}}, "nested too deeply"),
    ({"OrStatement": {"Statements": []}}, "OrStatement has fewer than two statements"),
    (has("x", {"JA3Fingerprint": {}}), "FieldToMatch JA3Fingerprint is not supported"),
    (has("x", {"Body": {}, "Method": {}}), "FieldToMatch has 2 members"),
    (has("", {"Method": {}}), "SearchString is no text"),
    ({"ByteMatchStatement": {"SearchString": "\u20ac"}}, "SearchString is not in base64"),
    (has("x", {"Body": {"OversizeHandling": "?"}}), "OversizeHandling is '\\?', not one of"),
    (has("x", {"Method": {}}, "NEAR"), "PositionalConstraint is 'NEAR'"),
    ({"LabelMatchStatement": {"Scope": "ALL", "Key": "x"}}, "Scope is 'ALL'"),
    ({"IPSetReferenceStatement": {"ARN": "arn:x"}}, "arn:x does not exist"),
    (
        {"RegexMatchStatement": {"RegexString": "(a)\\1", "FieldToMatch": {"Method": {}}, "TextTransformations": NONE}},
        "the pattern '.*' has \\\\1, which is not served",
    ),
]


@pytest.mark.parametrize(("statement", "why"), MALFORMED)
def test_what_cannot_be_evaluated_is_refused(statement: Document | None, why: str):
    with pytest.raises(WebAclError, match=why):
        compile_statement(statement, SCOPE)


def regex(pattern: str, where: Document, *steps: str) -> Document:
    made = [{"Priority": number, "Type": kind} for number, kind in enumerate(("NONE", *steps))]
    return {"RegexMatchStatement": {"RegexString": pattern, "FieldToMatch": where, "TextTransformations": made}}


ODD = "".join(random.Random(1).choices("ab", k=60_000)).encode()
LARGE: list[tuple[Document, Inspected]] = [
    (regex("(a|b)*a(a|b){100}c", {"Body": {}}), asked(body=ODD)),
    (regex("(a|b)*a(a|b){100}c", {"QueryString": {}}), asked(query=ODD[:8000].decode())),  # each step is a new one
    (regex("x", {"Body": {}}, "URL_DECODE", "HTML_ENTITY_DECODE"), asked(body=b"&lt;" * 15_000)),
    (has("x", {"JsonBody": JSON}), asked(body=b"[" + b"1," * 30_000)),
    (has("-" * 200, {"Body": {}}, "CONTAINS_WORD"), asked(body=(b"-" * 199 + b"x") * 300)),
    ({"OrStatement": {"Statements": [has("x", {"Headers": HEADERS})] * 500}}, asked(*[("h", "y")] * 199)),
]


@pytest.mark.parametrize(("statement", "request_"), LARGE)
def test_what_takes_long_is_known_before_it_has_taken_long(statement: Document, request_: Inspected):
    matches = compile_statement(statement, SCOPE._replace(body_limit=65_536))
    began = time.thread_time()
    with pytest.raises(TakesLong):
        matches(request_)
    assert time.thread_time() - began < 0.05  # it was 5 s


def test_no_body_is_too_odd():
    made = random.Random(3)
    pieces = [b"{", b"}", b"[", b"]", b'"', b":", b",", b"\\", b"u00", b"1", b"-", b"e", b"true", b"\xff", b" ", b"bot"]
    statements = [
        compile_statement(has("bot", {"JsonBody": JSON | fallback | {"MatchScope": scope}}), SCOPE)
        for scope in ("ALL", "KEY", "VALUE")
        for fallback in ({}, {"InvalidFallbackBehavior": "EVALUATE_AS_STRING"})
    ]
    for _ in range(500):
        body = b"".join(made.choices(pieces, k=made.randrange(20)))
        told = [statement(asked(body=body[:20])) for statement in statements]
        assert told[0] >= told[2] and told[0] >= told[4], body  # all that is matched by a part is matched by all
        assert told[1] == (b"bot" in body[:20]) or told[1] == told[0], body
