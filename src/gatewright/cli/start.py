"""`gatewright start`: run one node until it is told to stop."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from gatewright.cli.printable import printable
from gatewright.settings import DEFAULT_DATA_DIR, DEFAULT_PORT, SettingError, settings_from

LONGEST_MESSAGE = 1000  # characters


class OneLine(logging.Formatter):
    """A message may quote what a function or a backend said: it stays on its line, and is not as long as that."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = printable(record.message[:LONGEST_MESSAGE])
        return super().formatMessage(record)


def start(
    port: Annotated[
        int,
        typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535, envvar="GATEWRIGHT_PORT"),
    ] = DEFAULT_PORT,
    data_dir: Annotated[
        Path, typer.Option(help="Where APIs, functions and logs are kept.", envvar="GATEWRIGHT_DATA_DIR")
    ] = DEFAULT_DATA_DIR,
) -> None:
    """Start one node.

    Management API, deployed APIs and Lambda functions are on one port. It is ready when GET /_gatewright/health answers
    200. Ctrl-C or SIGTERM stops it: requests in flight are finished, for at most 30 s. Once more ends it at once.

    All else is set by GATEWRIGHT_* variables, which docs/settings.md lists; an unknown or wrong one is an error. Why a
    request was answered 5xx, and what is lost or refused, is written here.
    """
    output = logging.StreamHandler()
    output.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[output])
    try:
        settings = settings_from(port, data_dir)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from error
    # Imported here so that --help and wrong options answer at once.
    from gatewright.app import StartError, run  # noqa: PLC0415

    try:
        run(
            settings,
            lambda port: typer.echo(f"Gatewright is ready on http://127.0.0.1:{port} (data in {settings.data_dir})"),
        )
    except StartError as error:
        typer.echo(f"gatewright: {error}", err=True)
        raise typer.Exit(1) from error
