"""`gatewright` as a user types it: help, version, and the ways in which a start can go wrong."""

import logging
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

from gatewright import __version__
from gatewright.cli.start import OneLine
from tests.node import GATEWRIGHT, Node


def gatewright(*arguments: str, **environment: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [*GATEWRIGHT, *arguments], capture_output=True, text=True, env=os.environ | environment, check=False, timeout=90
    )
    return done.returncode, done.stdout, done.stderr


def test_help_tells_commands_and_options() -> None:
    status, printed, _ = gatewright("--help")
    assert status == 0
    assert "start" in printed
    status, printed, _ = gatewright("start", "--help")
    assert status == 0
    for words in ("--port", "--data-dir", "GATEWRIGHT_PORT", "GATEWRIGHT_DATA_DIR", "/_gatewright/health"):
        assert words in printed


def test_version() -> None:
    assert gatewright("--version") == (0, f"gatewright {__version__}\n", "")


def test_a_start_imports_no_library_that_most_nodes_never_need() -> None:
    asked = (
        "import sys, gatewright.app; print({'cryptography', 'yaml', 'jsonschema_rs', 'botocore'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "set()\n"


def test_what_others_said_stays_on_its_line_of_the_log() -> None:
    record = logging.LogRecord("gate", logging.WARNING, "", 0, "no JSON: %s", ("{\n2026 WARNING é\x1b[2J",), None)
    assert OneLine("%(name)s: %(message)s").format(record) == "gate: no JSON: {\\n2026 WARNING é\\x1b[2J"
    record.args = ("x" * 2000,)
    assert OneLine().format(record) == "no JSON: " + "x" * 991


def test_wrong_settings_end_the_start_in_words(tmp_path: Path) -> None:
    status, _, said = gatewright("start", "--data-dir", str(tmp_path), GATEWRIGHT_SANDBOXES="many")
    assert (status, "GATEWRIGHT_SANDBOXES must be a whole number" in said, "Traceback" in said) == (2, True, False)
    status, _, said = gatewright("start", "--port", "0", "--data-dir", str(tmp_path), GATEWRIGHT_ENDPOINT_S3="http://[")
    assert (status, said) == (1, "gatewright: the endpoint of s3 is not a URL: 'http://['\n")


def test_a_port_in_use_ends_the_start_in_words(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, said = gatewright("start", "--port", str(port), "--data-dir", str(tmp_path))
    assert status == 1
    assert said.splitlines()[-1] == f"gatewright: port {port} on 127.0.0.1 is in use; choose another with --port"


def test_a_data_directory_belongs_to_one_node(tmp_path: Path) -> None:
    with Node(tmp_path / "data"):
        status, _, said = gatewright("start", "--port", "0", "--data-dir", str(tmp_path / "data"))
    assert status == 1
    assert said.splitlines()[-1] == (
        f"gatewright: another node uses {tmp_path / 'data'}; stop it or choose another directory with --data-dir"
    )


def test_a_directory_that_cannot_be_used_ends_the_start_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, _, said = gatewright("start", "--port", "0", "--data-dir", str(tmp_path / "file"))
    assert status == 1
    assert said.startswith(f"gatewright: {tmp_path / 'file'} cannot be used as the data directory: ")
    (tmp_path / "gatewright.db").write_text("no database" * 1000)
    status, _, said = gatewright("start", "--port", "0", "--data-dir", str(tmp_path))
    assert status == 1
    assert f"{tmp_path / 'gatewright.db'} cannot be used as the store" in said
    assert "Traceback" not in said


def test_sigterm_stops_cleanly_and_leaves_no_process(tmp_path: Path) -> None:
    node = Node(tmp_path / "data")
    node.start()
    process = node.process
    assert process is not None
    node.stop()
    assert process.returncode == 0
    assert stat.S_IMODE(node.data_dir.stat().st_mode) == 0o700
