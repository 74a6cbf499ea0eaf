"""Runs `terraform` for the journeys. The AWS provider comes from a filesystem mirror named by TF_PLUGIN_DIR."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.node import Node

MIRROR = os.environ.get("TF_PLUGIN_DIR", "")
needs_terraform = pytest.mark.skipif(
    not MIRROR or shutil.which("terraform") is None,
    reason="Terraform's journeys need `terraform` and TF_PLUGIN_DIR, a filesystem mirror with hashicorp/aws",
)


class Terraform:
    """Runs `terraform` in a folder of its own, a copy of `configuration`, against one node."""

    def __init__(self, configuration: Path, folder: Path, node: Node, **variables: str) -> None:
        self.folder = folder
        shutil.copytree(configuration, folder, dirs_exist_ok=True)
        settings = folder / "terraform.rc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{MIRROR}"\n  }}\n}}\n')
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        self.environment = kept | {
            "GOGC": "800",  # the provider's start is mostly garbage collection
            "TF_CLI_CONFIG_FILE": str(settings),
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
