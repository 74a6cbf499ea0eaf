"""Where the node finds its own credentials."""

import os
from pathlib import Path

import pytest

from gatewright.neighbours.own_credentials import NONE, OwnCredentials
from gatewright.neighbours.sign import Credentials

FILE = """
[default]
aws_access_key_id = AKDEFAULT
aws_secret_access_key = a%b=/+

[work]
aws_access_key_id=AKWORK
aws_secret_access_key=s
aws_session_token=t

[sso]
sso_session = my
"""
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "e"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        (ENVIRONMENT, Credentials("AKENV", "e", "")),
        (ENVIRONMENT | {"AWS_SESSION_TOKEN": "x"}, Credentials("AKENV", "e", "x")),
        ({}, Credentials("AKDEFAULT", "a%b=/+", "")),
        ({"AWS_ACCESS_KEY_ID": "AKENV"}, Credentials("AKDEFAULT", "a%b=/+", "")),
        ({"AWS_PROFILE": "work"}, Credentials("AKWORK", "s", "t")),
        ({"AWS_PROFILE": "sso"}, NONE),
        ({"AWS_PROFILE": "none"}, NONE),
        ({"AWS_SHARED_CREDENTIALS_FILE": "/nowhere/at/all"}, NONE),
    ],
)
def test_where_they_are(tmp_path: Path, environ: dict[str, str], expected: Credentials) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text(FILE)
    assert OwnCredentials({"HOME": str(tmp_path)} | environ).current() == expected


def test_a_file_that_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "credentials"
    own = OwnCredentials({"AWS_SHARED_CREDENTIALS_FILE": str(file)})
    assert own.current() == NONE
    for at, text, expected in (
        (1, FILE, Credentials("AKDEFAULT", "a%b=/+", "")),
        (2, FILE.replace("AKDEFAULT", "AKNEW"), Credentials("AKNEW", "a%b=/+", "")),
        (3, "aws_secret_access_key = secret", NONE),
    ):
        file.write_text(text)
        os.utime(file, (at, at))
        assert own.current() == own.current() == expected
    assert [record.getMessage() for record in caplog.records] == [
        f"no credentials from {file}: MissingSectionHeaderError"
    ]
