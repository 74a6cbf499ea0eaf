"""The `javascript` client of a stage: a zip of `apigClient.js`, the library that it calls, and a page on their use.

Its surface is that of the client which AWS generates: `apigClientFactory.newClient(config)`, and a function
`(params, body, additionalParams)` for each method, which gives a promise of `{status, data, headers}`.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable
from importlib.resources import files
from typing import NamedTuple

from gatewright.management.sdk.method import Method

FOLDER = "apiGateway-js-sdk"
LIBRARY = ("utils.js", "sigV4Client.js", "apiGatewayClient.js")  # in the order in which a browser loads them

_PACKAGE = {"name": "api-gateway-js-sdk", "private": True, "type": "commonjs", "main": "apigClient.js"}
_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_MADE = (1980, 1, 1, 0, 0, 0)  # the same configuration gives the same bytes


class Target(NamedTuple):
    """The stage that a client calls."""

    api_name: str
    stage: str
    region: str
    invoke_url: str


def generate(target: Target, methods: Iterable[Method]) -> bytes:
    """The bytes of the zip."""
    methods = list(methods)
    client = files(__package__).joinpath("client")
    page = client.joinpath("README.md").read_text("utf-8")
    made = {
        "apigClient.js": _client(target, methods),
        "package.json": json.dumps(_PACKAGE) + "\n",
        "README.md": page.format(
            api=_plain(target.api_name),
            stage=target.stage,
            invoke_url=target.invoke_url,
            methods="\n".join(_row(method) for method in methods),
        ),
    }
    for name in LIBRARY:
        path = f"lib/apiGatewayCore/{name}"
        made[path] = client.joinpath(path).read_text("utf-8")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in made.items():
            archive.writestr(zipfile.ZipInfo(f"{FOLDER}/{path}", _MADE), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _client(target: Target, methods: list[Method]) -> str:
    template = files(__package__).joinpath("client/apigClient.js").read_text("utf-8")
    head, _, tail = template.partition("    // METHODS\n")
    for name, value in (("INVOKE_URL", target.invoke_url), ("REGION", target.region)):
        head = head.replace(f'"{name}"', json.dumps(value))
    return head + "".join(_function(method) for method in methods) + tail


def _function(method: Method) -> str:
    name = f".{method.name}" if _IDENTIFIER.fullmatch(method.name) else f"[{json.dumps(method.name)}]"
    spec = {
        "verb": method.verb,
        "path": method.path,
        "pathParams": method.parameters["path"],
        "queryParams": method.parameters["querystring"],
        "headers": method.parameters["header"],
        "required": method.required,
    }
    return (
        f"    apigClient{name} = function (params, body, additionalParams) {{\n"
        f"        return client.makeRequest({json.dumps(spec)}, params, body, additionalParams);\n"
        "    };\n\n"
    )


def _row(method: Method) -> str:
    parameters = ", ".join(
        f"`{name}`" + ("" if name in method.required else " (optional)")
        for names in method.parameters.values()
        for name in names
    )
    return f"| `{method.name}` | `{method.verb} {method.path}` | {parameters} |"


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w .,:-]", " ", text).split())
