"""What a node can be told: command-line options and GATEWRIGHT_* variables, read once at start.

Every setting has a default that makes one node complete on a laptop. `Settings` is passed to `app/`, which gives each
part only the values it needs. The table of settings for users is in docs/settings.md.
"""

import base64
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from gatewright.execute.authorizers.user_pool import Issuer, UserPool, user_pool
from gatewright.execute.caching.cached_responses import CACHE_BYTES
from gatewright.execute.caching.seal import KEY_BYTES
from gatewright.execute.limits.throttle import ACCOUNT, Rates
from gatewright.execute.network import STREAM_RATE, Address
from gatewright.execute.private_api import Way, read_way
from gatewright.execute.timeout import DEFAULT_MILLIS, LONGEST_MILLIS
from gatewright.server.valkey_url import VALKEY_MILLIS, check_url
from gatewright.values.ip import read_network
from gatewright.wire.limits import OF_WEBSOCKETS

DEFAULT_PORT = 4566
DEFAULT_DATA_DIR = Path("~/.gatewright")
ENDPOINT_PREFIX = "GATEWRIGHT_ENDPOINT_"
_ISSUER = re.compile(r"https?://[^\s{}?#]+")
_TARGET = re.compile(
    r"(?P<arn>arn:aws[a-z-]*:(?:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:(?:loadbalancer|listener)/[A-Za-z0-9/-]+"
    r"|servicediscovery:[a-z0-9-]+:[0-9]{12}:service/[A-Za-z0-9-]+(?:\?[^\s,]+)?))"
    r"=(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})"
)


class SettingError(ValueError):
    """A setting that cannot be used; the text names the variable and what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One node. `endpoints`: what serves an AWS service, see neighbours/endpoints.py; "" stands for all others.

    `targets`: where load balancers and listeners are, by ARN. `vpc_endpoints`: through which of them requests come.
    `trusted_proxies`: whose word on the client's address counts.
    `user_pools`: the issuers in their place. `integration_timeout` is the longest that may be configured, in
    milliseconds; `stream_rate` in bytes a second, 0 for no bound. `account` is what each account may call in a
    Region. WebSockets are closed when they are idle for so many seconds, or that old. `valkey_url` is of the server
    that nodes share, "" for none; `valkey_denies` what has a limit while it is lost, and it is after `valkey_timeout`
    milliseconds without an answer."""

    port: int = DEFAULT_PORT
    data_dir: Path = DEFAULT_DATA_DIR
    sandboxes: int = 100
    sandboxes_per_function: int = 50
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, Address] = field(default_factory=dict)
    vpc_endpoints: tuple[Way, ...] = ()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    user_pools: Mapping[UserPool, Issuer] = field(default_factory=dict)
    integration_timeout: int = DEFAULT_MILLIS
    stream_rate: int = STREAM_RATE
    account: Rates = ACCOUNT
    websocket_idle: float = OF_WEBSOCKETS.idle
    websocket_age: float = OF_WEBSOCKETS.age
    cache_bytes: int = CACHE_BYTES
    cache_key: bytes = field(default=b"", repr=False)
    principals: Path | None = None
    web_acls: Path | None = None
    virtual_clock: bool = False
    valkey_url: str = field(default="", repr=False)  # it may have a password
    valkey_denies: bool = False
    valkey_timeout: int = VALKEY_MILLIS


def settings_from(port: int, data_dir: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Join the command line's options with the environment. Raises SettingError."""
    given = _Given(environment)
    settings = Settings(
        port=port,
        data_dir=data_dir.expanduser().resolve(),
        sandboxes=_whole(given, "GATEWRIGHT_SANDBOXES", 100, 1, 10_000),
        sandboxes_per_function=_whole(given, "GATEWRIGHT_SANDBOXES_PER_FUNCTION", 50, 1, 10_000),
        origins=_words(given, "GATEWRIGHT_ORIGINS"),
        hosts=_words(given, "GATEWRIGHT_HOSTS"),
        endpoints=_endpoints(environment),
        targets=_targets(given),
        vpc_endpoints=_vpc_endpoints(given),
        trusted_proxies=_trusted_proxies(given),
        user_pools=_user_pools(given),
        integration_timeout=_whole(
            given, "GATEWRIGHT_INTEGRATION_TIMEOUT_MS", DEFAULT_MILLIS, DEFAULT_MILLIS, LONGEST_MILLIS
        ),
        stream_rate=_whole(given, "GATEWRIGHT_STREAM_RATE", STREAM_RATE, 0, 10**12),
        principals=_file(given, "GATEWRIGHT_PRINCIPALS"),
        web_acls=_file(given, "GATEWRIGHT_WEB_ACLS"),
        account=Rates(
            float(_whole(given, "GATEWRIGHT_ACCOUNT_RATE_LIMIT", int(ACCOUNT.rate), 0, 10**9)),
            _whole(given, "GATEWRIGHT_ACCOUNT_BURST_LIMIT", ACCOUNT.burst, 0, 2**31 - 1),
        ),
        websocket_idle=_whole(given, "GATEWRIGHT_WEBSOCKET_IDLE", int(OF_WEBSOCKETS.idle), 1, 10**9),
        websocket_age=_whole(given, "GATEWRIGHT_WEBSOCKET_AGE", int(OF_WEBSOCKETS.age), 1, 10**9),
        cache_bytes=_whole(given, "GATEWRIGHT_CACHE_BYTES", CACHE_BYTES, 0, 10**12),
        cache_key=_key(given, "GATEWRIGHT_CACHE_KEY"),
        virtual_clock=bool(_whole(given, "GATEWRIGHT_VIRTUAL_CLOCK", 0, 0, 1)),
        valkey_url=_valkey_url(given),
        valkey_denies=_valkey_denies(given),
        valkey_timeout=_whole(given, "GATEWRIGHT_VALKEY_TIMEOUT_MS", VALKEY_MILLIS, 50, 10_000),
    )
    _refuse_unknown(environment, given.asked)
    return settings


class _Given(Mapping[str, str]):
    """The environment; `asked` are the names that were looked for, which are all that there are."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.asked = {"GATEWRIGHT_PORT", "GATEWRIGHT_DATA_DIR"}  # the command line's

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._environment[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)


def _refuse_unknown(environment: Mapping[str, str], known: Iterable[str]) -> None:
    for name in environment:
        if name.startswith("GATEWRIGHT_") and name not in known and not name.startswith(ENDPOINT_PREFIX):
            raise SettingError(
                f"{name} is not a setting. Known: {', '.join(sorted(known))}, "
                f"{ENDPOINT_PREFIX}URL, {ENDPOINT_PREFIX}<SERVICE>"
            )


def _whole(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise SettingError(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _valkey_url(environment: Mapping[str, str]) -> str:
    """Errors do not repeat the URL, which may have a password."""
    url = environment.get("GATEWRIGHT_VALKEY_URL")
    if url is None:
        for name in ("GATEWRIGHT_VALKEY_LOST", "GATEWRIGHT_VALKEY_TIMEOUT_MS"):
            if name in environment:
                raise SettingError(f"{name} needs GATEWRIGHT_VALKEY_URL")
        return ""
    try:
        check_url(url)
    except ValueError:
        raise SettingError(
            "GATEWRIGHT_VALKEY_URL must be valkey://, valkeys://, redis:// or rediss:// with user, password, host, port"
            " and number of the database, or unix:// with the path of a socket"
        ) from None
    if environment.get("GATEWRIGHT_VIRTUAL_CLOCK") == "1":
        raise SettingError(
            "GATEWRIGHT_VIRTUAL_CLOCK cannot be used with GATEWRIGHT_VALKEY_URL: the clock of shared limits is the"
            " server's"
        )
    return url


def _valkey_denies(environment: Mapping[str, str]) -> bool:
    text = environment.get("GATEWRIGHT_VALKEY_LOST", "local")
    if text not in ("local", "deny"):
        raise SettingError(f"GATEWRIGHT_VALKEY_LOST must be local or deny, not {text!r}")
    return text == "deny"


def _file(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name)
    if text is None:
        return None
    path = Path(text).expanduser()
    if not path.is_file():
        raise SettingError(f"{name} must be the path of a file, not {text!r}")
    return path.absolute()  # a link stays one: secrets that are mounted change by where it leads


def _key(environment: Mapping[str, str], name: str) -> bytes:
    """A key of 32 bytes in base64, b"" for none. What is wrong with one is said without showing it."""
    text = environment.get(name, "")
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b"?"
    if len(key) not in (0, KEY_BYTES):
        raise SettingError(f"{name} must be {KEY_BYTES} random bytes in base64")
    return key


def _targets(environment: Mapping[str, str]) -> dict[str, Address]:
    targets: dict[str, Address] = {}
    for word in _words(environment, "GATEWRIGHT_TARGETS"):
        match = _TARGET.fullmatch(word)
        if match is None or not 0 < int(match["port"]) < 65_536:
            raise SettingError(
                "GATEWRIGHT_TARGETS must be ARN=HOST:PORT, for load balancers, their listeners or Cloud Map services,"
                f" separated by commas, not {word!r}"
            )
        targets[match["arn"]] = Address(match["host"].strip("[]"), int(match["port"]))
    return targets


def _vpc_endpoints(environment: Mapping[str, str]) -> tuple[Way, ...]:
    ways = []
    for word in _words(environment, "GATEWRIGHT_VPC_ENDPOINTS"):
        try:
            ways.append(read_way(word))
        except ValueError as error:
            raise SettingError(
                "GATEWRIGHT_VPC_ENDPOINTS must be ENDPOINT=VPC:CIDR, separated by commas, such as"
                f" vpce-1=vpc-1:10.0.0.0/16: {error}"
            ) from None
    return tuple(ways)


def _trusted_proxies(environment: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(map(read_network, _words(environment, "GATEWRIGHT_TRUSTED_PROXIES")))
    except ValueError as error:
        raise SettingError(
            f"GATEWRIGHT_TRUSTED_PROXIES must be addresses or CIDR blocks, separated by commas: {error}"
        ) from None


def _user_pools(environment: Mapping[str, str]) -> dict[UserPool, Issuer]:
    issuers = {}
    for word in _words(environment, "GATEWRIGHT_USER_POOLS"):
        arn, _, value = word.partition("=")
        first, _, rest = value.partition(" ")
        url, file = (first, rest.strip()) if _ISSUER.fullmatch(first) else ("", value)
        keys = Path(file).expanduser() if file else None
        if not (url or keys) or (keys is not None and not keys.is_file()):
            missing = f": there is no file {file!r}" if file else ""
            raise SettingError(
                "GATEWRIGHT_USER_POOLS must be ARN=ISSUER, ARN=FILE or ARN=ISSUER FILE, for user pools, separated by"
                f" commas, with the issuer's http or https URL and a file of its keys, not {word!r}{missing}"
            )
        try:
            issuers[user_pool(arn)] = Issuer(url, keys)
        except ValueError as error:
            raise SettingError(f"GATEWRIGHT_USER_POOLS: {error}") from None
    return issuers


def _words(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in environment.get(name, "").split(",") if word.strip())


def _endpoints(environment: Mapping[str, str]) -> dict[str, str]:
    endpoints: dict[str, str] = {}
    for name, url in environment.items():
        if not name.startswith(ENDPOINT_PREFIX):
            continue
        service = name.removeprefix(ENDPOINT_PREFIX).lower().replace("_", "-")
        endpoints["" if service == "url" else service] = url.rstrip("/")
    return endpoints
