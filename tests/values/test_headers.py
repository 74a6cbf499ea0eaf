"""Header lines know what the gateway does with their name."""

from gatewright.values import headers
from gatewright.values.headers import first, header_line, last, pairs


def test_an_ordinary_header_has_no_kind() -> None:
    line = header_line("X-Case", "*/*")
    assert line == (b"X-Case: */*\r\n", "X-Case", "x-case", "*/*", 0)


def test_kinds_are_bits_by_lower_case_name() -> None:
    assert header_line("CONTENT-LENGTH", "3").kind & headers.CONTENT_LENGTH
    assert header_line("Connection", "close").kind == headers.CONNECTION | headers.HIDDEN | headers.REMAPPED
    assert header_line("Via", "1.1 x").kind == headers.NOT_PROXIED | headers.NOT_RETURNED


def test_first_and_last_of_repeated_names() -> None:
    lines = [header_line("X-A", "1"), header_line("x-a", "2"), header_line("X-B", "3")]
    assert (first(lines, "x-a"), last(lines, "x-a"), first(lines, "x-c"), last(lines, "x-c")) == ("1", "2", None, None)


def test_pairs_of_raw_lines() -> None:
    assert pairs([b"Content-Type: text/plain\r\n", b"X: a:b\r\n"]) == [("Content-Type", "text/plain"), ("X", "a:b")]
