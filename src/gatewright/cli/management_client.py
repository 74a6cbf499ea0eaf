"""What commands that talk to a running node share: its management API through boto3, and its errors in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

import typer

from gatewright.settings import DEFAULT_PORT

DEFAULT_ENDPOINT = f"http://127.0.0.1:{DEFAULT_PORT}"
REFUSED, NO_NODE = 1, 2  # how a command ends that the node refused, and one that found no node

Endpoint = Annotated[
    str, typer.Option("--endpoint", metavar="URL", help="Address of the running node.", envvar="AWS_ENDPOINT_URL")
]
Region = Annotated[
    str, typer.Option("--region", help="AWS region of the API.", envvar=["AWS_REGION", "AWS_DEFAULT_REGION"])
]
AccessKey = Annotated[
    str,
    typer.Option(
        "--access-key", help="Access key id; one of twelve digits is the account.", envvar="AWS_ACCESS_KEY_ID"
    ),
]


class NodeError(Exception):
    """The command cannot go on; `status` is the command's own."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def address(endpoint: str) -> SplitResult:
    """The parts of a node's URL. Raises NodeError for what is none."""
    try:
        url = urlsplit(endpoint)
        known = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # no port, or no host in brackets
        known = False
    if not known:
        raise NodeError(f"{endpoint} is not the address of a node, such as {DEFAULT_ENDPOINT}", NO_NODE)
    return url


def management_client(endpoint: str, region: str, access_key: str, service: str = "apigateway") -> Any:
    """A client of the node's `service`. Raises NodeError for what is no address or no region."""
    import boto3  # noqa: PLC0415 - it takes longer to import than --help may take to answer
    from botocore.config import Config  # noqa: PLC0415

    address(endpoint)
    try:
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key="any",
            config=Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=120, proxies={}),
        )
    except ValueError as error:
        raise NodeError(str(error), REFUSED) from error


@contextmanager
def told_in_words(endpoint: str, done: str = "") -> Iterator[None]:
    """End the command with one line for what the node refuses, and for a node that does not answer.

    `done` tells before it what was done already."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except ClientError as error:
        if "x-amzn-requestid" in error.response["ResponseMetadata"]["HTTPHeaders"]:
            message, status = error.response["Error"].get("Message") or str(error), REFUSED
        else:
            message, status = no_node(endpoint, "something else answers there"), NO_NODE
    except BotoCoreError as error:
        message, status = no_node(endpoint, _reason(error)), NO_NODE
    except NodeError as error:
        message, status = str(error), error.status
    except BrokenPipeError:
        raise  # whoever reads the output has read enough
    except OSError as error:
        message, status = f"{error.filename or 'the output'}: {error.strerror}", REFUSED
    else:
        return
    typer.echo(f"gatewright: {done}{message}", err=True)
    raise typer.Exit(status)


def no_node(endpoint: str, why: str) -> str:
    """What is said of an address at which no node answers."""
    return f"no node answers on {endpoint} ({why}); --endpoint names another"


def _reason(error: BaseException) -> str:
    """Why nobody was reached, in the system's words when it is the system that says so."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error)
