"""`gatewright doctor`: what becomes of what the running node has stored: enforced, closed or stored only."""

import json
from typing import Annotated, Any, NoReturn

import typer

from gatewright.cli.management_client import DEFAULT_ENDPOINT, NO_NODE, Endpoint, NodeError, address, no_node
from gatewright.cli.printable import printable

PAGE = "/_gatewright/doctor"
PATIENCE_SECONDS = 60.0
_COLUMNS = ("effect", "account", "region", "api", "stages", "of", "property", "value")
_LEGEND = """
closed: each request that depends on it is answered 500, none is let through; the node's log says why. To have it
served, take the property back and deploy again. STAGES are those that serve it as it is; "-" is not deployed.
enforced: it decides who may call, or how often.
stored only: kept and given back, without effect.
credentials, authorizerCredentials, both also with Arn: calls are made as that role; only its policies have no effect on
embedded services and functions.
What can be closed or stored only is in docs/parity.md."""


def doctor(
    endpoint: Endpoint = DEFAULT_ENDPOINT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List what the running node does not serve of what it has stored, and what it enforces.

    Exits with 0 when everything stored is served, with 1 when something is closed or stored only, with 2 when no node
    answers.
    """
    found = _ask(endpoint)
    if as_json:
        typer.echo(json.dumps({"findings": found}, indent=2))
    elif found:
        typer.echo(_table(found) + _LEGEND)
    else:
        typer.echo("Everything that is stored is served.")
    raise typer.Exit(1 if any(finding["effect"] != "enforced" for finding in found) else 0)


def _ask(endpoint: str) -> list[dict[str, Any]]:
    import http.client  # noqa: PLC0415 - it imports much, and no other command needs it

    try:
        url = address(endpoint)
    except NodeError as error:
        _end(str(error))
    kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", PAGE)
        response = connection.getresponse()
        found: list[dict[str, Any]] = json.loads(response.read())["findings"]
    except OSError as error:  # a node that is too slow has no strerror
        _end(no_node(endpoint, error.strerror or str(error)))
    except (http.client.HTTPException, ValueError, LookupError, TypeError):
        _end(no_node(endpoint, "something else answers there"))
    finally:
        connection.close()
    return found


def _end(message: str) -> NoReturn:
    typer.echo(f"gatewright: {message}", err=True)
    raise typer.Exit(NO_NODE)


def _table(found: list[dict[str, Any]]) -> str:
    rows = [tuple(name.upper() for name in _COLUMNS), *(_row(finding) for finding in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines) + "\n"


def _row(finding: dict[str, Any]) -> tuple[str, ...]:
    api = " ".join(filter(None, (finding["apiId"], finding["apiName"])))
    cells = {**finding, "api": api, "stages": ",".join(finding["stages"])}
    return tuple(printable(str(cells[name])) or "-" for name in _COLUMNS)
