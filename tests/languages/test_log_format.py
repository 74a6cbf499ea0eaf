"""Log formats: any text splits into literals and variables, and nothing of it is lost."""

from hypothesis import given
from hypothesis import strategies as st

from gatewright.languages.log_format import LogFormat, parse_log_format


def test_variables_and_text():
    assert parse_log_format(
        '{"id":"$context.requestId","c":"$context.authorizer.claims.cognito:username"}'
    ) == LogFormat(('{"id":"', '","c":"', '"}'), ("requestId", "authorizer.claims.cognito:username"))
    assert parse_log_format("${context.a.b}$context.c_d-e.- $context. $context") == LogFormat(
        ("", "", ".- $context. $context"), ("a.b", "c_d-e")
    )


@given(st.text(st.sampled_from("$context.{}ab -:")))
def test_nothing_is_lost(text: str):
    literals, names = parse_log_format(text)
    assert len(literals) == len(names) + 1
    left = len(text) - sum(map(len, (*literals, *names)))
    assert left in {len("$context.") * len(names) + 2 * braced for braced in range(len(names) + 1)}
