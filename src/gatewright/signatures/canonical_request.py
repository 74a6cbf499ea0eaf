"""The canonical request of Signature Version 4: what of a request is signed, in the one form both sides compute.

Text is latin-1 of the bytes on the wire; a path and a query to be sent are ASCII already. An escape in lower case stays
as it was sent, where AWS reads it and writes it anew: so nobody can change the one into the other on the way.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import re
from collections.abc import Collection, Iterable
from urllib.parse import quote

_PLAIN_PATH = re.compile(r"(?:/[0-9A-Za-z_~-][0-9A-Za-z_.~-]*)+/?|/")
_PLAIN_QUERY = re.compile(r"[0-9A-Za-z_.~%-]*(?:=[0-9A-Za-z_.~%-]*)?(?:&[0-9A-Za-z_.~%-]*(?:=[0-9A-Za-z_.~%-]*)?)*")
_NEEDLESS = re.compile(r"%(?:2[DE]|3[0-9]|[46][1-9A-F]|5[0-9AF]|7[0-9AE])")  # what need not be escaped, and is
_SPACES = re.compile(r"[ \t]+")


def canonical_path(path: str) -> str:
    """The path as all services but S3 compute it: encoded once more than it was sent, no empty and no dot segments."""
    if _PLAIN_PATH.fullmatch(path):
        return path
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept[-1:] = []
        elif segment not in ("", "."):
            kept.append(segment)
    normalized = f"/{'/'.join(kept)}{'/' if kept and path.endswith('/') else ''}"
    return quote(normalized, safe="/~", encoding="latin-1")


def canonical_query(query: str, without: str = "") -> str:
    """The query with its parameters in order, each with a "="; those named `without` are left out.

    What had to be escaped and was not is, and the other way round; "+" is the space it stands for."""
    if not query:
        return ""
    parts = [part.partition("=") for part in query.split("&")]
    if without:
        parts = [part for part in parts if part[0] != without]
    if not _PLAIN_QUERY.fullmatch(query) or _NEEDLESS.search(query):
        parts = [(_encoded(name), "=", _encoded(value)) for name, _, value in parts]
    parts.sort()
    return "&".join([f"{name}={value}" for name, _, value in parts])


def canonical_headers(headers: Iterable[tuple[str, str]], signed: Collection[str]) -> tuple[str, str]:
    """The lines of those headers that are `signed`, and the list of the signed names. Names are in lower case.

    In order, inner spaces squeezed, repeated ones joined; a signed header that is not there has no line."""
    values: dict[str, str] = {}
    for name, value in headers:
        if name in signed:
            # Spaces and tabs only: to Python more is white space, and that is not lost on the way.
            squeezed = _SPACES.sub(" ", value) if "  " in value or "\t" in value else value
            values[name] = f"{values[name]},{squeezed}" if name in values else squeezed
    names = sorted(signed)
    return "".join([f"{name}:{values[name]}\n" for name in names if name in values]), ";".join(names)


def _encoded(text: str) -> str:
    plain = _NEEDLESS.sub(lambda found: chr(int(found[0][1:], 16)), text)
    return quote(plain.replace("+", "%20"), safe="%~", encoding="latin-1")
