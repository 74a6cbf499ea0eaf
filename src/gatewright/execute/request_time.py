"""`$context.requestTime`: the arrival of a request in Common Log Format, in UTC."""

from functools import lru_cache
from time import gmtime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@lru_cache(maxsize=8)
def request_time(second: int) -> str:
    """`second` since the epoch as `09/Apr/2015:12:34:56 +0000`. English whatever the locale."""
    at = gmtime(second)
    clock = f"{at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d}"
    return f"{at.tm_mday:02d}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year:04d}:{clock} +0000"
