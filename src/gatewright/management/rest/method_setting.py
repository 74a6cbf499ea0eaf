"""Method settings of a stage: rows of throttling, caching, logging and metrics, by method or for all (`*/*`).

A row's key is its patch path as sent, without the leading slash: `~1pets~1{id}/GET`. A new row starts as the one for
all methods is at that moment, but for the caching of other verbs than GET.
https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gatewright.aws.errors import ServiceError
from gatewright.execute.method_setting import method_of
from gatewright.management.patch import Operation, Read, refused
from gatewright.management.rest.method import VERBS
from gatewright.management.values import boolean, decimal, one_of, whole
from gatewright.values.records import Document

ALL_METHODS = "*/*"
LONGEST_TTL = 3600  # seconds
MOST_ROWS = 2000
CACHED_WITH_ALL = ("GET", "ANY", "*")  # developer guide: for other verbs caching is enabled by a row of their own

# A new row for all methods. Recorded: no logging level until one is set.
FIRST_ROW: Mapping[str, Any] = {
    "metricsEnabled": False,
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}


_meant = lru_cache(maxsize=2 * MOST_ROWS)(method_of)  # a key is looked for among all rows


def ttl(value: str) -> int:
    """How long an answer stays in the cache, in seconds."""
    seconds = whole(value)
    if not 0 <= seconds <= LONGEST_TTL:
        raise refused(f"Invalid cacheTtlInSeconds specified: {value}. Must be between 0 and {LONGEST_TTL}")
    return seconds


def burst(value: str) -> int:
    """Requests at once; -1 is no limit of the method's own."""
    limit = whole(value)
    if limit < -1:
        raise refused(f"Invalid throttlingBurstLimit specified: {value}")
    return limit


def rate(value: str) -> float:
    """Requests per second; -1 is no limit of the method's own."""
    limit = decimal(value)
    if limit < 0 and limit != -1:
        raise refused(f"Invalid throttlingRateLimit specified: {value}")
    return limit


SETTINGS: Mapping[str, tuple[str, Read]] = {
    "metrics/enabled": ("metricsEnabled", boolean),
    "logging/loglevel": ("loggingLevel", one_of("logging level", "OFF", "ERROR", "INFO")),
    "logging/dataTrace": ("dataTraceEnabled", boolean),
    "throttling/burstLimit": ("throttlingBurstLimit", burst),
    "throttling/rateLimit": ("throttlingRateLimit", rate),
    "caching/enabled": ("cachingEnabled", boolean),
    "caching/ttlInSeconds": ("cacheTtlInSeconds", ttl),
    "caching/dataEncrypted": ("cacheDataEncrypted", boolean),
    "caching/requireAuthorizationForCacheControl": ("requireAuthorizationForCacheControl", boolean),
    "caching/unauthorizedCacheControlHeaderStrategy": (
        "unauthorizedCacheControlHeaderStrategy",
        one_of(
            "unauthorizedCacheControlHeaderStrategy",
            *("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"),
        ),
    ),
}


def patch_method_setting(stage: Document, operation: Operation) -> bool:
    """Set one value of a row, or remove a whole row; False when the path cannot name either.

    Recorded: AWS takes whatever else is to be removed for a row, `/canarySettings/stageVariableOverrides` too.
    """
    path = operation.path.removeprefix("/")
    if operation.op == "replace":
        row, setting = _row_and_setting(path)
        if setting not in SETTINGS or not is_row(row):
            return False
        name, read = SETTINGS[setting]
        _row(stage, row)[name] = read(operation.value)
        return True
    if operation.op == "remove" and not path.startswith("accessLogSettings"):
        if stage["methodSettings"].pop(_held(stage, path), None) is None:
            # The space at the end is AWS's.
            raise refused(f"Cannot remove method setting {path} because there is no method setting for this method ")
        return True
    return False


def is_row(key: str) -> bool:
    """Whether a key names a method or all of them: a path, unescaped or not, and a verb."""
    path, _, verb = key.rpartition("/")
    return key == ALL_METHODS or (path not in ("", "*") and verb in VERBS)


def _row_and_setting(path: str) -> tuple[str, str]:
    parts = path.rsplit("/", 2)
    return (parts[0], f"{parts[1]}/{parts[2]}") if len(parts) == 3 else (path, "")


def _held(stage: Document, key: str) -> str:
    """The key under which the row is, whichever way it was escaped; `key` itself when there is none."""
    rows, meant = stage["methodSettings"], _meant(key)
    return key if key in rows else next((held for held in rows if _meant(held) == meant), key)


def _row(stage: Document, key: str) -> Document:
    rows: dict[str, Document] = stage["methodSettings"]
    held = _held(stage, key)
    if held not in rows and len(rows) >= MOST_ROWS:
        raise ServiceError("LimitExceededException", f"A stage can have settings of at most {MOST_ROWS} methods")
    if held not in rows:
        rows[held] = dict(rows.get(ALL_METHODS, FIRST_ROW))
        if _meant(held)[1] not in CACHED_WITH_ALL:
            rows[held]["cachingEnabled"] = False
    return rows[held]
