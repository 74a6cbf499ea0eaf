"""OpenAPI at a running node: a large definition in time, `gatewright import` and `gatewright export`."""

import json
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from gatewright.cli.main import cli
from tests.journeys.backend import Backend, serving
from tests.node import GATEWRIGHT, Node

FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function"
)
SMALL = """
openapi: 3.0.1
info: {title: greetings, version: '1'}
paths:
  /hello/{name}:
    get:
      responses: {'200': {description: hello}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: 200, responseTemplates: {application/json: '{"hello": "you"}'}}}
"""

PASSED_ON = """
openapi: 3.0.1
info: {title: passed on, version: '1'}
paths:
  /hello:
    get:
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: GET, uri: 'BACKEND/', payloadFormatVersion: '1.0'}
"""


class Hello(Backend):
    """Says the same to everybody."""

    def do_GET(self) -> None:
        self.answer(b"from the backend")


def gatewright(node: Node, *arguments: str, given: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, arguments, input=given, env={"AWS_ENDPOINT_URL": node.url})
    return done.exit_code, done.stdout, done.stderr


def operation(number: int, verb: str) -> dict[str, Any]:
    model = {"application/json": {"schema": {"$ref": f"#/components/schemas/Thing{number}"}}}
    return {
        "operationId": f"{verb}Thing{number}",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            {"name": "page", "in": "query", "schema": {"type": "integer"}},
        ],
        **({"requestBody": {"content": model}} if verb == "post" else {}),
        "responses": {
            "200": {"description": "ok", "headers": {"X-Total": {"schema": {"type": "integer"}}}, "content": model},
            "400": {"description": "bad"},
        },
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy" if verb == "post" else "http",
            "httpMethod": "POST",
            "uri": f"{FUNCTION}:f{number}/invocations" if verb == "post" else "http://backend.example.com/things",
            "requestParameters": {"integration.request.querystring.page": "method.request.querystring.page"},
            "responses": {
                "default": {"statusCode": "200", "responseParameters": {"method.response.header.X-Total": "'1'"}},
                r"4\d\d": {"statusCode": "400", "responseTemplates": {"application/json": '{"bad": true}'}},
            },
        },
    }


def large(paths: int) -> dict[str, Any]:
    def thing(number: int) -> dict[str, Any]:
        following = {"$ref": f"#/components/schemas/Thing{(number + 1) % paths}"}
        return {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "next": following}}

    return {
        "openapi": "3.0.1",
        "info": {"title": "large", "version": "1"},
        "paths": {f"/things{n}/{{id}}": {v: operation(n, v) for v in ("get", "post")} for n in range(paths)},
        "components": {"schemas": {f"Thing{number}": thing(number) for number in range(paths)}},
    }


def slowest_answer(node: Node, ended: threading.Event) -> float:
    """The longest that anybody else waited for the node, in seconds."""
    slowest = 0.0
    while not ended.wait(0.002):
        began = time.monotonic()
        assert node.is_ready()
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def test_five_hundred_paths_are_imported_in_two_seconds_while_others_are_served(node: Node) -> None:
    client, body, ended = node.client("apigateway"), json.dumps(large(500)).encode(), threading.Event()
    with ThreadPoolExecutor(1) as others:
        waiting = others.submit(slowest_answer, node, ended)
        began = time.monotonic()
        try:
            api = client.import_rest_api(body=body)["id"]
        finally:
            took = time.monotonic() - began
            ended.set()
    assert waiting.result() < took / 2
    assert (
        client.get_resource(restApiId=api, resourceId=client.get_rest_api(restApiId=api)["rootResourceId"])["path"]
        == "/"
    )
    client.create_deployment(restApiId=api, stageName="prod")
    told = client.get_export(restApiId=api, stageName="prod", exportType="oas30")["body"].read()
    assert len(json.loads(told)["paths"]) == 500
    assert took < 2


def test_import_deploy_call_export(node: Node, tmp_path: Path) -> None:
    file = tmp_path / "greetings.yaml"
    file.write_text(SMALL)
    status, printed, said = gatewright(node, "import", str(file), "--stage", "prod")
    api, url = printed.splitlines()
    assert (status, url, said) == (0, f"{node.url}/_aws/execute-api/{api}/prod/", "")
    assert node.request("GET", f"/_aws/execute-api/{api}/prod/hello/me")[::2] == (200, b'{"hello": "you"}')

    status, printed, said = gatewright(node, "export", api, "prod")
    told = json.loads(printed)
    assert (status, said, told["openapi"], list(told["paths"])) == (0, "", "3.0.1", ["/hello/{name}"])
    out = tmp_path / "out.yaml"
    swagger = ("--type", "swagger", "--format", "yaml", "--extensions", "apigateway", "--output", str(out))
    assert gatewright(node, "export", api, "prod", *swagger) == (0, "", "")
    assert yaml.safe_load(out.read_text())["swagger"] == "2.0"

    changed = SMALL.replace("hello/{name}", "bye").replace("\ninfo:", "\nservers: [{url: /}, {url: /}]\ninfo:")
    status, printed, said = gatewright(node, "import", "-", "--api", api, "--mode", "overwrite", given=changed)
    assert (status, printed) == (0, f"{api}\n")
    assert said.startswith("warning: More than one server provided.")
    paths = {resource["path"] for resource in node.client("apigateway").get_resources(restApiId=api)["items"]}
    assert paths == {"/", "/bye"}


def test_an_http_api_is_imported_deployed_called_and_exported(node: Node) -> None:
    with serving(Hello) as port:
        definition = PASSED_ON.replace("BACKEND", f"http://127.0.0.1:{port}")
        status, printed, said = gatewright(node, "import", "-", "--http", "--stage", "$default", given=definition)
        api, url = printed.splitlines()
        assert (status, url, said) == (0, f"{node.url}/_aws/execute-api/{api}/", "")
        assert node.request("GET", f"/_aws/execute-api/{api}/hello")[::2] == (200, b"from the backend")

        everything = ("--extensions", "apigateway", "--format", "yaml")
        status, printed, _ = gatewright(node, "export", api, "$default", *everything)
        exported = yaml.safe_load(printed)
        assert (status, list(exported["paths"])) == (0, ["/hello"])
        assert (
            exported["paths"]["/hello"]["get"]["x-amazon-apigateway-integration"]["uri"] == f"http://127.0.0.1:{port}/"
        )

        changed = printed.replace("/hello", "/bye")
        imported = gatewright(node, "import", "-", "--api", api, "--stage", "new", given=changed)
        assert imported == (0, f"{api}\n{node.url}/_aws/execute-api/{api}/new/\n", "")
        assert node.request("GET", f"/_aws/execute-api/{api}/new/bye")[0] == 200
        assert node.request("GET", f"/_aws/execute-api/{api}/hello")[0] == 200  # of the stage that was not named
        assert gatewright(node, "import", "-", "--api", api, "--stage", "$default", given=changed)[0] == 0
        assert node.request("GET", f"/_aws/execute-api/{api}/hello")[0] == 404

    for words, status, said in (
        (("import", "-", "--http", "--fail-on-warnings"), 1, "Warnings found during import"),
        (("import", "-", "--api", api, "--mode", "merge"), 2, "a definition replaces all of an HTTP API"),
        (("export", api, "$default", "--type", "swagger"), 1, "Invalid specification specified: SWAGGER."),
        (("export", api, "$default", "--extensions", "postman"), 2, "of an HTTP API it is apigateway, or nothing"),
    ):
        told = gatewright(node, *words, given=SMALL)
        assert (told[:2], said in told[2]) == ((status, ""), True), told
    note = "note: it reads like the definition of an HTTP API; --http makes one of it\n"
    assert gatewright(node, "import", "-", given=PASSED_ON)[2].startswith(note)
    _, rest, _ = gatewright(node, "import", "-", given=SMALL)
    told = gatewright(node, "import", "-", "--http", "--api", rest.strip(), given=PASSED_ON)
    assert told == (1, "", f"gatewright: Invalid API identifier specified 000000000000:{rest}")


def test_what_goes_wrong_is_told_in_words(node: Node, tmp_path: Path) -> None:
    assert gatewright(node, "export", "nosuch", "prod") == (
        1,
        "",
        "gatewright: Invalid API identifier specified 000000000000:nosuch\n",
    )
    assert gatewright(node, "import", "-", given="what is this") == (
        1,
        "",
        "gatewright: Unable to build importer with provided input.\n",
    )
    status, _, said = gatewright(node, "import", "-", "--endpoint", "http://127.0.0.1:9", given=SMALL)
    nobody = "gatewright: no node answers on http://127.0.0.1:9 (Connection refused); --endpoint names another\n"
    assert (status, said) == (2, nobody)
    for nowhere in ("nowhere", "http://127.0.0.1:x", "http://[", "127.0.0.1:4566"):
        expected = (2, "", f"gatewright: {nowhere} is not the address of a node, such as http://127.0.0.1:4566\n")
        assert gatewright(node, "import", "-", "--endpoint", nowhere, given=SMALL) == expected
        assert gatewright(node, "doctor", "--endpoint", nowhere) == expected
    status, printed, said = gatewright(node, "import", "-", "--stage", "a stage", given=SMALL)
    assert (status, said) == (1, "gatewright: imported, but not deployed: Stage name only allows a-zA-Z0-9_-\n")
    assert node.client("apigateway").get_rest_api(restApiId=printed.strip())["name"] == "greetings"
    status, _, said = gatewright(node, "import", str(tmp_path / "none.yaml"))
    assert (status, "No such file" in said) == (2, True)
    status, _, said = gatewright(node, "import", "-", "--mode", "overwrite", given=SMALL)
    assert (status, "it is for an API that is there, named by --api" in said) == (2, True)
    _, printed, _ = gatewright(node, "import", "-", "--stage", "prod", given=SMALL)
    export = ("export", printed.split()[0], "prod")
    assert gatewright(node, *export, "--output", "/none/x") == (
        1,
        "",
        "gatewright: /none/x: No such file or directory\n",
    )
    with Path("/dev/full").open("wb") as full:
        command = [*GATEWRIGHT, *export, "--endpoint", node.url]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"gatewright: the output: No space left on device\n")


def test_help(node: Node) -> None:
    for command, words in (
        (
            "export",
            ("API_ID", "STAGE", "--type", "--format", "--extensions", "--output", "--endpoint", "oas30|swagger"),
        ),
        ("import", ("FILE", "--stage", "--api", "--mode", "--basepath", "--fail-on-warnings", "--endpoint")),
    ):
        status, printed, _ = gatewright(node, command, "--help")
        assert (status, [word for word in words if word not in printed]) == (0, [])
