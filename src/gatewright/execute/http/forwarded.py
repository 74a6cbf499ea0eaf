"""The `Forwarded` header that backends of HTTP APIs get in place of X-Forwarded-For, -Host and -Proto: RFC 7239.

What the client says of its own proxies comes first, then what the gateway knows. On AWS it begins with `by=` and the
address that the gateway calls from; a node does not know its own.
Seen: `forwarded: by=1.2.3.4;for=5.6.7.8;host=my.example.com;proto=https` (expressjs/session issue 886).
"""

import re
from functools import lru_cache

from gatewright.values.headers import Headers, first

# Text whose quotes are closed: what is open would hide the gateway's own element.
_ENDS = re.compile(r'(?:[^"]|"(?:[^"\\]|\\.)*")+')
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@lru_cache(maxsize=256)
def forwarded_line(before: str, source_ip: str, host: str, scheme: str) -> str:
    """The line with its CRLF. `before` are the elements that the client's headers give, "" or ending in ", "."""
    named = f"host={_quoted(host)};" if host else ""
    return f"Forwarded: {before}by=unknown;for={_node(source_ip)};{named}proto={scheme}\r\n"


def forwarded_before(headers: Headers) -> str:
    """What a client's Forwarded and X-Forwarded-* say, as elements of Forwarded."""
    elements = [line.value for line in headers if line.lower == "forwarded" and _ENDS.fullmatch(line.value)]
    addresses = ",".join(line.value for line in headers if line.lower == "x-forwarded-for").split(",")
    nodes = [f"for={_node(each.strip())}" for each in addresses if each.strip()]
    for name, said in (("host", "x-forwarded-host"), ("proto", "x-forwarded-proto")):
        value = first(headers, said)
        if value:
            nodes[:1] = [f"{nodes[0]};{name}={_quoted(value)}" if nodes else f"{name}={_quoted(value)}"]
    return "".join(f"{element}, " for element in (*elements, *nodes))


def _node(address: str) -> str:
    return _quoted(f"[{address}]" if ":" in address and not address.startswith("[") and "." not in address else address)


def _quoted(text: str) -> str:
    if _TOKEN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
