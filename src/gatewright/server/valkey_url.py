"""The shared server's URL: what it may say, and the client that speaks to the server it names."""

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from redis.asyncio import Redis

VALKEY_MILLIS = 100
"""In which a call must be answered."""
MOST_CONNECTIONS = 64
CONNECT = 1.0  # seconds that a new connection, its TLS and its password may take, in the background
_SCHEME = re.compile("^valkey(s?)://")
_SCHEMES = re.compile("(redis|valkey)s?")
_DATABASE = re.compile("/?|/[0-9]{1,9}")
_OPTIONS = frozenset({"db", "ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"})


def check_url(url: str) -> None:
    """Raises ValueError, which says nothing of a password in it, for what redis-py would refuse late or overlook."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        is_good = parts.path.startswith("/") and not parts.netloc
    else:
        is_good = bool(_SCHEMES.fullmatch(parts.scheme) and parts.hostname and _DATABASE.fullmatch(parts.path))
    options = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))}
    if not is_good or parts.port == 0 or parts.fragment or not options <= _OPTIONS:
        raise ValueError


def name_of(url: str) -> str:
    """Host and port, without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path


def client_of(url: str) -> "Redis":
    """Nothing is tried twice: the callers do not wait for that. RESP2 is what every version of both servers speaks."""
    from redis.asyncio import Redis  # noqa: PLC0415 - as long as half a start, for nodes that share nothing
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    return Redis.from_url(
        _SCHEME.sub(r"redis\1://", url),
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=None,  # the sweep looks at that
        socket_connect_timeout=CONNECT,
        max_connections=MOST_CONNECTIONS,
        client_name="gatewright",
        driver_info=None,
    )
