"""The node's own credentials, looked for as AWS's tools do: the environment, then a profile of the shared file.

Keys only: what a profile would have to ask for first (single sign-on, a role, a process) is not asked for. The file is
read again when it has changed, as tools that renew a session write it.
https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

import logging
from collections.abc import Mapping
from configparser import Error, RawConfigParser
from pathlib import Path

from gatewright.neighbours.sign import Credentials

log = logging.getLogger(__name__)

NONE = Credentials("test", "test", "")  # what most servers other than AWS take


class OwnCredentials:
    """Those of one node, by its environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
        self._given = Credentials(key, secret, environ.get("AWS_SESSION_TOKEN", "")) if key and secret else None
        home = environ.get("HOME")
        named = environ.get("AWS_SHARED_CREDENTIALS_FILE") or (f"{home}/.aws/credentials" if home else "")
        self._file = Path(named) if named else None
        self._profile = environ.get("AWS_PROFILE") or "default"
        self._read_at: int | None = None
        self._read = NONE

    def current(self) -> Credentials:
        """The credentials as they are now; NONE when there are none."""
        if self._given is not None or self._file is None:
            return self._given or NONE
        try:
            changed = self._file.stat().st_mtime_ns
        except OSError:
            return NONE
        if changed != self._read_at:
            self._read_at, self._read = changed, NONE
            try:
                self._read = _of_profile(self._file, self._profile)
            except (OSError, Error, UnicodeDecodeError) as error:
                log.warning("no credentials from %s: %s", self._file, type(error).__name__)  # its text may show keys
        return self._read


def _of_profile(file: Path, profile: str) -> Credentials:
    parser = RawConfigParser(strict=False)
    parser.read_string(file.read_text("utf-8"))
    if not parser.has_section(profile):
        return NONE
    values = parser[profile]
    key, secret = values.get("aws_access_key_id"), values.get("aws_secret_access_key")
    return Credentials(key, secret, values.get("aws_session_token", "")) if key and secret else NONE
