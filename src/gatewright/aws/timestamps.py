"""Timestamps in AWS's three formats. Inside, a timestamp is epoch seconds, whole or with a fraction.

Smithy, "timestampFormat trait": https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait
"""

from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime

EPOCH, ISO, HTTP_DATE = "unixTimestamp", "iso8601", "rfc822"


def format_timestamp(seconds: float, form: str) -> str | float:
    """A JSON number for EPOCH (whole when there is no fraction), otherwise text."""
    if form == ISO:
        moment = datetime.fromtimestamp(seconds, UTC)
        digits = "seconds" if seconds == int(seconds) else "milliseconds"
        return moment.isoformat(timespec=digits).replace("+00:00", "Z")
    if form == HTTP_DATE:
        return formatdate(seconds, usegmt=True)
    return int(seconds) if seconds == int(seconds) else seconds


def parse_timestamp(value: object) -> float | None:
    """Epoch seconds of a number, a number as text, an ISO 8601 or an HTTP date; None when it is none of them."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if abs(value) < 1e12 else None
    if not isinstance(value, str):
        return None
    for read in (float, _iso, _http_date):
        try:
            seconds = read(value)
        except (ValueError, OverflowError):
            continue
        return seconds if abs(seconds) < 1e12 else None
    return None


def _iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _http_date(text: str) -> float:
    return parsedate_to_datetime(text).timestamp()
