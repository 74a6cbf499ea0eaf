"""How each runtime is started: its command, its environment, its bounds.

Python is the interpreter the gateway runs on with AWS's own runtime client, Node has the bootstrap beside this file,
provided.* brings its own. Environment: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from gatewright.functions.function import Function
from gatewright.functions.launcher import Launch
from gatewright.functions.role_session import SandboxKeys
from gatewright.values.faults import FunctionFault

RUNTIMES = Path(__file__).parent / "runtimes"
NODE_BOOTSTRAP = RUNTIMES / "node" / "bootstrap.mjs"
# awslambdaric is without its client of the Runtime API where it was not built on Linux; ours takes its place.
PYTHON_CLIENT = () if importlib.util.find_spec("runtime_client") else (str(RUNTIMES / "python"),)
MB = 1024 * 1024
FAMILIES = ("python", "nodejs", "provided")
# The resident size decides (see Pool); this bounds what a process may reach between two looks at it.
DATA_HEADROOM = 2048 * MB
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


class InvalidEntrypoint(Exception):
    """A package without the program its runtime starts; the text is AWS's."""


def family(runtime: str) -> str:
    """ "python", "nodejs" or "provided"; "" for a runtime this node does not run."""
    for name in FAMILIES:
        if runtime.startswith(name):
            return name
    return ""


def unserved_runtime(runtime: str) -> str | None:
    """Why this node cannot run a runtime, or None when it can."""
    if not family(runtime):
        return f"The runtime {runtime} is not served: functions run on python3.x, nodejsXX.x and provided.*"
    if family(runtime) == "nodejs" and shutil.which("node") is None:
        return f"The runtime {runtime} needs the program node on this machine's PATH"
    return None


def launch_of(function: Function, keys: SandboxKeys, endpoint_url: str, runtime_api: str, log_stream: str) -> Launch:
    """Everything needed to start one sandbox. Raises FunctionFault("unavailable") or InvalidEntrypoint."""
    reason = unserved_runtime(function.runtime)
    if reason is not None:
        raise FunctionFault("unavailable", reason)
    kind = family(function.runtime)
    data_limit = function.memory_size * MB + DATA_HEADROOM
    env = _environment(function, keys, endpoint_url, runtime_api, log_stream)
    return Launch(_command(function, kind), env, function.code, data_limit)


def _command(function: Function, kind: str) -> list[str]:
    if kind == "python":
        return [sys.executable, "-m", "awslambdaric", function.handler]
    if kind == "nodejs":
        heap = max(64, function.memory_size * 9 // 10)
        return [shutil.which("node") or "node", f"--max-old-space-size={heap}", str(NODE_BOOTSTRAP), function.handler]
    return [str(_bootstrap(function))]


def _bootstrap(function: Function) -> Path:
    for folder in (function.code, *reversed(function.layers)):
        program = folder / "bootstrap"
        if program.is_file():
            if not os.access(program, os.X_OK):
                raise InvalidEntrypoint("fork/exec /var/task/bootstrap: permission denied")
            return program
    raise InvalidEntrypoint("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")


def _environment(
    function: Function, keys: SandboxKeys, endpoint_url: str, runtime_api: str, log_stream: str
) -> dict[str, str]:
    layers = [str(layer) for layer in reversed(function.layers)]  # the last layer's files win
    kind = family(function.runtime)
    return {
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PATH": ":".join([*_programs(kind), _SYSTEM_PATH, *(f"{layer}/bin" for layer in layers)]),
        "LD_LIBRARY_PATH": ":".join(
            [str(function.code), f"{function.code}/lib", *(f"{layer}/lib" for layer in layers)]
        ),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        **_language_paths(kind, function, layers),
        **function.environment,
        **_credentials(keys),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_TASK_ROOT": str(function.code),
        "LAMBDA_RUNTIME_DIR": str(NODE_BOOTSTRAP.parent if kind == "nodejs" else Path(sys.executable).parent),
        "_HANDLER": function.handler,
    }


def _credentials(keys: SandboxKeys) -> dict[str, str]:
    given = {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}
    return given | ({"AWS_SESSION_TOKEN": keys.session_token} if keys.session_token else {})


def _programs(kind: str) -> list[str]:
    if kind == "python":
        return [str(Path(sys.executable).parent)]
    node = shutil.which("node") if kind == "nodejs" else None
    return [str(Path(node).parent)] if node else []


def _language_paths(kind: str, function: Function, layers: list[str]) -> dict[str, str]:
    if kind == "python":
        version = f"python3.{sys.version_info.minor}"
        folders = [f"{layer}/{at}" for layer in layers for at in (f"python/lib/{version}/site-packages", "python")]
        return {"PYTHONPATH": ":".join([str(function.code), *folders, *PYTHON_CLIENT])}
    if kind == "nodejs":
        major = function.runtime.removeprefix("nodejs").partition(".")[0]
        places = (f"nodejs/node{major}/node_modules", "nodejs/node_modules")
        return {"NODE_PATH": ":".join(f"{layer}/{at}" for layer in layers for at in places)}
    return {}
