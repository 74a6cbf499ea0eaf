"""What a node can be told: command-line options and GATEWRIGHT_* variables, read once at start.

Every setting has a default that makes one node complete on a laptop. `Settings` is passed to `app.py`, which gives each
part only the values it needs. The table of settings for users is in docs/settings.md.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gatewright.execute.network import STREAM_RATE, Address
from gatewright.execute.timeout import DEFAULT_MILLIS, LONGEST_MILLIS

DEFAULT_PORT = 4566
DEFAULT_DATA_DIR = Path("~/.gatewright")
ENDPOINT_PREFIX = "GATEWRIGHT_ENDPOINT_"
_TARGET = re.compile(
    r"(?P<arn>arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:(?:loadbalancer|listener)/[A-Za-z0-9/-]+)"
    r"=(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})"
)


class SettingError(ValueError):
    """A setting that cannot be used; the text names the variable and what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One node. `endpoints`: what serves an AWS service, see neighbours/endpoints.py; "" stands for all others.

    `targets`: where load balancers and listeners are, by ARN. `integration_timeout` is the longest that may be
    configured, in milliseconds; `stream_rate` in bytes a second, 0 for no bound."""

    port: int = DEFAULT_PORT
    data_dir: Path = DEFAULT_DATA_DIR
    sandboxes: int = 100
    sandboxes_per_function: int = 50
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, Address] = field(default_factory=dict)
    integration_timeout: int = DEFAULT_MILLIS
    stream_rate: int = STREAM_RATE


def settings_from(port: int, data_dir: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Join the command line's options with the environment. Raises SettingError."""
    known = {
        "GATEWRIGHT_SANDBOXES",
        "GATEWRIGHT_SANDBOXES_PER_FUNCTION",
        "GATEWRIGHT_ORIGINS",
        "GATEWRIGHT_HOSTS",
        "GATEWRIGHT_PORT",
        "GATEWRIGHT_DATA_DIR",
        "GATEWRIGHT_INTEGRATION_TIMEOUT_MS",
        "GATEWRIGHT_STREAM_RATE",
        "GATEWRIGHT_TARGETS",
    }
    for name in environment:
        if name.startswith("GATEWRIGHT_") and name not in known and not name.startswith(ENDPOINT_PREFIX):
            raise SettingError(
                f"{name} is not a setting. Known: {', '.join(sorted(known))}, "
                f"{ENDPOINT_PREFIX}URL, {ENDPOINT_PREFIX}<SERVICE>"
            )
    return Settings(
        port=port,
        data_dir=data_dir.expanduser().resolve(),
        sandboxes=_whole(environment, "GATEWRIGHT_SANDBOXES", 100, 1, 10_000),
        sandboxes_per_function=_whole(environment, "GATEWRIGHT_SANDBOXES_PER_FUNCTION", 50, 1, 10_000),
        origins=_words(environment, "GATEWRIGHT_ORIGINS"),
        hosts=_words(environment, "GATEWRIGHT_HOSTS"),
        endpoints=_endpoints(environment),
        targets=_targets(environment),
        integration_timeout=_whole(
            environment, "GATEWRIGHT_INTEGRATION_TIMEOUT_MS", DEFAULT_MILLIS, DEFAULT_MILLIS, LONGEST_MILLIS
        ),
        stream_rate=_whole(environment, "GATEWRIGHT_STREAM_RATE", STREAM_RATE, 0, 10**12),
    )


def _whole(environment: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environment.get(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise SettingError(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _targets(environment: Mapping[str, str]) -> dict[str, Address]:
    targets: dict[str, Address] = {}
    for word in _words(environment, "GATEWRIGHT_TARGETS"):
        match = _TARGET.fullmatch(word)
        if match is None or not 0 < int(match["port"]) < 65_536:
            raise SettingError(
                "GATEWRIGHT_TARGETS must be ARN=HOST:PORT, for load balancers or their listeners, separated by commas,"
                f" not {word!r}"
            )
        targets[match["arn"]] = Address(match["host"].strip("[]"), int(match["port"]))
    return targets


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
