"""`gatewright import`: an OpenAPI definition to an API of the running node, deployed at once if a stage is named."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from gatewright.cli.http_api import OF_HTTP_APIS, deploy_http_api, import_http_api, is_http_api
from gatewright.cli.management_client import (
    DEFAULT_ENDPOINT,
    AccessKey,
    Endpoint,
    Region,
    management_client,
    told_in_words,
)


class Mode(StrEnum):
    """What becomes of an API that is there."""

    MERGE = "merge"
    OVERWRITE = "overwrite"


class BasePath(StrEnum):
    """What becomes of the definition's base path."""

    IGNORE = "ignore"
    PREPEND = "prepend"
    SPLIT = "split"


def import_(  # noqa: PLR0913, PLR0917 - the parameters of a command are its options
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE", show_default=False, help="OpenAPI 2.0 or 3.0, JSON or YAML; - for the input."),
    ],
    stage: Annotated[str, typer.Option(metavar="NAME", help="Deploy to this stage and print its address.")] = "",
    api: Annotated[
        str, typer.Option("--api", metavar="API_ID", help="Change this API instead of making a new one.")
    ] = "",
    http: Annotated[
        bool, typer.Option("--http", help="Make an HTTP API instead of a REST API; --api knows which one is.")
    ] = False,
    mode: Annotated[
        Mode | None,
        typer.Option(
            help="With --api of a REST API: merge the definition into it (default), or let it overwrite the API."
        ),
    ] = None,
    base_path: Annotated[
        BasePath,
        typer.Option("--basepath", help="Ignore the base path, prepend it to every path, or split off its first part."),
    ] = BasePath.IGNORE,
    fail_on_warnings: Annotated[
        bool, typer.Option("--fail-on-warnings", help="Import nothing when there is something to warn of.")
    ] = False,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    region: Region = "us-east-1",
    access_key: AccessKey = "test",
) -> None:
    """Import an OpenAPI definition into the running node.

    All of it or, when anything in it is refused, nothing. Prints the id of the API, and with --stage the address under
    which it answers. Warnings go to the error output.

    Exits with 0 when it is imported, with 1 when the node refuses, with 2 when no node answers.
    """
    if mode is not None and not api:
        raise typer.BadParameter("it is for an API that is there, named by --api", param_hint="--mode")
    body = file.read()
    if not (http or api) and OF_HTTP_APIS.search(body):
        typer.echo("note: it reads like the definition of an HTTP API; --http makes one of it", err=True)
    with told_in_words(endpoint):
        client = management_client(endpoint, region, access_key, "apigatewayv2")
        http = http or (bool(api) and is_http_api(client, api))
        if http:
            if mode is Mode.MERGE:
                raise typer.BadParameter("a definition replaces all of an HTTP API", param_hint="--mode")
            made = import_http_api(client, api, body, base_path.value, fail_on_warnings)
        else:
            client = management_client(endpoint, region, access_key)
            made = _import_rest_api(client, api, body, mode, (base_path, fail_on_warnings))
        for warning in made.get("warnings", made.get("Warnings", ())):
            typer.echo(f"warning: {warning}", err=True)
        typer.echo(id := made["ApiId"] if http else made["id"])
    if stage:
        with told_in_words(endpoint, "imported, but not deployed: "):
            path = (deploy_http_api if http else _deploy_rest_api)(client, id, stage)
            typer.echo(f"{endpoint.rstrip('/')}/_aws/execute-api/{id}/{path}")


def _import_rest_api(client: Any, api: str, body: bytes, mode: Mode | None, how: tuple[BasePath, bool]) -> Any:
    base_path, fail_on_warnings = how
    given = {"body": body, "failOnWarnings": fail_on_warnings, "parameters": {"basepath": base_path.value}}
    if api:
        return client.put_rest_api(restApiId=api, mode=(mode or Mode.MERGE).value, **given)
    return client.import_rest_api(**given)


def _deploy_rest_api(client: Any, api: str, stage: str) -> str:
    client.create_deployment(restApiId=api, stageName=stage)
    return f"{stage}/"
