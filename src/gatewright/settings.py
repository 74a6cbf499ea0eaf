"""What a node can be told: command-line options and GATEWRIGHT_* variables, read once at start.

Every setting has a default that makes one node complete on a laptop. `Settings` is passed to `app.py`, which gives each
part only the values it needs. The table of settings for users is in docs/settings.md.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_PORT = 4566
DEFAULT_DATA_DIR = Path("~/.gatewright")
ENDPOINT_PREFIX = "GATEWRIGHT_ENDPOINT_"


class SettingError(ValueError):
    """A setting that cannot be used; the text names the variable and what it takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One node. `endpoints`: what serves an AWS service, see neighbours/endpoints.py; "" stands for all others."""

    port: int = DEFAULT_PORT
    data_dir: Path = DEFAULT_DATA_DIR
    sandboxes: int = 100
    sandboxes_per_function: int = 50
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict)


def settings_from(port: int, data_dir: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Join the command line's options with the environment. Raises SettingError."""
    known = {
        "GATEWRIGHT_SANDBOXES",
        "GATEWRIGHT_SANDBOXES_PER_FUNCTION",
        "GATEWRIGHT_ORIGINS",
        "GATEWRIGHT_HOSTS",
        "GATEWRIGHT_PORT",
        "GATEWRIGHT_DATA_DIR",
    }
    for name in environment:
        if name.startswith("GATEWRIGHT_") and name not in known and not name.startswith(ENDPOINT_PREFIX):
            raise SettingError(
                f"{name} is not a setting. Known: {', '.join(sorted(known))}, {ENDPOINT_PREFIX}<SERVICE>"
            )
    return Settings(
        port=port,
        data_dir=data_dir.expanduser().resolve(),
        sandboxes=_positive(environment, "GATEWRIGHT_SANDBOXES", 100),
        sandboxes_per_function=_positive(environment, "GATEWRIGHT_SANDBOXES_PER_FUNCTION", 50),
        origins=_words(environment, "GATEWRIGHT_ORIGINS"),
        hosts=_words(environment, "GATEWRIGHT_HOSTS"),
        endpoints=_endpoints(environment),
    )


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise SettingError(f"{name} must be a whole number from 1 to 10000, not {text!r}")
    return int(text)


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
