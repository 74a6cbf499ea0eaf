"""`gatewright`: the commands and what they share."""

import typer

from gatewright import __version__
from gatewright.cli.doctor import doctor
from gatewright.cli.export import export
from gatewright.cli.import_ import import_
from gatewright.cli.render import render
from gatewright.cli.start import start

cli = typer.Typer(
    name="gatewright",
    help="Amazon API Gateway on your own machines, with the Lambda functions behind it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gatewright {__version__}")
        raise typer.Exit


@cli.callback()
def _options(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_print_version, is_eager=True),
) -> None:
    pass


cli.command()(start)
cli.command()(doctor)
cli.command()(export)
cli.command("import")(import_)
cli.command()(render)


def main() -> None:
    """Entry point of the `gatewright` script."""
    cli()


if __name__ == "__main__":
    main()
