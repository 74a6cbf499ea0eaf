"""Portals: what they may be, and their way to the web, to a preview and off it again."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from gatewright.management.v2 import portal_site
from tests.management.gateway import NOW, Gateway, bad, missing
from tests.management.v2.portals import (
    COLORS,
    CONTENT,
    OPEN,
    OTHER,
    POOL,
    Product,
    make_api,
    make_portal,
    make_product,
    reader,
)

DATE = datetime.fromtimestamp(NOW, UTC)
NO_PORTAL = missing("Invalid portal identifier specified")
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1b3-c5"


@pytest.fixture
def product(gateway: Gateway) -> Product:
    make_api(gateway)
    return make_product(gateway)


def whole(id: str, **changed: Any) -> dict[str, Any]:
    """A portal without products as the API shows it."""
    return {
        "PortalId": id,
        "PortalArn": f"arn:aws:apigateway:us-east-1:000000000000:/portals/{id}",
        "Authorization": {"None": {}},
        "EndpointConfiguration": {
            "PortalDefaultDomainName": f"p-{id}.apigw-portal.us-east-1.on.aws",
            "PortalDomainHostedZoneId": "Z2FDTNDATAQYW2",
        },
        "PortalContent": CONTENT,
        "IncludedPortalProductArns": [],
        "LastModified": DATE,
        "PublishStatus": "DISABLED",
        **changed,
    }


def test_the_life_of_a_portal(gateway: Gateway) -> None:
    made = gateway.call("create_portal", **OPEN, PortalContent=CONTENT, Tags={"a": "b"})
    id = made["PortalId"]
    assert made == whole(id, Tags={"a": "b"})
    assert gateway.call("get_portal", PortalId=id) == made
    assert gateway.call("list_portals") == {"Items": [made]}
    changed = gateway.call("update_portal", PortalId=id, RumAppMonitorName="rum")
    assert changed == made | {"RumAppMonitorName": "rum"}
    content = {"DisplayName": "New", "Theme": {"CustomColors": COLORS, "LogoLastUploaded": DATE}}
    assert gateway.call("update_portal", PortalId=id, PortalContent=content) == changed | {"PortalContent": content}
    assert gateway.call("get_tags", ResourceArn=made["PortalArn"]) == {"Tags": {"a": "b"}}
    assert gateway.call("delete_portal", PortalId=id) == {}
    for operation in ("get", "update", "delete", "publish", "preview", "disable"):
        assert gateway.refusal(f"{operation}_portal", PortalId=id) == NO_PORTAL


def test_a_portal_goes_on_and_off_the_web(gateway: Gateway) -> None:
    id = make_portal(gateway)
    assert gateway.refusal("disable_portal", PortalId=id) == ("ConflictException", "The portal is not published")
    assert gateway.call("publish_portal", PortalId=id, Description="first") == {}
    published = whole(id, PublishStatus="PUBLISHED", LastPublished=DATE)
    assert gateway.call("get_portal", PortalId=id) == published | {"LastPublishedDescription": "first"}
    refusal = gateway.refusal("delete_portal", PortalId=id)
    assert refusal == bad("The portal is published. Disable it before you delete it")
    assert gateway.call("publish_portal", PortalId=id) == {}
    assert gateway.call("get_portal", PortalId=id) == published
    assert gateway.call("disable_portal", PortalId=id) == {}
    assert gateway.call("get_portal", PortalId=id) == published | {"PublishStatus": "DISABLED"}
    gateway.call("delete_portal", PortalId=id)


def test_a_preview_ends(gateway: Gateway, product: Product) -> None:
    id = make_portal(gateway, product.arn)
    assert gateway.call("preview_portal", PortalId=id) == {}
    preview = gateway.call("get_portal", PortalId=id)["Preview"]
    path = preview["PreviewUrl"].removeprefix("http://localhost")
    assert preview["PreviewStatus"] == "PREVIEW_READY"
    now = [float(NOW)]
    read = reader(gateway, lambda: now[0])
    assert "A preview: nothing can be tried here." in read(path).body
    assert "try-it" not in read(f"{path}{product.id}/{product.get}").body
    assert gateway.call("get_portal", PortalId=id)["PublishStatus"] == "DISABLED"
    assert read(f"/_gatewright/portals/{id}/").status == 404
    now[0] += 3600
    assert read(path).status == 404
    now[0] = NOW
    gateway.call("preview_portal", PortalId=id)
    assert read(path).status == 404
    newer = gateway.call("get_portal", PortalId=id)["Preview"]["PreviewUrl"].removeprefix("http://localhost")
    assert read(newer).status == 200
    gateway.call("delete_portal", PortalId=id)
    assert read(newer).status == 404
    with gateway.store.read() as tx:
        assert not [*tx.keys("PortalSite"), *tx.keys("PortalSitePage")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Authorization": {}}, "Invalid authorization specified: give one of cognitoConfig and none"),
        (
            {"Authorization": {"None": {}, "CognitoConfig": POOL}},
            "Invalid authorization specified: give one of cognitoConfig and none",
        ),
        (
            {"Authorization": {"CognitoConfig": POOL | {"UserPoolArn": "arn:aws:s3:::bucket-of-mine"}}},
            "Invalid user pool ARN specified: arn:aws:s3:::bucket-of-mine",
        ),
        (
            {"EndpointConfiguration": {}},
            "Invalid endpoint configuration specified: give one of acmManaged and none",
        ),
        (
            {"EndpointConfiguration": {"AcmManaged": {"DomainName": "a b.com", "CertificateArn": CERTIFICATE}}},
            "Invalid domain name specified: a b.com",
        ),
        (
            {"EndpointConfiguration": {"AcmManaged": {"DomainName": "p-x.on.aws", "CertificateArn": CERTIFICATE}}},
            "Invalid domain name specified: p-x.on.aws",
        ),
        (
            {"EndpointConfiguration": {"AcmManaged": {"DomainName": "docs.zoo.com", "CertificateArn": "x" * 20}}},
            f"Invalid certificate ARN specified: {'x' * 20}",
        ),
        (
            {"PortalContent": CONTENT | {"Theme": {"CustomColors": COLORS | {"TextColor": "red;}*{x:y"}}}},
            "Invalid textColor specified: red;}*{x:y",
        ),
        (
            {"IncludedPortalProductArns": ["arn:aws:apigateway:us-east-1:000000000000:/portalproducts/none"]},
            "Invalid portal product ARN specified: arn:aws:apigateway:us-east-1:000000000000:/portalproducts/none",
        ),
        ({"IncludedPortalProductArns": ["x" * 20]}, f"Invalid portal product ARN specified: {'x' * 20}"),
        (
            {"LogoUri": "http://elsewhere/logo.png"},
            "Invalid logo URI specified: it must be the address of an object in Amazon S3",
        ),
        ({"LogoUri": "s3://bucket/logo.png"}, "Invalid logo URI specified: there is no S3"),
    ],
)  # fmt: skip
def test_what_a_portal_may_not_be(gateway: Gateway, given: dict[str, Any], message: str) -> None:
    assert gateway.refusal("create_portal", **OPEN | {"PortalContent": CONTENT} | given) == bad(message)
    id = make_portal(gateway)
    assert gateway.refusal("update_portal", PortalId=id, **given) == bad(message)
    assert gateway.call("get_portal", PortalId=id) == whole(id)


def test_a_portal_has_a_domain_name_of_its_own(gateway: Gateway) -> None:
    own = {"DomainName": "docs.zoo.com", "CertificateArn": CERTIFICATE}
    id = make_portal(gateway, EndpointConfiguration={"AcmManaged": own})
    default = whole(id)["EndpointConfiguration"]
    assert gateway.call("get_portal", PortalId=id)["EndpointConfiguration"] == default | own
    given: dict[str, Any] = {"EndpointConfiguration": {"AcmManaged": own | {"DomainName": "DOCS.zoo.com"}}}
    refusal = gateway.refusal("create_portal", **OPEN | {"PortalContent": CONTENT} | given)
    assert refusal == bad("The domain name DOCS.zoo.com is that of another portal")
    assert gateway.call("update_portal", PortalId=id, **given)["EndpointConfiguration"]["DomainName"] == "DOCS.zoo.com"
    changed = gateway.call("update_portal", PortalId=id, EndpointConfiguration={"None": {}})
    assert changed["EndpointConfiguration"] == default


def test_an_account_has_fifteen_portals(gateway: Gateway) -> None:
    for _ in range(15):
        make_portal(gateway)
    refusal = gateway.refusal("create_portal", **OPEN, PortalContent=CONTENT)
    assert refusal == bad("An account can have at most 15 portals")
    assert make_portal(gateway, account=OTHER)


def test_what_is_gone_is_not_published(gateway: Gateway, product: Product) -> None:
    id = make_portal(gateway, product.arn)
    gateway.call("publish_portal", PortalId=id)
    gateway.call("update_product_page", PortalProductId=product.id, ProductPageId=product.page,
                 DisplayContent={"Title": "Terms", "Body": "newer"})  # fmt: skip
    gateway.speaking("apigateway").call("delete_stage", restApiId="pets", stageName="prod")
    arn = product.arn_of("productrestendpointpages", product.get)
    why = bad(f"Page {arn} cannot be published: Invalid stage identifier specified")
    assert gateway.refusal("publish_portal", PortalId=id) == gateway.refusal("preview_portal", PortalId=id) == why
    page = f"/_gatewright/portals/{id}/{product.id}/{product.page}"
    assert "Be &lt;b&gt;kind" in reader(gateway)(page).body
    gateway.call("delete_portal_product", PortalProductId=product.id)
    assert gateway.refusal("publish_portal", PortalId=id) == bad(f"Invalid portal product ARN specified: {product.arn}")
    gateway.call("update_portal", PortalId=id, IncludedPortalProductArns=[])
    gateway.call("publish_portal", PortalId=id)
    assert reader(gateway)(page).status == 404


def test_a_site_has_a_size(gateway: Gateway, product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    id = make_portal(gateway, product.arn)
    monkeypatch.setattr(portal_site, "LARGEST", 1000)
    assert gateway.refusal("publish_portal", PortalId=id) == bad(
        "The portal is too large: its pages have more than 1000 bytes"
    )
    assert gateway.call("get_portal", PortalId=id)["PublishStatus"] == "DISABLED"
    with gateway.store.read() as tx:
        assert not [*tx.keys("PortalSite"), *tx.keys("PortalSitePage")]


def test_another_accounts_product_is_shown_while_it_is_shared(gateway: Gateway, product: Product) -> None:
    given = OPEN | {"account": OTHER, "PortalContent": CONTENT, "IncludedPortalProductArns": [product.arn]}
    why = bad(f"Invalid portal product ARN specified: {product.arn}")
    assert gateway.refusal("create_portal", **given) == why
    statement = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Resource": "*"}
    for action in ("apigateway:GetPortalProduct", "apigateway:GetP*"):  # a portal shows the pages, too
        assert gateway.refusal("create_portal", **given) == why
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement | {"Action": action}})
        gateway.call("put_portal_product_sharing_policy", PortalProductId=product.id, PolicyDocument=policy)
    id = gateway.call("create_portal", **given)["PortalId"]
    gateway.call("publish_portal", PortalId=id, account=OTHER)
    page = f"/_gatewright/portals/{id}/{product.id}/{product.get}"
    assert "Its <em>name</em>" in reader(gateway)(page).body
    gateway.call("delete_portal_product_sharing_policy", PortalProductId=product.id)
    for operation in ("publish_portal", "preview_portal"):
        assert gateway.refusal(operation, PortalId=id, account=OTHER) == why
    assert reader(gateway)(page).status == 200
