"""What `gatewright import` and `gatewright export` do with HTTP APIs, whose operations are `apigatewayv2`'s."""

import re
from typing import Any

import typer

DEFAULT_STAGE = "$default"
OF_HTTP_APIS = re.compile(rb"""["'\s](?:payloadFormatVersion|x-amazon-apigateway-cors|/\$default)["']?\s*:""")


def is_http_api(client: Any, api_id: str) -> bool:
    """Whether `apigatewayv2` knows an API of that id, which then is no REST API; it refuses itself what is for HTTP
    APIs and not for WebSocket APIs."""
    try:
        client.get_api(ApiId=api_id)
    except client.exceptions.NotFoundException:
        return False
    return True


def import_http_api(client: Any, api_id: str, body: bytes, base_path: str, fail_on_warnings: bool) -> dict[str, Any]:
    """Make an HTTP API of a definition, or replace all that is in the API of that id; what the node tells of it.

    Raises typer.BadParameter for a definition that is no text."""
    try:
        given = {"Body": body.decode(), "Basepath": base_path, "FailOnWarnings": fail_on_warnings}
    except UnicodeDecodeError as error:
        raise typer.BadParameter("it is not in UTF-8", param_hint="FILE") from error
    made: dict[str, Any] = client.reimport_api(ApiId=api_id, **given) if api_id else client.import_api(**given)
    return made


def deploy_http_api(client: Any, api_id: str, stage: str) -> str:
    """Have a stage, made if it is not there, serve the API as it is now; its path below the API's address."""
    try:
        deploys_itself = client.get_stage(ApiId=api_id, StageName=stage).get("AutoDeploy", False)
    except client.exceptions.NotFoundException:
        client.create_stage(ApiId=api_id, StageName=stage)
        deploys_itself = False
    if not deploys_itself:
        client.create_deployment(ApiId=api_id, StageName=stage)
    return "" if stage == DEFAULT_STAGE else f"{stage}/"


def export_http_api(client: Any, asked: tuple[str, str], language: str, format: str, extensions: str) -> bytes:
    """The definition of what a stage serves; `asked` is the API's id and the stage's name.

    Raises typer.BadParameter for extensions other than none and all: ExportApi tells them together."""
    if extensions not in ("", "apigateway"):
        raise typer.BadParameter("of an HTTP API it is apigateway, or nothing", param_hint="--extensions")
    api_id, stage = asked
    answer = client.export_api(
        ApiId=api_id,
        StageName=stage,
        Specification=language.upper(),
        OutputType=format.upper(),
        IncludeExtensions=bool(extensions),
    )
    body: bytes = answer["body"].read()
    return body
