"""Runs `terraform` for the journeys. The AWS provider comes from a filesystem mirror named by TF_PLUGIN_DIR.

It is started once for all their commands, as its developers do to debug it: its start takes longer than most of them.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node import Node

MIRROR = os.environ.get("TF_PLUGIN_DIR", "")
needs_terraform = pytest.mark.skipif(
    not MIRROR or shutil.which("terraform") is None,
    reason="Terraform's journeys need `terraform` and TF_PLUGIN_DIR, a filesystem mirror with hashicorp/aws",
)
STARTED = re.compile(r"TF_REATTACH_PROVIDERS='(.+)'")


def environment_without_keys() -> dict[str, str]:
    """Ours without what tells `terraform` or the provider anything. Much of what both do is garbage collection."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return kept | {"GOGC": "800"}


@contextlib.contextmanager
def running_provider(folder: Path) -> Iterator[str]:
    """The AWS provider in a process of its own, while the block runs; what tells `terraform` where it is."""
    programs = sorted(Path(MIRROR).glob(f"*/hashicorp/aws/*/{sys.platform}_*/terraform-provider-aws_v*"))
    assert programs, f"TF_PLUGIN_DIR={MIRROR} holds no provider that is unpacked"
    said = folder / "provider.log"
    with said.open("wb") as output:
        provider = subprocess.Popen(
            [programs[-1], "-debug"], stdout=output, stderr=subprocess.STDOUT, env=environment_without_keys()
        )
    began = time.monotonic()
    try:
        while (started := STARTED.search(said.read_text())) is None:
            assert provider.poll() is None and time.monotonic() - began < 120, said.read_text()
            time.sleep(0.05)
        yield started[1]
    finally:
        provider.terminate()
        provider.wait()


class Terraform:
    """Runs `terraform` in a folder of its own, a copy of `configuration`, against one node. `provider` is the running
    one."""

    def __init__(self, configuration: Path, folder: Path, node: Node, provider: str, **variables: str) -> None:
        self.folder = folder
        shutil.copytree(configuration, folder, dirs_exist_ok=True)
        self.environment = environment_without_keys() | {
            "TF_REATTACH_PROVIDERS": provider,
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "TF_VAR_endpoint": node.url,
            "CHECKPOINT_DISABLE": "1",
        }
        self.environment |= {f"TF_VAR_{name}": value for name, value in variables.items()}
        self("init", "-no-color")

    def __call__(self, *arguments: str, **variables: str) -> str:
        """Standard output of a command that must succeed; `variables` are Terraform's."""
        environment = self.environment | {f"TF_VAR_{name}": value for name, value in variables.items()}
        done = subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (
            f"terraform {arguments[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return done.stdout
