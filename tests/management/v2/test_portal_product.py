"""Portal products, their pages, the order these are in, and who else may use them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.management.gateway import NOW, Gateway, bad, missing
from tests.management.v2.portals import OTHER, Product, endpoint, make_api, make_product

DATE = datetime.fromtimestamp(NOW, UTC)
DENIED = ("AccessDeniedException", "Access denied: the portal product is not shared with this account")
NO_PRODUCT = missing("Invalid portal product identifier specified")


@pytest.fixture
def product(gateway: Gateway) -> Product:
    make_api(gateway)
    return make_product(gateway)


def share(gateway: Gateway, product: str, *actions: str, effect: str = "Allow") -> None:
    statement = {"Effect": effect, "Principal": {"AWS": OTHER}, "Action": list(actions), "Resource": "*"}
    statements = [statement] if effect == "Allow" else [{**statement, "Effect": "Allow", "Action": "*"}, statement]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    answer = gateway.call("put_portal_product_sharing_policy", PortalProductId=product, PolicyDocument=policy)
    assert answer == {}
    there = gateway.call("get_portal_product_sharing_policy", PortalProductId=product)
    assert there == {"PortalProductId": product, "PolicyDocument": policy}


def test_the_life_of_a_product(gateway: Gateway) -> None:
    made = gateway.call("create_portal_product", DisplayName="Pets", Tags={"a": "b"})
    id = made["PortalProductId"]
    arn = f"arn:aws:apigateway:us-east-1:000000000000:/portalproducts/{id}"
    whole = {
        "PortalProductId": id,
        "PortalProductArn": arn,
        "DisplayName": "Pets",
        "LastModified": DATE,
        "Tags": {"a": "b"},
    }
    assert made == whole
    assert gateway.call("get_portal_product", PortalProductId=id) == whole
    assert gateway.call("list_portal_products") == {"Items": [whole | {"Description": ""}]}
    changed = gateway.call("update_portal_product", PortalProductId=id, Description="All", DisplayOrder={})
    assert changed == whole | {"Description": "All", "DisplayOrder": {}}
    assert gateway.call("tag_resource", ResourceArn=arn, Tags={"c": "d"}) == {}
    assert gateway.call("get_tags", ResourceArn=arn) == {"Tags": {"a": "b", "c": "d"}}
    many = {str(number): "" for number in range(51)}
    too_many = bad("A resource can have at most 50 tags")
    assert gateway.refusal("create_portal_product", DisplayName="Pets", Tags=many) == too_many
    assert gateway.refusal("tag_resource", ResourceArn=arn, Tags=many) == too_many
    assert gateway.call("delete_portal_product", PortalProductId=id) == {}
    assert gateway.refusal("get_portal_product", PortalProductId=id) == NO_PRODUCT
    assert gateway.refusal("delete_portal_product", PortalProductId=id) == NO_PRODUCT
    assert gateway.call("list_portal_products") == {"Items": []}


def test_the_life_of_a_page(gateway: Gateway) -> None:
    id = gateway.call("create_portal_product", DisplayName="Pets")["PortalProductId"]
    content = {"Title": "Terms", "Body": "# Be kind"}
    made = gateway.call("create_product_page", PortalProductId=id, DisplayContent=content)
    page = {"PortalProductId": id, "ProductPageId": made["ProductPageId"]}
    named = {
        "ProductPageId": page["ProductPageId"],
        "ProductPageArn": f"arn:aws:apigateway:us-east-1:000000000000:/portalproducts/{id}"
        f"/productpages/{page['ProductPageId']}",
        "LastModified": DATE,
    }
    assert made == gateway.call("get_product_page", **page) == named | {"DisplayContent": content}
    listed = gateway.call("list_product_pages", PortalProductId=id)
    assert listed == {"Items": [named | {"PageTitle": "Terms"}]}
    content = {"Title": "Rules", "Body": "None"}
    assert gateway.call("update_product_page", **page, DisplayContent=content) == named | {"DisplayContent": content}
    assert gateway.call("delete_product_page", **page) == {}
    absent = missing("Invalid product page identifier specified")
    assert gateway.refusal("get_product_page", **page) == absent
    assert gateway.refusal("update_product_page", **page) == absent
    nowhere: dict[str, Any] = {"PortalProductId": "nothing000"}
    assert gateway.refusal("create_product_page", **nowhere, DisplayContent=content) == NO_PRODUCT
    assert gateway.refusal("get_product_page", **page | nowhere) == NO_PRODUCT
    assert gateway.refusal("list_product_pages", **nowhere) == NO_PRODUCT


def test_the_life_of_an_endpoint_page(gateway: Gateway, product: Product) -> None:
    page = {"PortalProductId": product.id, "ProductRestEndpointPageId": product.get}
    address = "https://pets.execute-api.us-east-1.amazonaws.com/prod/pets/{id+}"
    named = {
        "ProductRestEndpointPageId": product.get,
        "ProductRestEndpointPageArn": product.arn_of("productrestendpointpages", product.get),
        "RestEndpointIdentifier": endpoint(),
        "LastModified": DATE,
        "Status": "AVAILABLE",
        "TryItState": "ENABLED",
    }
    content = {"Endpoint": address, "OperationName": "GetPet", "Body": "A pet\n\nIts *name*"}
    whole = named | {"DisplayContent": content}
    assert gateway.call("get_product_rest_endpoint_page", **page) == whole
    raw = gateway.call("get_product_rest_endpoint_page", **page, IncludeRawDisplayContent="true")
    shown = {"endpoint": address, "operationName": "GetPet", "body": "A pet\n\nIts *name*"}
    assert json.loads(raw.pop("RawDisplayContent")) == shown and raw == whole
    listed = gateway.call("list_product_rest_endpoint_pages", PortalProductId=product.id)["Items"]
    summary = named | {"Endpoint": address, "OperationName": "GetPet"}
    assert summary in listed and len(listed) == 2
    overrides = {"Overrides": {"Body": "Mine"}}
    changed = gateway.call("update_product_rest_endpoint_page", **page, DisplayContent=overrides, TryItState="DISABLED")
    assert changed == whole | {"TryItState": "DISABLED", "DisplayContent": content | {"Body": "Mine"}}
    changed = gateway.call("update_product_rest_endpoint_page", **page, DisplayContent={"None": {}})
    assert changed == whole | {"TryItState": "DISABLED"}
    gateway.speaking("apigateway").call("delete_stage", restApiId="pets", stageName="prod")
    failed = gateway.call("get_product_rest_endpoint_page", **page)
    exception = {"Exception": "NotFoundException", "Message": "Invalid stage identifier specified"}
    assert (failed["Status"], failed["StatusException"]) == ("FAILED", exception)
    assert failed["DisplayContent"] == {"Endpoint": address}
    assert gateway.call("delete_product_rest_endpoint_page", **page) == {}
    absent = missing("Invalid product REST endpoint page identifier specified")
    assert gateway.refusal("get_product_rest_endpoint_page", **page) == absent


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"RestApiId": "none"}, "Invalid API identifier specified 000000000000:none"),
        ({"Stage": "test"}, "Invalid stage identifier specified"),
        ({"Path": "/cats"}, "Stage prod has no method GET /cats"),
        ({"Method": "POST"}, "Stage prod has no method POST /pets/{id+}"),
    ],
)
def test_a_page_is_about_what_a_stage_serves(
    gateway: Gateway, product: Product, changed: dict[str, str], message: str
) -> None:
    given = {"PortalProductId": product.id, "RestEndpointIdentifier": endpoint(**changed)}
    assert gateway.refusal("create_product_rest_endpoint_page", **given) == missing(message)


def test_what_a_page_may_not_be(gateway: Gateway, product: Product) -> None:
    given: dict[str, Any] = {"PortalProductId": product.id, "RestEndpointIdentifier": endpoint()}
    for content in ({}, {"None": {}, "Overrides": {"Body": "x"}}):
        refusal = gateway.refusal("create_product_rest_endpoint_page", **given, DisplayContent=content)
        assert refusal == bad("Invalid display content specified: give one of none and overrides")
    refusal = gateway.refusal("create_product_rest_endpoint_page", **given, DisplayContent={"Overrides": {}})
    assert refusal == bad("Invalid display content specified: overrides has no member")
    refusal = gateway.refusal("create_product_rest_endpoint_page", **given | {"RestEndpointIdentifier": {}})
    assert refusal == bad("Invalid REST endpoint identifier specified: identifierParts is required")
    for _ in range(38):
        gateway.call("create_product_rest_endpoint_page", **given)
    refusal = gateway.refusal("create_product_rest_endpoint_page", **given)
    assert refusal == bad("A portal product can have at most 40 pages of a kind")


def test_a_text_is_as_long_as_a_page_may_be(gateway: Gateway, product: Product) -> None:
    rest = gateway.speaking("apigateway")
    parts = rest.call("get_documentation_parts", restApiId="pets")["items"]
    (written,) = (part["id"] for part in parts if part["location"]["type"] == "METHOD")
    longer = {"op": "replace", "path": "/properties", "value": json.dumps({"description": "x" * 40_000})}
    rest.call("update_documentation_part", restApiId="pets", documentationPartId=written, patchOperations=[longer])
    page = {"PortalProductId": product.id, "ProductRestEndpointPageId": product.get}
    content = gateway.call("get_product_rest_endpoint_page", **page)["DisplayContent"]
    assert content["Body"] == "x" * 32_768


def test_nobody_tries_a_private_api(gateway: Gateway, product: Product) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
    private = [
        {"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "PRIVATE"},
        {"op": "replace", "path": "/policy", "value": json.dumps({"Version": "2012-10-17", "Statement": [statement]})},
    ]
    rest = gateway.speaking("apigateway")
    rest.call("update_rest_api", restApiId="pets", patchOperations=private)
    rest.call("create_deployment", restApiId="pets", stageName="prod")
    given: dict[str, Any] = {"PortalProductId": product.id, "RestEndpointIdentifier": endpoint()}
    given["TryItState"] = "ENABLED"
    assert gateway.call("create_product_rest_endpoint_page", **given)["TryItState"] == "DISABLED"


def test_an_order_names_the_products_own_pages(gateway: Gateway, product: Product) -> None:
    page, get = product.arn_of("productpages", product.page), product.arn_of("productrestendpointpages", product.get)
    section = {"SectionName": "A", "ProductRestEndpointPageArns": [get]}
    for order, why in (
        ({"ProductPageArns": [page, page]}, "a page is named twice"),
        ({"ProductPageArns": [get]}, f"the product has no page {get}"),
        ({"OverviewPageArn": f"{page}x"}, f"the product has no page {page}x"),
        ({"Contents": [{**section, "ProductRestEndpointPageArns": [page]}]}, f"the product has no page {page}"),
        ({"Contents": [section, {**section, "SectionName": "B"}]}, "a page is named twice"),
        ({"Contents": [section, {**section, "ProductRestEndpointPageArns": []}]}, "each section has a name of its own"),
    ):
        refusal = gateway.refusal("update_portal_product", PortalProductId=product.id, DisplayOrder=order)
        assert refusal == bad(f"Invalid display order specified: {why}")


def test_a_page_that_is_deleted_leaves_the_order(gateway: Gateway, product: Product) -> None:
    for member, id in (("ProductPageId", product.page), ("ProductPageId", product.overview)):
        gateway.call("delete_product_page", PortalProductId=product.id, **{member: id})
    page = {"PortalProductId": product.id, "ProductRestEndpointPageId": product.get}
    gateway.call("delete_product_rest_endpoint_page", **page)
    left = [product.arn_of("productrestendpointpages", product.any)]
    order = {"ProductPageArns": [], "Contents": [{"SectionName": "Read", "ProductRestEndpointPageArns": left}]}
    assert gateway.call("get_portal_product", PortalProductId=product.id)["DisplayOrder"] == order


READS = ("get_portal_product", "list_product_pages", "list_product_rest_endpoint_pages")


def test_a_product_is_its_owners_until_it_is_shared(gateway: Gateway, product: Product) -> None:
    theirs: dict[str, Any] = {"account": OTHER, "PortalProductId": product.id, "ResourceOwnerAccountId": "000000000000"}
    for operation in READS:
        assert gateway.refusal(operation, **theirs) == DENIED
    others: dict[str, Any] = {"account": OTHER, "ResourceOwner": "OTHER_ACCOUNTS"}
    assert gateway.call("list_portal_products", **others) == {"Items": []}
    share(gateway, product.id, "apigateway:GetPortalProduct", "apigateway:ListProductPages")
    assert gateway.call("get_portal_product", **theirs)["DisplayName"] == "Pets"
    assert len(gateway.call("list_product_pages", **theirs)["Items"]) == 3
    assert gateway.refusal("list_product_rest_endpoint_pages", **theirs) == DENIED
    (listed,) = gateway.call("list_portal_products", **others)["Items"]
    assert listed["PortalProductId"] == product.id
    assert gateway.call("list_portal_products", account=OTHER) == {"Items": []}
    share(gateway, product.id, "apigateway:GET")
    assert len(gateway.call("list_product_rest_endpoint_pages", **theirs)["Items"]) == 2
    share(gateway, product.id, "apigateway:GetPortalProduct", effect="Deny")
    assert gateway.refusal("get_portal_product", **theirs) == DENIED
    assert gateway.refusal("update_portal_product", account=OTHER, PortalProductId=product.id) == NO_PRODUCT
    assert gateway.call("delete_portal_product_sharing_policy", PortalProductId=product.id) == {}
    assert gateway.refusal("list_product_pages", **theirs) == DENIED
    absent = missing("The portal product has no sharing policy")
    for operation in ("get", "delete"):
        name = f"{operation}_portal_product_sharing_policy"
        assert gateway.refusal(name, PortalProductId=product.id) == absent
        assert gateway.refusal(name, PortalProductId="nothing000") == NO_PRODUCT


def test_a_policy_that_cannot_be_evaluated_is_refused(gateway: Gateway, product: Product) -> None:
    message = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
    for policy in ("{", '{"Statement": []', '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}'):
        given = {"PortalProductId": product.id, "PolicyDocument": policy}
        assert gateway.refusal("put_portal_product_sharing_policy", **given) == bad(message)


def test_lists_have_pages(gateway: Gateway) -> None:
    ids = {gateway.call("create_portal_product", DisplayName=str(count))["PortalProductId"] for count in range(3)}
    first = gateway.call("list_portal_products", MaxResults="2")
    rest = gateway.call("list_portal_products", MaxResults="2", NextToken=first["NextToken"])
    assert {each["PortalProductId"] for each in first["Items"] + rest["Items"]} == ids and "NextToken" not in rest
    refusal = gateway.refusal("list_portal_products", ResourceOwner="ME")
    assert refusal == bad("Invalid resourceOwner specified: ME. Valid options are SELF,OTHER_ACCOUNTS")
