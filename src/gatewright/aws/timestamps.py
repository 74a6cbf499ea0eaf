"""Timestamps in AWS's three formats. Inside, a timestamp is epoch seconds, whole or with a fraction.

Smithy, "timestampFormat trait": https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait
"""

from datetime import UTC, datetime

EPOCH, ISO, HTTP_DATE = "unixTimestamp", "iso8601", "rfc822"

_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # years 1 to 9999
_RFC_7231 = "%a, %d %b %Y %H:%M:%S GMT"


def format_timestamp(seconds: float, form: str) -> str | float:
    """A JSON number for EPOCH (whole when there is no fraction), otherwise text."""
    if form == ISO:
        moment = datetime.fromtimestamp(seconds, UTC)
        digits = "seconds" if seconds == int(seconds) else "milliseconds"
        return moment.isoformat(timespec=digits).replace("+00:00", "Z")
    if form == HTTP_DATE:
        return datetime.fromtimestamp(seconds, UTC).strftime(_RFC_7231)
    return int(seconds) if seconds == int(seconds) else seconds


def parse_timestamp(value: object) -> float | None:
    """Epoch seconds of a number, a number as text, an ISO 8601 or an HTTP date; None when it is none of them."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if _FIRST <= value <= _LAST else None
    if not isinstance(value, str):
        return None
    for read in (float, _iso, _http_date):
        try:
            seconds = read(value)
        except (ValueError, OverflowError):
            continue
        return seconds if _FIRST <= seconds <= _LAST else None
    return None


def _iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _http_date(text: str) -> float:
    return datetime.strptime(text, _RFC_7231).replace(tzinfo=UTC).timestamp()
