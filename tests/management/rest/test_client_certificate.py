"""ClientCertificate: what is generated, where its key is, patches, and the stages that show it."""

from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gatewright.values.records import Key
from tests.management.gateway import NOW, Gateway, bad, missing, replace

UNKNOWN = missing("Invalid Client Certificate identifier specified")
KEYS = Key("000000000000", "us-east-1", "ClientCertificateKey", "", "")


def kept_key(gateway: Gateway, id: str) -> dict[str, Any] | None:
    with gateway.store.read() as tx:
        return tx.get(KEYS._replace(id=id))


def test_a_certificate(gateway: Gateway) -> None:
    made = gateway.call("generate_client_certificate", description="for pets", tags={"a": "1"})
    id, pem = made["clientCertificateId"], made["pemEncodedCertificate"]
    assert made.keys() == {
        *("clientCertificateId", "description", "pemEncodedCertificate", "createdDate", "expirationDate", "tags")
    }
    assert (len(id), made["description"], made["tags"]) == (6, "for pets", {"a": "1"})
    assert made["createdDate"].timestamp() == NOW
    assert made["expirationDate"] - made["createdDate"] == timedelta(days=365)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    certificate.verify_directly_issued_by(certificate)
    public = certificate.public_key()
    assert isinstance(public, RSAPublicKey) and public.key_size == 2048
    assert certificate.not_valid_after_utc == made["expirationDate"]
    key = kept_key(gateway, id)
    assert key is not None
    assert load_pem_private_key(key["privateKey"].encode(), None).public_key() == public
    where = {"clientCertificateId": id}
    assert gateway.call("get_client_certificate", **where) == made
    operations = replace("/description", "for dogs")
    changed = made | {"description": "for dogs"}
    assert gateway.call("update_client_certificate", **where, patchOperations=operations) == changed
    assert kept_key(gateway, id) == key
    arn = f"arn:aws:apigateway:us-east-1::/clientcertificates/{id}"
    gateway.call("tag_resource", resourceArn=arn, tags={"b": "2"})
    assert gateway.call("get_tags", resourceArn=arn) == {"tags": {"a": "1", "b": "2"}}
    assert gateway.call("delete_client_certificate", **where) == {}
    assert kept_key(gateway, id) is None
    for verb in ("get", "update", "delete"):
        assert gateway.refusal(f"{verb}_client_certificate", **where) == UNKNOWN


def test_pages_and_refusals(gateway: Gateway) -> None:
    made = [gateway.call("generate_client_certificate") for _ in range(2)]
    made.sort(key=lambda one: str(one["clientCertificateId"]))
    assert "description" not in made[0] and "tags" not in made[0]
    page = gateway.call("get_client_certificates", limit=1)
    assert page == {"items": made[:1], "position": page["position"]}
    assert gateway.call("get_client_certificates", position=page["position"]) == {"items": made[1:]}
    assert gateway.call("get_client_certificates", region="eu-west-1") == {"items": []}
    message = "Invalid patch path  '/tags' specified for op 'replace'. Must be one of: [/description]"
    where = {"clientCertificateId": made[0]["clientCertificateId"]}
    assert gateway.refusal("update_client_certificate", **where, patchOperations=replace("/tags", "x")) == bad(message)


def test_a_certificate_that_a_stage_shows_stays(gateway: Gateway, deployment: str) -> None:
    id = gateway.call("generate_client_certificate")["clientCertificateId"]
    stage = {"restApiId": "pets", "stageName": "prod"}
    operations = replace("/clientCertificateId", id)
    assert gateway.call("update_stage", **stage, patchOperations=operations)["clientCertificateId"] == id
    in_use = bad(
        f"Cannot delete client certificate. Client certificate '{id}', is referenced in [pets:prod] "
        "in format of [RESTApiId:Stage]."
    )
    assert gateway.refusal("delete_client_certificate", clientCertificateId=id) == in_use
    gateway.call("update_stage", **stage, patchOperations=replace("/clientCertificateId", ""))
    gateway.call("delete_client_certificate", clientCertificateId=id)
    assert gateway.refusal("update_stage", **stage, patchOperations=operations) == UNKNOWN
