"""The generated JavaScript client calls a real node: as a module of Node's and as the scripts of a page."""

import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.journeys.backend import Backend, serving
from tests.journeys.packages import ECHO
from tests.journeys.test_boto3 import allow, create_function, lambda_uri
from tests.node import Node

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="needs Node")

AS_A_MODULE = 'const factory = require("./apigClient.js");'
# What a page's script tags do: each file in one global scope without modules.
AS_SCRIPTS = """
const fs = require("node:fs"), vm = require("node:vm");
const page = vm.createContext({ fetch, crypto, URL, TextEncoder, ArrayBuffer, Uint8Array });
for (const file of ["utils", "sigV4Client", "apiGatewayClient"].map((name) => `lib/apiGatewayCore/${name}.js`))
    vm.runInContext(fs.readFileSync(file, "utf8"), page);
vm.runInContext(fs.readFileSync("apigClient.js", "utf8"), page);
const factory = page.apigClientFactory;
"""
CALL = """
const told = (promise) => promise.then(
    ({ status, data, headers }) => ({ status, data, type: headers["content-type"] }),
    (error) => ({ error: error.message, status: error.status, data: error.data, response: error.response }));
async function main() {
    const plain = factory.newClient({ apiKey: "k1" });
    const keys = { accessKey: "AKID", secretKey: "secret", sessionToken: "token" };
    const signed = factory.newClient({ ...keys, region: "eu-west-1" });
    console.log(JSON.stringify([
        await told(plain.usersIdPost({ id: "a b/c", q: "x y&z", many: ["2", "1"], "X-Kind": "cat", other: 1 },
            { name: "\\u00fc" }, { headers: { "X-More": "yes" }, queryParams: { extra: "*" } })),
        await told(plain.usersIdPost({ id: "1" }, "plain", { headers: { "Content-Type": "text/plain" } })),
        await told(signed.usersIdGet({ id: "(1)" }, { ignored: true })),
        await told(signed.proxyPut({ proxy: "deep/er path" }, {})),
        await told(plain.usersIdGet({})),
        await told(plain.proxyPut({ proxy: "../x" })),
        await told(plain.proxyDelete({ proxy: "missing" })),
    ]));
}
main();
"""


@pytest.fixture(scope="module")
def sdk(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked client of an API whose methods tell what they were sent."""
    gateway = node.client("apigateway")
    function = create_function(node, "echo", ECHO)
    api = gateway.create_rest_api(name="zoo */ `x`")
    allow(node, "echo", api["id"])
    users = gateway.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart="users")["id"]
    user = gateway.create_resource(restApiId=api["id"], parentId=users, pathPart="{id}")["id"]
    rest = gateway.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart="{proxy+}")["id"]
    declared = {f"method.request.{place}": False for place in ("querystring.q", "querystring.many", "header.X-Kind")}
    for resource, verb, parameters in (
        (user, "GET", {"method.request.path.id": True}),
        (user, "POST", declared),
        (rest, "PUT", {}),
        (rest, "DELETE", {}),
    ):
        where = {"restApiId": api["id"], "resourceId": resource, "httpMethod": verb}
        gateway.put_method(**where, authorizationType="NONE", requestParameters=parameters)
        if verb == "DELETE":
            gateway.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 404}'})
            gateway.put_method_response(**where, statusCode="404")
            gateway.put_integration_response(**where, statusCode="404")
        else:
            uri = lambda_uri(function)
            gateway.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api["id"], stageName="prod")
    answer = gateway.get_sdk(restApiId=api["id"], stageName="prod", sdkType="javascript")
    folder = tmp_path_factory.mktemp("sdk")
    with zipfile.ZipFile(io.BytesIO(answer["body"].read())) as archive:
        archive.extractall(folder)
    return folder / "apiGateway-js-sdk"


def run(folder: Path, program: str) -> Any:
    assert NODE is not None
    ended = subprocess.run([NODE, "-e", program], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("loaded", [AS_A_MODULE, AS_SCRIPTS], ids=["module", "scripts"])
def test_every_kind_of_call(sdk: Path, loaded: str) -> None:
    posted, text, signed, deep, lacking, climbing, missing = run(sdk, loaded + CALL)

    assert (posted["status"], posted["type"]) == (200, "application/json")
    event = posted["data"]
    assert (event["httpMethod"], event["pathParameters"]) == ("POST", {"id": "a%20b%2Fc"})
    assert event["body"] == '{"name":"ü"}'
    assert event["multiValueQueryStringParameters"] == {"q": ["x y&z"], "many": ["1", "2"], "extra": ["*"]}
    sent = {name.lower(): value for name, value in event["headers"].items()}
    assert {name: sent[name] for name in ("x-kind", "x-more", "x-api-key", "accept", "content-type")} == {
        "x-kind": "cat",
        "x-more": "yes",
        "x-api-key": "k1",
        "accept": "application/json",
        "content-type": "application/json",
    }
    assert "authorization" not in sent and "other" not in json.dumps(event["queryStringParameters"])

    assert text["data"]["body"] == "plain"
    assert text["data"]["headers"]["content-type"] == "text/plain"
    assert (signed["status"], signed["data"]["pathParameters"], signed["data"]["body"]) == (
        200,
        {"id": "%281%29"},
        None,
    )
    assert (deep["status"], deep["data"]["pathParameters"], deep["data"]["body"]) == (
        200,
        {"proxy": "deep/er%20path"},
        None,
    )
    assert lacking == {"error": "Missing required parameters: id"}
    assert climbing == {"error": "Parameter proxy would lead to another path"}
    response = missing.pop("response")
    assert missing == {"error": "Request failed with status code 404", "status": 404, "data": ""}
    assert (response["status"], response["statusText"], response["data"]) == (404, "Not Found", "")
    assert response["headers"]["content-type"] == "application/json"


class Witness(Backend):
    """A backend that shows the request as it came, with its signature, which no function is shown."""

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(json.dumps({"path": self.path, "headers": dict(self.headers), "body": body}).encode())


@pytest.fixture
def witness() -> Iterator[str]:
    """The witness's address."""
    with serving(Witness) as port:
        yield f"http://127.0.0.1:{port}"


def test_a_signature_is_the_one_that_aws_makes(sdk: Path, witness: str) -> None:
    config = {
        "accessKey": "AKID",
        "secretKey": "secret",
        "sessionToken": "token",
        "region": "eu-west-1",
        "invokeUrl": f"{witness}/prod/",
    }
    extra = {"queryParams": {"b": ["2 *", "1"], "a": "~/+"}}
    program = f"""{AS_A_MODULE}
        factory.newClient({json.dumps(config)}).proxyPut({{ proxy: "dé ep/(er)" }}, [1, "ü"], {json.dumps(extra)})
            .then((result) => console.log(JSON.stringify(result.data)));
    """
    seen = run(sdk, program)
    headers = {name.lower(): value for name, value in seen["headers"].items()}
    assert seen["path"] == "/prod/d%C3%A9%20ep/%28er%29?a=~%2F%2B&b=1&b=2%20%2A"
    assert seen["body"] == '[1,"ü"]'
    request = AWSRequest(
        method="PUT",
        url=witness + seen["path"].partition("?")[0],
        params=[("a", "~/+"), ("b", "1"), ("b", "2 *")],
        data=seen["body"].encode(),
        headers={"X-Amz-Date": headers["x-amz-date"], "X-Amz-Security-Token": "token"},
    )
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKID", "secret", "token"), "execute-api", "eu-west-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"] == (
        f"AWS4-HMAC-SHA256 Credential=AKID/{headers['x-amz-date'][:8]}/eu-west-1/execute-api/aws4_request, "
        f"SignedHeaders=host;x-amz-date;x-amz-security-token, Signature={signature}"
    )
    assert headers["x-amz-security-token"] == "token"
