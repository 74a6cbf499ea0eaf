"""Binary media types: which bodies are bytes for an API, and cross to a Lambda function as base64.

Developer guide: "Working with binary media types for REST APIs". A request is matched by its Content-Type, a response
by the first media type of the request's Accept: what the function itself says its type to be does not count.
Recorded on AWS: `image/*` in Accept does not match a listed `image/png`, a listed `application/*` matches any of them,
and a wildcard on the left matches nothing unless the whole is `*/*`, which matches everything, also no type at all.
"""

from collections.abc import Callable, Iterable

IsBinary = Callable[[str | None], bool]


def compile_binary_media_types(listed: Iterable[str]) -> IsBinary:
    """The listed types to a test for the value of a Content-Type or Accept header (None when there is none)."""
    types = {media_type.strip().lower() for media_type in listed}
    if not types:
        return _never
    if "*/*" in types:
        return _always
    prefixes = tuple(name[:-1] for name in types if name.endswith("/*"))
    exact = frozenset(name for name in types if not name.startswith("*/"))

    def matches(value: str | None) -> bool:
        if value is None:
            return False
        media_type = value.partition(",")[0].partition(";")[0].strip().lower()
        return media_type in exact or bool(prefixes and media_type.startswith(prefixes))

    return matches


def _never(value: str | None) -> bool:
    return False


def _always(value: str | None) -> bool:
    return True
