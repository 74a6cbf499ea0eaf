"""The sample `examples/todo`: lists of two users behind a JWT authorizer, by hand and on a page of another origin."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.browser import Browser
from tests.journeys.page import run_page
from tests.journeys.sample import deployed, page_of
from tests.node import Node

ORIGIN = "http://localhost:8000"
LINES = "[...document.querySelectorAll('li')].map((line) => line.textContent)"
PROBLEM = "document.getElementById('problem').textContent"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node(Path(tmp_path_factory.mktemp("todo")) / "data") as running:
        yield running


class Caller:
    """A user with a token."""

    def __init__(self, node: Node, link: str, user: str) -> None:
        self.node = node
        (client,) = parse_qs(urlsplit(link).fragment)["client"]
        given = {"USERNAME": user, "PASSWORD": "Secret-1234"}
        signed_in = node.client("cognito-idp").initiate_auth(
            ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given
        )
        self.token: str = signed_in["AuthenticationResult"]["AccessToken"]

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        status, _, answer = self.node.request(
            method,
            f"/_aws/execute-api/todo{path}",
            headers={"Authorization": f"Bearer {self.token}", **headers},
            body=b"" if body is None else json.dumps(body).encode(),
        )
        return status, json.loads(answer or "null")


def test_everybody_has_a_list_of_their_own_that_outlives_a_crash(node: Node, aws_cli: Path, tmp_path: Path) -> None:
    assert run_page("../examples/todo/README.md", node, aws_cli, tmp_path) > 5
    link = (tmp_path / "todo.txt").read_text().strip()
    deployments = node.client("apigatewayv2").get_deployments(ApiId="todo")["Items"]
    assert deployed("todo", node) == link
    assert node.client("apigatewayv2").get_deployments(ApiId="todo")["Items"] == deployments  # nothing has changed
    ann, bob = Caller(node, link, "ann"), Caller(node, link, "bob")
    (tea,) = ann.call("GET", "/todos")[1]
    path, done = f"/todos/{tea['id']}", {**tea, "done": True}
    assert ann.call("PUT", path, {"done": True}) == (200, done)  # a body without a type comes in base64
    assert bob.call("PUT", path, {"done": False}) == (404, {"message": "No such item"})
    assert bob.call("DELETE", path) == (204, None)
    assert bob.call("GET", "/todos") == (200, [])
    wrong: tuple[Any, ...] = (None, [], {"text": ""}, {"text": 1})
    for body in wrong:
        assert ann.call("POST", "/todos", body) == (400, {"message": 'Send a JSON object with "text"'})
    assert ann.call("PATCH", "/todos") == (404, {"message": "Not Found"})
    assert ann.call("GET", "/todos", Authorization="Bearer x") == (401, {"message": "Unauthorized"})
    node.kill()
    node.start()
    assert ann.call("GET", "/todos") == (200, [done])
    assert ann.call("DELETE", path) == (204, None)
    assert Caller(node, link, "ann").call("GET", "/todos") == (200, [])


def test_a_page_of_another_origin_shows_the_items(node: Node, tmp_path: Path) -> None:
    with page_of("todo") as origin, Browser(tmp_path) as page:
        link = deployed("todo", node, "--origin", origin)
        page.open(link)
        page.fill(user="ann", password="wrong")
        page.until(f"{PROBLEM} === 'Incorrect username or password.'")
        page.fill(user="ann", password="Secret-1234")
        page.until("!document.getElementById('add').hidden")
        for text in ("<b>tea</b>", "milk"):
            page.fill(text=text)
            page.until(f"{LINES}.includes({json.dumps(text + 'Delete')})")
        page.run("document.querySelector('li input').click()")
        page.until("document.querySelector('li span').className === 'done'")
        page.run("document.querySelector('li:last-child button').click()")
        page.until(f"{LINES}.length === 1")
        assert (page.run(LINES), page.run(PROBLEM)) == (["<b>tea</b>Delete"], "")
        ann = Caller(node, link, "ann")
        (item,) = ann.call("GET", "/todos")[1]
        assert item == {"id": item["id"], "text": "<b>tea</b>", "done": True}
        page.open(link.replace("//127.0.0.1:", "//localhost:", 1))  # an origin that may not call
        page.fill(user="ann", password="Secret-1234")
        page.until(f"{PROBLEM} === 'Failed to fetch'")
