"""CORS configuration of an HTTP API: which pages of other origins may call it, and what they may see.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

import re
from collections.abc import Callable, Mapping

from gatewright.management.noun import Change
from gatewright.management.patch import refused
from gatewright.values.records import Document

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

LONGEST_AGE = 86_400  # seconds that a browser remembers a preflight

_ANY = "*"
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^\s/?#@*:\[\]]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?|https?://\*")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADERS = ("allowHeaders", "exposeHeaders")
_LISTS = (*_HEADERS, "allowMethods", "allowOrigins")


def cors_settled(change: Change) -> None:
    """What is configured makes sense to browsers. One without anything in it is none."""
    cors = change.new.pop("corsConfiguration", None) or {}
    cors = {name: value for name, value in cors.items() if value or name not in _LISTS}
    if not cors:
        return
    if not -1 <= cors.get("maxAge", 0) <= LONGEST_AGE:
        raise refused(f"max-age must be between -1 and {LONGEST_AGE}")
    for name, check in _CHECKS.items():
        for value in cors.get(name, ()):
            if value is None or (value != _ANY and not check(value)):
                raise refused(_WORDS[name].format(value))
    if cors.get("allowCredentials") and _ANY in cors.get("allowOrigins", ()):
        # Seen: github.com/aws/aws-cdk/issues/9076
        raise refused("allow-credentials is not supported if 'allow-origin' is *")
    change.new["corsConfiguration"] = _in_lower_case(cors)


def _in_lower_case(cors: Document) -> Document:
    # AWS gives names of headers back so. Seen: github.com/go-to-k/cdk-real-drift/pull/257
    return {
        name: [text.lower() for text in value] if name.endswith("Headers") else value for name, value in cors.items()
    }


def _is_header(text: str) -> bool:
    return _HEADER.fullmatch(text) is not None


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "allowOrigins": lambda text: _ORIGIN.fullmatch(text) is not None,
    "allowMethods": lambda text: text.upper() in VERBS,
    "allowHeaders": _is_header,
    "exposeHeaders": _is_header,
}
_WORDS = {
    "allowOrigins": "Invalid format for origin {}. Format should be [scheme]://[host]:[port]",
    "allowMethods": "Method {} is not supported",  # Seen: github.com/aws/aws-cdk/issues/13643
    "allowHeaders": "Invalid header name specified for allow-headers: {}",
    "exposeHeaders": "Invalid header name specified for expose-headers: {}",
}
