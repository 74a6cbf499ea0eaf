"""A REST API made by hand for journeys: methods with one integration each, deployed to stage `prod`."""

from typing import Any

from tests.node import Node

REGION = "us-east-1"
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/journey"
OK: dict[str, dict[str, Any]] = {"200": {}}


def service_uri(rest: str) -> str:
    """The URI of a service's path or action."""
    return f"arn:aws:apigateway:{REGION}:{rest}"


class Api:
    """Make it, add methods, deploy it, call it."""

    def __init__(self, node: Node, name: str, **members: Any) -> None:
        self.node = node
        self.gateway = node.client("apigateway")
        made = self.gateway.create_rest_api(name=name, **members)
        self.id: str = made["id"]
        self._resources: dict[str, str] = {"/": made["rootResourceId"]}

    def resource(self, path: str) -> str:
        """The id of the resource, made when it is not there."""
        if path not in self._resources:
            parent, _, part = path.rpartition("/")
            parent_id = self.resource(parent or "/")
            made = self.gateway.create_resource(restApiId=self.id, parentId=parent_id, pathPart=part)
            self._resources[path] = made["id"]
        return self._resources[path]

    def method(
        self,
        verb: str,
        path: str,
        integration: dict[str, Any],
        *,
        mapped: dict[str, str] | None = None,
        responses: dict[str, dict[str, Any]] = OK,
    ) -> None:
        """A method; `mapped` are request parameters such as {"header.X": "method.request.path.id"}; `responses` are
        integration responses by status code, whose headers are declared as they need."""
        where = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        sources = {source: False for source in (mapped or {}).values() if source.startswith("method.request.")}
        declared = {name: needed for name, needed in sources.items() if ".body" not in name}
        self.gateway.put_method(**where, authorizationType="NONE", requestParameters=declared)
        parameters = {f"integration.request.{name}": source for name, source in (mapped or {}).items()}
        self.gateway.put_integration(**where, **integration, requestParameters=parameters)
        if integration["type"].endswith("_PROXY"):
            return
        for code, response in responses.items():
            headers = dict.fromkeys(response.get("responseParameters", {}), False)
            self.gateway.put_method_response(**where, statusCode=code, responseParameters=headers)
            self.gateway.put_integration_response(**where, statusCode=code, **response)

    def service(self, verb: str, path: str, uri: str, template: str = "", **rest: Any) -> None:
        """A method that calls a service by POST, or as `integration` says."""
        integration = {
            "type": "AWS",
            "integrationHttpMethod": "POST",
            "uri": service_uri(uri),
            "credentials": ROLE,
            "requestTemplates": {"application/json": template} if template else {},
            **rest.pop("integration", {}),
        }
        self.method(verb, path, integration, **rest)

    def deploy(self) -> None:
        """Serve it as it is now."""
        self.gateway.create_deployment(restApiId=self.id, stageName="prod")

    def call(
        self, verb: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers without those that differ each time, body."""
        host = f"{self.id}.execute-api.{REGION}.localhost"
        status, lines, answer = self.node.request(verb, f"/prod{path}", host=host, headers=headers, body=body)
        own = {"date", "connection", "content-length", "x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id"}
        return status, {name: value for name, value in lines.items() if name not in own}, answer
