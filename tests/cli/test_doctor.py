"""`gatewright doctor` against a node, and without one."""

import json
import socket
from pathlib import Path

import pytest
import typer

from gatewright.cli import doctor
from tests.cli.test_start import gatewright
from tests.node import Node

LEGEND = """
closed: each request that depends on it is answered 500, none is let through; the node's log says why. To have it
served, take the property back and deploy again. STAGES are those that serve it as it is; "-" is not deployed.
enforced: it decides who may call, or how often.
stored only: kept and given back, without effect.
credentials, authorizerCredentials, both also with Arn: calls are made as that role; only its policies have no effect on
embedded services and functions.
What can be closed or stored only is in docs/parity.md.
"""


def test_a_node(tmp_path: Path) -> None:
    with Node(tmp_path / "data") as node:
        nothing = (0, "Everything that is stored is served.\n", "")
        assert gatewright("doctor", "--endpoint", node.url) == nothing
        client = node.client("apigateway")
        api = client.create_rest_api(name="pets\x1b[2J", tags={"_custom_id_": "pets"})
        where = {"restApiId": "pets", "resourceId": api["rootResourceId"], "httpMethod": "GET"}
        client.put_method(**where, authorizationType="NONE", apiKeyRequired=True)
        status, printed, said = gatewright("doctor", AWS_ENDPOINT_URL=node.url)
        assert (status, said) == (0, "")
        assert printed == (
            "EFFECT    ACCOUNT       REGION     API               STAGES  OF            PROPERTY        VALUE\n"
            "enforced  000000000000  us-east-1  pets pets\\x1b[2J  -       Method GET /  apiKeyRequired  true\n"
            + LEGEND
        )
        client.put_integration(**where, type="MOCK")
        client.create_deployment(restApiId="pets", stageName="prod", tracingEnabled=True)
        status, printed, _ = gatewright("doctor", "--json", "--endpoint", node.url)
        pets = {"account": "000000000000", "region": "us-east-1", "apiId": "pets", "apiName": "pets\x1b[2J"}
        key = {"of": "Method GET /", "property": "apiKeyRequired", "value": "true", "stages": ["prod"]}
        traced = {"of": "Stage", "property": "tracingEnabled", "value": "true", "stages": ["prod"]}
        assert (status, json.loads(printed)) == (
            1,
            {"findings": [{"effect": "enforced", **pets, **key}, {"effect": "stored only", **pets, **traced}]},
        )


def test_no_node() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        said = (
            f"gatewright: no node answers on http://127.0.0.1:{port} (Connection refused); --endpoint names another\n"
        )
        assert gatewright("doctor", "--endpoint", f"http://127.0.0.1:{port}") == (2, "", said)


def test_a_node_that_is_silent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(doctor, "PATIENCE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(typer.Exit):
            doctor.doctor(endpoint, as_json=False)
    said = f"gatewright: no node answers on {endpoint} (timed out); --endpoint names another\n"
    assert capsys.readouterr() == ("", said)
