"""Portals, their products and what these hold."""

from functools import partial
from typing import Any

from tests.conformance import story
from tests.conformance.story import ID, NOTHING, NOW, REST, ROUTES, Like, Teller

tells = partial(story.tells, service=ROUTES)
PRODUCT = r"arn:aws:apigateway:us-east-1:\d{12}:/portalproducts/[a-z0-9]{10}"
NAMES = ("AccentColor", "BackgroundColor", "ErrorValidationColor", "HeaderColor", "NavigationColor", "TextColor")
CONTENT = {"DisplayName": "Zoo", "Theme": {"CustomColors": dict.fromkeys(NAMES, "#112233")}}


def product(told: Teller) -> dict[str, str]:
    """The id of a new product, made unseen."""
    return {"PortalProductId": told.client.create_portal_product(DisplayName="Pets")["PortalProductId"]}


@tells(
    *("CreatePortal", "GetPortal", "ListPortals", "UpdatePortal", "DeletePortal"),
    *("PublishPortal", "PreviewPortal", "DisablePortal"),
)
def test_portals(told: Teller) -> None:
    arn = told.client.create_portal_product(DisplayName="Pets")["PortalProductArn"]
    portal: dict[str, Any] = {
        "Authorization": {"None": {}},
        "EndpointConfiguration": {
            "PortalDefaultDomainName": Like(r"p-[a-z0-9]{10}\.apigw-portal\.us-east-1\.on\.aws"),
            "PortalDomainHostedZoneId": Like("Z[A-Z0-9]+"),
        },
        "IncludedPortalProductArns": [arn],
        "LastModified": NOW,
        "PortalArn": Like(r"arn:aws:apigateway:us-east-1:\d{12}:/portals/[a-z0-9]{10}"),
        "PortalContent": CONTENT,
        "PortalId": ID,
        "PublishStatus": "DISABLED",
        "Tags": {"a": "b"},
    }
    given = {"Authorization": {"None": {}}, "EndpointConfiguration": {"None": {}}, "PortalContent": CONTENT}
    made = told("CreatePortal", portal, **given, IncludedPortalProductArns=[arn], Tags={"a": "b"})
    where = {"PortalId": made["PortalId"]}
    told("PreviewPortal", NOTHING, **where)
    url = Like(r"http://127\.0\.0\.1:\d+/_gatewright/portals/[a-z0-9]{30}/")
    portal |= {"Preview": {"PreviewStatus": "PREVIEW_READY", "PreviewUrl": url}}
    told("GetPortal", portal, **where)
    told("PublishPortal", NOTHING, **where, Description="first")
    portal |= {"PublishStatus": "PUBLISHED", "LastPublished": NOW, "LastPublishedDescription": "first"}
    told("UpdatePortal", portal | {"RumAppMonitorName": "zoo"}, **where, RumAppMonitorName="zoo")
    told("ListPortals", {"Items": [portal | {"RumAppMonitorName": "zoo"}]})
    told("DisablePortal", NOTHING, **where)
    told("DeletePortal", NOTHING, **where)


@tells(
    *("CreatePortalProduct", "GetPortalProduct", "ListPortalProducts", "UpdatePortalProduct", "DeletePortalProduct"),
    *("PutPortalProductSharingPolicy", "GetPortalProductSharingPolicy", "DeletePortalProductSharingPolicy"),
)
def test_portal_products(told: Teller) -> None:
    made = {
        "Description": "All of them",
        "DisplayName": "Pets",
        "LastModified": NOW,
        "PortalProductArn": Like(PRODUCT),
        "PortalProductId": ID,
        "Tags": {"a": "b"},
    }
    answer = told("CreatePortalProduct", made, DisplayName="Pets", Description="All of them", Tags={"a": "b"})
    where = {"PortalProductId": answer["PortalProductId"]}
    told("GetPortalProduct", made, **where)
    assert answer in told.client.list_portal_products(MaxResults="500")["Items"]
    told("ListPortalProducts", {"Items": []}, ResourceOwner="OTHER_ACCOUNTS")
    told("UpdatePortalProduct", made | {"DisplayOrder": {"Contents": []}}, **where, DisplayOrder={"Contents": []})
    policy = '{"Version": "2012-10-17", "Statement": []}'
    told("PutPortalProductSharingPolicy", NOTHING, **where, PolicyDocument=policy)
    told("GetPortalProductSharingPolicy", where | {"PolicyDocument": policy}, **where)
    told("DeletePortalProductSharingPolicy", NOTHING, **where)
    told("DeletePortalProduct", NOTHING, **where)


@tells("CreateProductPage", "GetProductPage", "ListProductPages", "UpdateProductPage", "DeleteProductPage")
def test_product_pages(told: Teller) -> None:
    where = product(told)
    content = {"Title": "Terms", "Body": "Be *kind*"}
    named = {"LastModified": NOW, "ProductPageArn": Like(f"{PRODUCT}/productpages/[a-z0-9]{{10}}"), "ProductPageId": ID}
    made = told("CreateProductPage", named | {"DisplayContent": content}, **where, DisplayContent=content)
    here = where | {"ProductPageId": made["ProductPageId"]}
    told("GetProductPage", made, **here)
    told("ListProductPages", {"Items": [named | {"PageTitle": "Terms"}]}, **where)
    content = {"Title": "Rules", "Body": "None"}
    told("UpdateProductPage", named | {"DisplayContent": content}, **here, DisplayContent=content)
    told("DeleteProductPage", NOTHING, **here)


@tells(
    *("CreateProductRestEndpointPage", "GetProductRestEndpointPage", "ListProductRestEndpointPages"),
    *("UpdateProductRestEndpointPage", "DeleteProductRestEndpointPage"),
)
def test_product_rest_endpoint_pages(told: Teller) -> None:
    where = product(told)
    api, _ = Teller(REST, told.client_of).deployed("shown")
    endpoint = {"IdentifierParts": {"RestApiId": api, "Stage": "prod", "Path": "/", "Method": "GET"}}
    address = {"Endpoint": f"https://{api}.execute-api.us-east-1.amazonaws.com/prod/"}
    named = {
        "LastModified": NOW,
        "ProductRestEndpointPageArn": Like(f"{PRODUCT}/productrestendpointpages/[a-z0-9]{{10}}"),
        "ProductRestEndpointPageId": ID,
        "RestEndpointIdentifier": endpoint,
        "Status": "AVAILABLE",
        "TryItState": "DISABLED",
    }
    page = named | {"DisplayContent": address}
    made = told("CreateProductRestEndpointPage", page, **where, RestEndpointIdentifier=endpoint)
    here = where | {"ProductRestEndpointPageId": made["ProductRestEndpointPageId"]}
    told("GetProductRestEndpointPage", made, **here)
    told("ListProductRestEndpointPages", {"Items": [named | address]}, **where)
    overrides = {"Overrides": {"OperationName": "All", "Body": "Every one"}}
    changed = named | {"TryItState": "ENABLED", "DisplayContent": address | overrides["Overrides"]}
    told("UpdateProductRestEndpointPage", changed, **here, DisplayContent=overrides, TryItState="ENABLED")
    told("DeleteProductRestEndpointPage", NOTHING, **here)
