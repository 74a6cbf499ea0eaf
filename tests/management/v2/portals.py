"""A small API, a product about it and a portal that shows it, for the tests of portals."""

from collections.abc import Callable
from typing import Any, NamedTuple

from gatewright.management.portal_page import PortalPages
from gatewright.values.headers import pairs
from gatewright.values.request import Request
from tests.management.gateway import NOW, Gateway

COLORS = {
    "AccentColor": "#0a5",
    "BackgroundColor": "#ffffff",
    "ErrorValidationColor": "red",
    "HeaderColor": "#eeeeee",
    "NavigationColor": "#fafafa",
    "TextColor": "#222",
}
CONTENT = {"DisplayName": "Zoo <&>", "Description": "All about *animals*", "Theme": {"CustomColors": COLORS}}
OPEN: dict[str, Any] = {"Authorization": {"None": {}}, "EndpointConfiguration": {"None": {}}}
POOL = {
    "AppClientId": "client",
    "UserPoolArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc",
    "UserPoolDomain": "https://zoo.auth.us-east-1.amazoncognito.com",
}
OTHER = "111122223333"


def make_api(gateway: Gateway) -> None:
    """API `pets` with GET and ANY /pets/{id+} on stage prod, documented."""
    rest = gateway.speaking("apigateway")
    root = rest.call("create_rest_api", name="pets", tags={"_custom_id_": "pets"})["rootResourceId"]
    above = rest.call("create_resource", restApiId="pets", parentId=root, pathPart="pets")["id"]
    below = rest.call("create_resource", restApiId="pets", parentId=above, pathPart="{id+}")["id"]
    rest.call("create_model", restApiId="pets", name="Pet", contentType="application/json", schema='{"title": "<Pet>"}')
    given = {"authorizationType": "AWS_IAM", "apiKeyRequired": True, "operationName": "GetPet"}
    given |= {"requestParameters": {"method.request.querystring.kind": True, "method.request.header.X-A": False}}
    for verb, members in (("GET", given), ("ANY", {"authorizationType": "NONE"})):
        method = {"restApiId": "pets", "resourceId": below, "httpMethod": verb}
        rest.call("put_method", **method, **members, requestModels={"application/json": "Pet"})
        rest.call("put_method_response", **method, statusCode="200", responseModels={"application/json": "Pet"})
        rest.call(
            "put_integration", **method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
        )
    for location, told in (
        (
            {"type": "METHOD", "path": "/pets/{id+}", "method": "GET"},
            '{"summary": "A pet", "description": "Its *name*"}',
        ),
        ({"type": "QUERY_PARAMETER", "path": "/pets/{id+}", "method": "GET", "name": "kind"}, '{"description": "<k>"}'),
    ):
        rest.call("create_documentation_part", restApiId="pets", location=location, properties=told)
    rest.call("create_deployment", restApiId="pets", stageName="prod")


def endpoint(verb: str = "GET", **changed: str) -> dict[str, Any]:
    """The identifier of a method of the API."""
    parts = {"RestApiId": "pets", "Stage": "prod", "Path": "/pets/{id+}", "Method": verb}
    return {"IdentifierParts": parts | changed}


class Product(NamedTuple):
    """A product with an overview, a page, a draft, and two endpoints that may be tried."""

    id: str
    arn: str
    overview: str
    page: str
    get: str
    any: str

    def arn_of(self, kind: str, id: str) -> str:
        return f"{self.arn}/{kind}/{id}"


def make_product(gateway: Gateway) -> Product:
    made = gateway.call("create_portal_product", DisplayName="Pets", Description="Pets & more")
    id, arn = made["PortalProductId"], made["PortalProductArn"]

    def page(title: str, body: str) -> Any:
        content = {"Title": title, "Body": body}
        return gateway.call("create_product_page", PortalProductId=id, DisplayContent=content)["ProductPageId"]

    def about(verb: str, **given: Any) -> Any:
        given = {"RestEndpointIdentifier": endpoint(verb), "TryItState": "ENABLED"} | given
        answer = gateway.call("create_product_rest_endpoint_page", PortalProductId=id, **given)
        return answer["ProductRestEndpointPageId"]

    overrides = {"Overrides": {"OperationName": "Any pet", "Endpoint": "https://zoo.example/pets", "Body": "**All**"}}
    pages = (page("Overview", "## Hello"), page("Terms", "Be <b>kind</b>"), about("GET"))
    product = Product(id, arn, *pages, about("ANY", DisplayContent=overrides))
    page("Draft", "secret draft")
    order = {
        "OverviewPageArn": product.arn_of("productpages", product.overview),
        "ProductPageArns": [product.arn_of("productpages", product.page)],
        "Contents": [
            {
                "SectionName": "Read",
                "ProductRestEndpointPageArns": [
                    product.arn_of("productrestendpointpages", each) for each in (product.get, product.any)
                ],
            }
        ],
    }
    gateway.call("update_portal_product", PortalProductId=id, DisplayOrder=order)
    return product


def make_portal(gateway: Gateway, *products: str, **given: Any) -> str:
    """The id of a portal that shows them."""
    answer = gateway.call(
        "create_portal", **(OPEN | {"PortalContent": CONTENT, "IncludedPortalProductArns": list(products)} | given)
    )
    return str(answer["PortalId"])


class Read(NamedTuple):
    """An answer as a browser gets it."""

    status: int
    headers: dict[str, str]
    body: str


def reader(gateway: Gateway, clock: Callable[[], float] = lambda: NOW) -> Callable[..., Read]:
    """Reads pages at their path, as the node answers them; nothing where no portal has the host."""
    pages = PortalPages(gateway.store, clock)
    gateway.store.subscribe(pages.drop_changed)

    def read(path: str, method: str = "GET", host: str = "") -> Read:
        request = Request(method, path, path, "", [], b"", "127.0.0.1", "http", NOW)
        response = pages.at_host(host, request) if host else pages(request)
        if response is None:
            return Read(0, {}, "")
        return Read(response.status, dict(pairs(response.headers)), response.body.decode())

    return read
