"""Timestamps in AWS's formats, there and back."""

import pytest

from gatewright.aws.timestamps import EPOCH, HTTP_DATE, ISO, format_timestamp, parse_timestamp


@pytest.mark.parametrize(
    ("seconds", "form", "text"),
    [
        (1_700_000_000, EPOCH, 1_700_000_000),
        (1_700_000_000.5, EPOCH, 1_700_000_000.5),
        (1_700_000_000, ISO, "2023-11-14T22:13:20Z"),
        (1_700_000_000.25, ISO, "2023-11-14T22:13:20.250Z"),
        (1_700_000_000, HTTP_DATE, "Tue, 14 Nov 2023 22:13:20 GMT"),
    ],
)
def test_each_format(seconds: float, form: str, text: object) -> None:
    assert format_timestamp(seconds, form) == text
    assert parse_timestamp(text) == seconds


@pytest.mark.parametrize("value", ["1700000000", "2023-11-14T22:13:20", "2023-11-15T00:13:20+02:00"])
def test_further_readings(value: str) -> None:
    assert parse_timestamp(value) == 1_700_000_000


@pytest.mark.parametrize("value", ["", "soon", "nan", "inf", "1e300", 1e15, -1e15, True, None, [], "2023-13-01"])
def test_what_is_no_moment(value: object) -> None:
    assert parse_timestamp(value) is None
