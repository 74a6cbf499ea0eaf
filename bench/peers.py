"""nginx three times: as the upstream that all share, as a plain proxy, and with Lua doing a gateway's work.

Their configurations are in bench/nginx. nginx with Lua is the engine under Kong and APISIX, here without their
frameworks.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from load import KEY
from measure import family

CONFIGURATIONS = Path(__file__).with_name("nginx")
MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules")
NEEDED = {"nginx": "nginx", "wrk": "wrk", "taskset": "util-linux"}
LUA_PACKAGE = "libnginx-mod-http-lua"
Role = Literal["upstream", "proxy", "lua"]


class PeerError(Exception):
    """A peer that does not start; the text says why."""


def what_is_missing() -> str | None:
    """What to install before a comparison, as a command; None when everything is here."""
    packages = [package for program, package in NEEDED.items() if shutil.which(program, path=search_path()) is None]
    if lua_modules() is None:
        packages.append(LUA_PACKAGE)
    return f"apt-get install {' '.join(packages)}" if packages else None


def search_path() -> str:
    """PATH and the system's directories, where nginx lives and an ordinary user's PATH may not reach."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin", "/sbin"])


def lua_modules() -> Path | None:
    """The folder of nginx's Lua module."""
    return next((Path(folder) for folder in MODULES if (Path(folder) / "ngx_http_lua_module.so").exists()), None)


def nginx_program() -> str:
    """nginx's path, or its name when there is none."""
    return shutil.which("nginx", path=search_path()) or "nginx"


class Nginx:
    """One nginx with one worker on one core and a free port; a context manager. Raises PeerError."""

    def __init__(self, folder: Path, role: Role, *, core: int | None, upstream: int = 0) -> None:
        self.port = free_port()
        self._errors = folder / f"{role}.err"
        self._errors.touch()
        words = {"folder": folder, "name": role, "key": KEY, "port": self.port, "upstream": upstream}
        site = filled(f"{role}.conf", folder / f"{role}.site", words)
        load = "".join(
            f"load_module {lua_modules()}/{name}.so;\n" for name in ("ndk_http_module", "ngx_http_lua_module")
        )
        words |= {"site": site, "modules": load if role == "lua" else ""}
        main = filled("main.conf", folder / f"{role}.conf", words)
        pinned = [] if core is None else ["taskset", "-c", str(core)]
        self._process = subprocess.Popen([*pinned, nginx_program(), "-e", str(self._errors), "-c", str(main)])
        self._await_open()

    def pids(self) -> list[int]:
        """Master and worker."""
        return family(self._process.pid)

    def __enter__(self) -> "Nginx":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def _await_open(self) -> None:
        for _ in range(500):
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise PeerError(f"nginx did not start: {self._errors.read_text().strip()}")


def filled(name: str, target: Path, words: Mapping[str, object]) -> Path:
    """A configuration with its @words@ filled in, written to `target`."""
    text = (CONFIGURATIONS / name).read_text()
    target.write_text(re.sub(r"@(\w+)@", lambda word: str(words[word[1]]), text))
    return target


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
