"""A real gateway process for the benchmark, configured with boto3 as a user would."""

import io
import os
import subprocess
import sys
import time
import zipfile
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from peers import free_port

REGION = "us-east-1"
ACCOUNT = "000000000000"
STAGE = "prod"
LOG_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:bench"
PATIENCE = 30.0
# The account's limit is checked, but AWS's own 10,000 a second would be all that is measured.
UNLIMITED = {"GATEWRIGHT_ACCOUNT_RATE_LIMIT": "10000000", "GATEWRIGHT_ACCOUNT_BURST_LIMIT": "10000000"}
AMPLE = {"rateLimit": 1e6, "burstLimit": 1_000_000}  # what the Lua peer checks, too
# What the peers log, in $context's words.
LOG_FORMAT = (
    '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime",'
    '"httpMethod":"$context.httpMethod","path":"$context.path","status":"$context.status",'
    '"responseLength":"$context.responseLength","responseLatency":"$context.responseLatency",'
    '"integrationLatency":"$context.integrationLatency"}'
)
MESSAGE_LOG_FORMAT = (
    '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime",'
    '"routeKey":"$context.routeKey","eventType":"$context.eventType","status":"$context.status",'
    '"connectionId":"$context.connectionId"}'
)
HANDLER = """
def handler(event, context):
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": '{"message":"hello"}'}
"""


class GatewayError(Exception):
    """The gateway does not run; the text says why."""


class Gateway:
    """One node over `folder`/data; a context manager that starts and stops it."""

    def __init__(self, folder: Path, *, core: int | None = None, **environment: str) -> None:
        self.data = folder / "data"
        self.port = free_port()
        self._log = folder / "gateway.log"
        self._pinned = [] if core is None else ["taskset", "-c", str(core)]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Start; the seconds until it was ready. Raises GatewayError."""
        command = [sys.executable, "-m", "gatewright.cli.main", "start", "--port", str(self.port)]
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._pinned, *command, "--data-dir", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | UNLIMITED | self._environment,
            )
        while not self._is_ready():
            if self._process.poll() is not None or time.perf_counter() - began > PATIENCE:
                self.stop()
                raise GatewayError(f"the gateway did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.002)
        return time.perf_counter() - began

    def stop(self) -> None:
        """End it and wait."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def __enter__(self) -> "Gateway":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def client(self, service: str) -> Any:
        """A boto3 client for this node."""
        config = Config(proxies={}, retries={"mode": "standard"})
        return self._session.client(service, endpoint_url=f"http://127.0.0.1:{self.port}", config=config)

    def host(self, api: str) -> str:
        """The name an API is called by."""
        return f"{api}.execute-api.{REGION}.localhost"

    def url(self, path: str) -> str:
        """A path of stage prod, to be called with `host`."""
        return f"http://127.0.0.1:{self.port}/{STAGE}{path}"

    def get(self, api: str, path: str) -> tuple[int, bytes]:
        """Status and body of one GET."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", f"/{STAGE}{path}", headers={"Host": self.host(api)})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def access_log(self, api: str) -> Path:
        """Where the stage's access log is written."""
        return self.data / "logs" / "access" / api / f"{STAGE}.log"

    def _is_ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/_gatewright/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def deploy(gateway: Gateway, path: str, **integration: Any) -> str:
    """An API with GET on `path`, deployed to stage prod with an access log; its id. Templates make it a mock's."""
    rest = gateway.client("apigateway")
    created = rest.create_rest_api(name=f"bench {path}")
    of_api = {"restApiId": created["id"]}
    resource = created["rootResourceId"]
    for part in path.strip("/").split("/"):
        resource = rest.create_resource(**of_api, parentId=resource, pathPart=part)["id"]
    method = {**of_api, "resourceId": resource, "httpMethod": "GET"}
    rest.put_method(**method, authorizationType="NONE")
    rest.put_integration(**method, **integration)
    if integration["type"] == "MOCK":
        rest.put_method_response(**method, statusCode="200")
        rest.put_integration_response(**method, statusCode="200")
    rest.create_deployment(**of_api, stageName=STAGE)
    keep_access_log(rest, created["id"])
    return str(created["id"])


def require_key(gateway: Gateway, api: str, value: str) -> None:
    """Let only the key of that value call the API, limited by a usage plan and for each method."""
    rest = gateway.client("apigateway")
    of_api = {"restApiId": api}
    for resource in rest.get_resources(**of_api, embed=["methods"], limit=500)["items"]:
        for verb in resource.get("resourceMethods") or {}:
            method = {**of_api, "resourceId": resource["id"], "httpMethod": verb}
            rest.update_method(**method, patchOperations=[replace("/apiKeyRequired", "true")])
    rest.create_deployment(**of_api, stageName=STAGE)
    rest.update_stage(**of_api, stageName=STAGE, patchOperations=ample_limits())
    plan = rest.create_usage_plan(name="bench", apiStages=[{"apiId": api, "stage": STAGE}], throttle=AMPLE)
    key = rest.create_api_key(name="bench", value=value, enabled=True)
    rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")


def keep_responses(gateway: Gateway, api: str) -> None:
    """Answer GETs of the API from its stage's cache."""
    settings = [replace("/cacheClusterEnabled", "true"), replace("/*/*/caching/enabled", "true"), *ample_limits()]
    gateway.client("apigateway").update_stage(restApiId=api, stageName=STAGE, patchOperations=settings)


def ample_limits() -> list[dict[str, str]]:
    """The stage's throttles, which a setting for all methods brings along at AWS's 10,000 a second."""
    return [replace(f"/*/*/throttling/{name}", f"{limit:.0f}") for name, limit in AMPLE.items()]


def keep_access_log(rest: Any, api: str) -> None:
    """Access logging of the stage; an account must name a role first, as on AWS."""
    name_log_role(rest)
    settings = [
        replace("/accessLogSettings/destinationArn", LOG_GROUP),
        replace("/accessLogSettings/format", LOG_FORMAT),
    ]
    rest.update_stage(restApiId=api, stageName=STAGE, patchOperations=settings)


def name_log_role(rest: Any) -> None:
    """The role by which the account's logs are written."""
    rest.update_account(patchOperations=[replace("/cloudwatchRoleArn", f"arn:aws:iam::{ACCOUNT}:role/bench")])


def replace(path: str, value: str) -> dict[str, str]:
    """One patch operation."""
    return {"op": "replace", "path": path, "value": value}


def deploy_http_proxy(gateway: Gateway, path: str, backend: str) -> str:
    """An API whose GET goes to the URL `backend`."""
    return deploy(gateway, path, type="HTTP_PROXY", integrationHttpMethod="GET", uri=backend)


def deploy_mock(gateway: Gateway, path: str) -> str:
    """An API that answers 200 itself."""
    return deploy(gateway, path, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})


def deploy_function(gateway: Gateway, path: str) -> str:
    """An API with a Python function behind a Lambda proxy integration."""
    arn = make_function(gateway)
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    api = deploy(gateway, path, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    permit(gateway, api)
    return api


def make_function(gateway: Gateway) -> str:
    """The function `bench`; its ARN."""
    functions = gateway.client("lambda")
    created = functions.create_function(
        FunctionName="bench",
        Runtime=f"python3.{sys.version_info.minor}",
        Role=f"arn:aws:iam::{ACCOUNT}:role/bench",
        Handler="index.handler",
        Code={"ZipFile": package(HANDLER)},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName="bench")
    return str(created["FunctionArn"])


def permit(gateway: Gateway, api: str) -> None:
    """Let an API call the function `bench`."""
    gateway.client("lambda").add_permission(
        FunctionName="bench",
        StatementId=api,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/*/*",
    )


def deploy_http_api(gateway: Gateway, path: str, **integration: Any) -> str:
    """An HTTP API with GET on `path`, deployed to stage prod with an access log; its id."""
    apis = gateway.client("apigatewayv2")
    api = str(apis.create_api(Name=f"bench {path}", ProtocolType="HTTP")["ApiId"])
    made = apis.create_integration(ApiId=api, **integration)
    apis.create_route(ApiId=api, RouteKey=f"GET {path}", Target=f"integrations/{made['IntegrationId']}")
    deploy_stage(gateway, api)
    return api


def deploy_websocket_mock(gateway: Gateway) -> str:
    """A WebSocket API whose route `echo` answers each message itself; its id."""
    apis = gateway.client("apigatewayv2")
    created = apis.create_api(Name="bench", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    api = str(created["ApiId"])
    templates = {"RequestTemplates": {"200": '{"statusCode": 200}'}, "TemplateSelectionExpression": "200"}
    made = apis.create_integration(ApiId=api, IntegrationType="MOCK", **templates)["IntegrationId"]
    apis.create_integration_response(
        ApiId=api,
        IntegrationId=made,
        IntegrationResponseKey="$default",
        ResponseTemplates={"200": '{"action":"echo","text":"%s"}' % ("x" * 36)},
        TemplateSelectionExpression="200",
    )
    route = apis.create_route(
        ApiId=api, RouteKey="echo", Target=f"integrations/{made}", RouteResponseSelectionExpression="$default"
    )
    apis.create_route_response(ApiId=api, RouteId=route["RouteId"], RouteResponseKey="$default")
    deploy_stage(gateway, api)
    return api


def deploy_stage(gateway: Gateway, api: str) -> None:
    """Stage prod of an HTTP or WebSocket API, with an access log."""
    apis = gateway.client("apigatewayv2")
    name_log_role(gateway.client("apigateway"))
    deployment = apis.create_deployment(ApiId=api)["DeploymentId"]
    is_http = apis.get_api(ApiId=api)["ProtocolType"] == "HTTP"
    apis.create_stage(
        ApiId=api,
        StageName=STAGE,
        DeploymentId=deployment,
        AccessLogSettings={
            "DestinationArn": LOG_GROUP,
            "Format": LOG_FORMAT if is_http else MESSAGE_LOG_FORMAT,
        },
    )


def package(source: str) -> bytes:
    """A function's zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()
