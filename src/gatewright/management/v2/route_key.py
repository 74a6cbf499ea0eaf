"""Route keys: what requests or messages a route is for.

Of an HTTP API a verb and a path, or `$default`; of a WebSocket API any word, or the moment it is for.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from gatewright.aws.errors import ServiceError
from gatewright.management.patch import refused

DEFAULT, CONNECT, DISCONNECT = "$default", "$connect", "$disconnect"
VERBS = ("ANY", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

_VARIABLE = re.compile(r"\{([A-Za-z0-9._:-]+)(\+?)\}")
_LITERAL = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*")


def check_http_key(key: str) -> None:
    """A route key of an HTTP API. Raises BadRequestException."""
    if key == DEFAULT:
        return
    verb, _, path = key.partition(" ")
    if verb not in VERBS or not path.startswith("/"):
        # Seen: github.com/badmintoncryer/cdk-preflight
        raise refused(
            "The provided route key is not formatted properly for HTTP protocol. "
            'Format should be "[HTTP METHOD] /[RESOURCE PATH]" or "$default"'
        )
    parts = path[1:].split("/")
    variables = [_VARIABLE.fullmatch(part) for part in parts]
    names = [found[1] for found in variables if found is not None]
    literal = all(found is not None or _LITERAL.fullmatch(part) for part, found in zip(parts, variables, strict=True))
    greedy = any(found is not None and found[2] for found in variables[:-1])
    empty = any(not part for part in parts[:-1])
    if not literal or greedy or empty or len(names) != len(set(names)):
        # Seen: github.com/serverless/serverless/issues/10423
        raise refused("One or more path parts appear to be invalid")


def check_websocket_key(key: str) -> None:
    """A route key of a WebSocket API. Raises BadRequestException."""
    if not key or (key.startswith("$") and key not in (DEFAULT, CONNECT, DISCONNECT)):
        raise refused(
            f"Invalid route key specified: {key}. "
            "A custom route key must not begin with $; the others are $connect, $disconnect and $default"
        )


def check_free(key: str, others: Iterable[str]) -> None:
    """No other route of the API is for the same requests. Raises ConflictException."""
    shape = _shape(key)
    for other in others:
        if other == key:
            # Seen: github.com/anomalyco/sst/issues/5031
            raise ServiceError("ConflictException", f"Route with key {key} already exists for this API")
        if "{" in key and _shape(other) == shape:
            # Seen: github.com/plutomi/plutomi/issues/271
            raise ServiceError(
                "ConflictException",
                f'The provided route key "{key}" has a conflicting variable on the same hierarchical level '
                f'as "{other}"',
            )


@lru_cache(4096)
def _shape(key: str) -> str:
    """A key without the names of its variables. An import compares each with all others."""
    return _VARIABLE.sub(r"{\2}", key)
