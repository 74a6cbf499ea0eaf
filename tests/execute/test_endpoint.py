"""How an HTTP integration is reached: VPC links, their targets, and the stage's client certificate."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gatewright.execute.endpoint import InvalidEndpoint, integration_endpoint
from gatewright.execute.network import Address, Network, network_of
from gatewright.execute.rest_stage import source_of
from gatewright.execute.world import Certificate, Origin
from gatewright.store.sqlite import SqliteStore
from gatewright.values.records import Key

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/inside/0123456789abcdef"
LISTENER = BALANCER.replace("loadbalancer/net", "listener/app") + "/fedcba9876543210"
CERTIFICATE = Certificate("certificate", "key")
NETWORK = Network(
    links={"link01": {"targetArns": [BALANCER]}, "failed": {"targetArns": ["x"], "status": "FAILED"}},
    targets={BALANCER: Address("10.0.0.1", 8080), LISTENER: Address("10.0.0.2", 8081)},
    certificate=CERTIFICATE,
)


def origin(uri: str, network: Network = NETWORK, **integration: Any) -> Origin:
    source = source_of({"id": "abcdef1234"}, "prod", {"link": "link01"}, "123456789012", "eu-west-1")
    return integration_endpoint(replace(source, integration={"uri": uri, **integration}, network=network)).origin


def test_certificates_go_to_https_only() -> None:
    assert origin("http://a/") == Origin("a", 80, False)
    assert origin("https://a/") == Origin("a", 443, True, True, "", CERTIFICATE)
    skipping = {"tlsConfig": {"insecureSkipVerification": True}}
    assert origin("https://a/", **skipping) == Origin("a", 443, True, False, "", CERTIFICATE)
    assert "key" not in repr(origin("https://a/"))


@pytest.mark.parametrize("link", ["link01", "${stageVariables.link}"])
def test_a_link_leads_to_its_target(link: str) -> None:
    through = {"connectionType": "VPC_LINK", "connectionId": link}
    assert origin("http://inside.test/", **through) == Origin("10.0.0.1", 8080, False, True, "inside.test")
    tls = Origin("10.0.0.2", 8081, True, True, "inside.test", CERTIFICATE)
    assert origin("https://inside.test/", integrationTarget=LISTENER, **through) == tls
    without_targets = replace(NETWORK, targets={})
    assert origin("http://inside.test/", without_targets, **through) == Origin("inside.test", 80, False)


@pytest.mark.parametrize("link", ["link02", "failed", "", "${stageVariables.other}"])
def test_without_its_link_nothing_is_called(link: str) -> None:
    with pytest.raises(InvalidEndpoint):
        origin("http://inside.test/", connectionType="VPC_LINK", connectionId=link)


def test_the_network_is_the_account_s_and_the_region_s(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "db")
    here = Key("123456789012", "eu-west-1", "VpcLink", "", "link01")
    with store.transaction() as tx:
        for id, link in NETWORK.links.items():
            tx.put(here._replace(id=id), dict(link))
        tx.put(here._replace(region="eu-west-2", id="link02"), {"targetArns": []})
        tx.put(here._replace(kind="ClientCertificate", id="c1"), {"pemEncodedCertificate": "certificate"})
        tx.put(here._replace(kind="ClientCertificateKey", id="c1"), {"privateKey": "key"})
    node = replace(NETWORK, links={}, certificate=None)
    assert network_of(store, node, "123456789012", "eu-west-1", "c1") == NETWORK
    assert network_of(store, node, "123456789012", "eu-west-1", "") == replace(NETWORK, certificate=None)
    with pytest.raises(LookupError):
        network_of(store, node, "123456789012", "eu-west-2", "c1")
    store.close()
