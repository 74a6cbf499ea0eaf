"""The sample `examples/chat`: what one says everybody hears, through a crash too, in two tabs of a browser."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from examples.chat.deploy import deploy
from examples.deployment import printed
from websockets.sync.client import ClientConnection, connect

from tests.journeys.browser import Browser
from tests.journeys.page import run_page
from tests.journeys.sample import deployed, page_of
from tests.journeys.test_stop import wait_for
from tests.node import Node

SAID = "[...document.querySelectorAll('li')].map((line) => line.textContent)"
STATE = "document.getElementById('state').textContent"
PROBLEM = {"problem": 'Send {"action": "send", "text": "..."}'}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(Path(tmp_path_factory.mktemp("chat")) / "data") as running:
        yield running


def say(client: ClientConnection, **message: Any) -> None:
    client.send(json.dumps({"action": "send", **message}))


def hear(client: ClientConnection) -> Any:
    return json.loads(client.recv(20))


def connected(node: Node) -> set[str]:
    """The ids that the sample's table holds."""
    items = node.client("dynamodb").scan(TableName="Connections", ConsistentRead=True)["Items"]
    return {item["ConnectionId"]["S"] for item in items}


def manager(node: Node) -> Any:
    """The management API of connections, as a user who may look at those of the sample."""
    iam = node.client("iam")
    arn = "arn:aws:execute-api:us-east-1:000000000000:chat/prod/GET/@connections/*"
    allowed = {"Effect": "Allow", "Action": "execute-api:ManageConnections", "Resource": arn}
    iam.create_user(UserName="watcher")
    iam.put_user_policy(
        UserName="watcher",
        PolicyName="look",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
    )
    key = iam.create_access_key(UserName="watcher")["AccessKey"]
    return node.client(
        "apigatewaymanagementapi",
        endpoint_url=f"{node.url}/_aws/execute-api/chat/prod",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def test_everybody_hears_what_one_says_before_and_after_a_crash(node: Node, aws_cli: Path, tmp_path: Path) -> None:
    assert run_page("../examples/chat/README.md", node, aws_cli, tmp_path) == 4
    url = deployed("chat", node)
    with ExitStack() as stack:
        ann, bob = (stack.enter_context(connect(f"{url}?name={name}")) for name in ("ann", "bob"))
        say(ann, text="tea & cake, é")
        assert [hear(ann), hear(bob)] == [{"from": "ann", "text": "tea & cake, é"}] * 2
        for message in ("hello", '{"action": "shout"}', '{"action": "send"}', "[]"):
            bob.send(message)
            assert hear(bob) == PROBLEM
        stale = connected(node)
        calls = manager(node)
        assert [calls.get_connection(ConnectionId=id)["Identity"]["SourceIp"] for id in stale] == ["127.0.0.1"] * 2
        node.kill()
    node.start()
    with connect(f"{url}?name=eve") as eve:
        assert connected(node) > stale  # nobody could tell of their end
        for id in stale:
            with pytest.raises(calls.exceptions.GoneException):
                calls.get_connection(ConnectionId=id)
        say(eve, text="anybody here?")
        assert hear(eve) == {"from": "eve", "text": "anybody here?"}
        wait_for(lambda: len(connected(node)) == 1, 20.0)  # those that are gone are forgotten, one by one
        (only,) = connected(node)
        assert calls.get_connection(ConnectionId=only)["Identity"]["SourceIp"] == "127.0.0.1"


def test_two_tabs_chat(node: Node, tmp_path: Path) -> None:
    url = deployed("chat", node)
    with page_of("chat") as origin, Browser(tmp_path) as ann:
        bob = ann.another()
        for tab, name in ((ann, "ann"), (bob, "bob")):
            tab.open(f"{origin}/page.html#{url}")
            tab.fill(name=name)
            tab.until(f"{STATE} === 'You are in'")
        ann.fill(text="hello <b>bob</b>")
        for tab in (ann, bob):
            tab.until(f"{SAID}.length === 1")
        bob.fill(text="hello ann")
        for tab in (ann, bob):
            tab.until(f"{SAID}.length === 2")
            assert tab.run(SAID) == ["ann: hello <b>bob</b>", "bob: hello ann"]
        node.client("apigatewayv2").delete_stage(ApiId="chat", StageName="prod")
        ann.until(f"{STATE} === 'The connection is closed (1001)'")


def test_a_sample_without_a_gateway_says_so_in_one_line() -> None:
    nowhere = "http://127.0.0.1:9"
    with pytest.raises(SystemExit) as ended:
        printed(lambda: deploy(nowhere))
    assert ended.value.code == (
        f'Could not connect to the endpoint URL: "{nowhere}/". Is a gateway running there (make start)?'
    )
