"""`gatewright export`: a deployed stage as an OpenAPI definition, for client generators and for other gateways."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gatewright.cli.http_api import export_http_api, is_http_api
from gatewright.cli.management_client import (
    DEFAULT_ENDPOINT,
    AccessKey,
    Endpoint,
    Region,
    management_client,
    told_in_words,
)


class Language(StrEnum):
    """The versions of OpenAPI, as GetExport names them."""

    OAS30 = "oas30"
    SWAGGER = "swagger"


class Format(StrEnum):
    """How the definition is written."""

    JSON = "json"
    YAML = "yaml"


def export(  # noqa: PLR0913, PLR0917 - the parameters of a command are its options
    api: Annotated[str, typer.Argument(metavar="API_ID", help="Id of the REST or HTTP API.")],
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="Name of the stage.")],
    type: Annotated[Language, typer.Option(help="OpenAPI 3.0 (oas30) or OpenAPI 2.0 (swagger).")] = Language.OAS30,
    format: Annotated[Format, typer.Option(help="How to write it.")] = Format.JSON,
    extensions: Annotated[
        str,
        typer.Option(
            metavar="WORDS",
            help="What else to tell, with commas: integrations, authorizers, documentation, postman; "
            "apigateway for all that makes the same API when it is imported, the only word for HTTP APIs.",
        ),
    ] = "",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to this file instead of the terminal.")
    ] = None,
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    region: Region = "us-east-1",
    access_key: AccessKey = "test",
) -> None:
    """Write what a stage serves as an OpenAPI definition.

    The definition is of the deployment that the stage points at, with the documentation version that the stage
    publishes. Without --extensions it holds only what OpenAPI itself knows, which is what client generators want.

    Exits with 0 when it is written, with 1 when the node refuses, with 2 when no node answers.
    """
    with told_in_words(endpoint):
        client = management_client(endpoint, region, access_key, "apigatewayv2")
        if is_http_api(client, api):
            body = export_http_api(client, (api, stage), type.value, format.value, extensions)
        else:
            client = management_client(endpoint, region, access_key)
            answer = client.get_export(
                restApiId=api,
                stageName=stage,
                exportType=type.value,
                accepts=f"application/{format.value}",
                parameters={"extensions": extensions} if extensions else {},
            )
            body = answer["body"].read()
        if output is None:
            typer.echo(body.rstrip(b"\n"))  # as it is, whatever the terminal's encoding
        else:
            output.write_bytes(body)
