"""A portal on a real node: published with its logo, read in a browser, and an endpoint tried there."""

import base64
import json
import shutil
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from tests.journeys.backend import Backend, serving
from tests.journeys.browser import Browser
from tests.node import Node

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
COLORS = ("AccentColor", "BackgroundColor", "ErrorValidationColor", "HeaderColor", "NavigationColor", "TextColor")
THEME = {"CustomColors": dict.fromkeys(COLORS, "#ffffff") | {"TextColor": "#123456", "HeaderColor": "navy"}}


class Echo(Backend):
    """Answers a POST with what of it the test looks at."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"target": self.path, "a": self.headers["X-A"], "type": self.headers["Content-Type"], "body": body}
        self.answer(json.dumps(told).encode(), status=201, content_type="application/json")


def make_api(node: Node, port: int = 9) -> str:
    """An API whose POST /pets/{id} goes to the backend on that port."""
    rest = node.client("apigateway")
    api = rest.create_rest_api(name="shown")
    where = {"restApiId": api["id"]}
    pets = rest.create_resource(**where, parentId=api["rootResourceId"], pathPart="pets")["id"]
    pet = rest.create_resource(**where, parentId=pets, pathPart="{id}")["id"]
    method = where | {"resourceId": pet, "httpMethod": "POST"}
    places = {"path.id": True, "querystring.kind": True, "header.X-A": False}
    parameters = {f"method.request.{place}": required for place, required in places.items()}
    rest.put_method(**method, authorizationType="NONE", requestParameters=parameters)
    rest.put_integration(
        **method,
        type="HTTP_PROXY",
        integrationHttpMethod="POST",
        uri=f"http://127.0.0.1:{port}/{{id}}",
        requestParameters={"integration.request.path.id": "method.request.path.id"},
    )
    rest.create_deployment(**where, stageName="prod")
    return str(api["id"])


def make_portal(node: Node, api: str, **given: Any) -> tuple[str, str]:
    """Where a new portal is, and the page of the API's method."""
    v2 = node.client("apigatewayv2")
    product = v2.create_portal_product(DisplayName="Pets")
    endpoint = {"IdentifierParts": {"RestApiId": api, "Stage": "prod", "Path": "/pets/{id}", "Method": "POST"}}
    where = {"PortalProductId": product["PortalProductId"]}
    script = {"Overrides": {"Body": "<script>document.title = 'bad'</script> <b>[x](javascript:alert(1))</b>"}}
    page = v2.create_product_rest_endpoint_page(
        **where, RestEndpointIdentifier=endpoint, TryItState="ENABLED", DisplayContent=script
    )
    section = {"SectionName": "Write", "ProductRestEndpointPageArns": [page["ProductRestEndpointPageArn"]]}
    v2.update_portal_product(**where, DisplayOrder={"Contents": [section]})
    portal = v2.create_portal(
        Authorization={"None": {}},
        EndpointConfiguration={"None": {}},
        PortalContent={"DisplayName": "Zoo", "Theme": THEME},
        IncludedPortalProductArns=[product["PortalProductArn"]],
        **given,
    )
    v2.publish_portal(PortalId=portal["PortalId"])
    site = f"/_gatewright/portals/{portal['PortalId']}/"
    return site, f"{site}{product['PortalProductId']}/{page['ProductRestEndpointPageId']}"


def test_a_portal_and_its_logo(shared: Node) -> None:
    s3, v2 = shared.client("s3"), shared.client("apigatewayv2")
    s3.create_bucket(Bucket="logos")
    s3.put_object(Bucket="logos", Key="a b/logo.png", Body=PIXEL)
    s3.put_object(Bucket="logos", Key="large.png", Body=PIXEL + bytes(200 * 1024))
    s3.put_object(Bucket="logos", Key="text.html", Body=b"<html>")
    site, _ = make_portal(shared, make_api(shared), LogoUri="s3://logos/a b/logo.png")
    status, headers, body = shared.request("GET", f"{site}logo")
    assert (status, headers["content-type"], body) == (200, "image/png", PIXEL)
    assert headers["content-security-policy"].endswith("sandbox")
    assert f'<img src="{site}logo" alt="">'.encode() in shared.request("GET", site)[2]
    id = site.split("/")[3]
    came = v2.get_portal(PortalId=id)["PortalContent"]["Theme"]["LogoLastUploaded"]
    renamed = v2.update_portal(PortalId=id, PortalContent={"DisplayName": "New", "Theme": THEME})
    assert renamed["PortalContent"]["Theme"] == THEME | {"LogoLastUploaded": came}
    for uri, why in (
        ("s3://logos/none.png", "Invalid logo URI specified: "),
        ("https://logos.s3.us-east-1.amazonaws.com/large.png", "Invalid logo specified: a logo has at most 204800"),
        ("s3://logos/text.html", "Invalid logo specified: a logo is a PNG, JPEG, GIF, WebP or SVG image"),
    ):
        with pytest.raises(v2.exceptions.BadRequestException, match=why):
            v2.update_portal(PortalId=id, LogoUri=uri)
    assert v2.update_portal(PortalId=id, LogoUri="")["PortalContent"]["Theme"] == THEME
    assert shared.request("GET", f"{site}logo")[0] == 200
    v2.publish_portal(PortalId=id)
    assert shared.request("GET", f"{site}logo")[0] == 404
    assert shared.request("HEAD", site)[::2] == (200, b"")
    assert shared.request("GET", site, host="docs.example.com")[0] == 403  # a stranger's name for this machine
    reader = {"Referer": f"{shared.url}{site}", "Sec-Fetch-Site": "same-origin"}
    assert shared.request("GET", f"{site}theme.css", headers=reader)[0] == 200
    for method, path in (("GET", "/?Action=ListQueues"), ("GET", "/_gatewright/health"), ("POST", "/restapis")):
        status, _, body = shared.request(method, path, headers=reader | {"Origin": shared.url})
        assert status == 403 and b"may not call this gateway" in body
    status, _, body = shared.request("GET", "/", host=f"p-{id}.apigw-portal.us-east-1.on.aws:{shared.port}")
    assert status == 200 and body == shared.request("GET", site)[2].replace(site.encode(), b"/")
    assert shared.request("POST", "/restapis", host=f"p-{id}.apigw-portal.us-east-1.on.aws")[0] == 405
    own = {"DomainName": "docs.localhost", "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1"}
    v2.update_portal(PortalId=id, EndpointConfiguration={"AcmManaged": own})
    assert shared.request("GET", "/", host="docs.localhost") == (status, ANY, body)
    assert shared.request("POST", "/restapis", host="docs.localhost")[0] == 405


def test_an_endpoint_is_tried_in_a_browser(shared: Node, tmp_path: Path) -> None:
    with serving(Echo) as port, Browser(tmp_path / "profile") as browser:
        site, page = make_portal(shared, make_api(shared, port))
        browser.open(shared.url + site)
        assert browser.run("document.querySelector('h1').textContent") == "Zoo"
        assert browser.run("getComputedStyle(document.querySelector('main')).color") == "rgb(18, 52, 86)"
        assert browser.run("getComputedStyle(document.querySelector('header')).backgroundColor") == "rgb(0, 0, 128)"
        browser.run("document.querySelector('ul.products a').click()")
        browser.until("document.querySelector('h2')?.textContent === 'Write'")
        browser.open(shared.url + page)
        assert browser.run("document.title") == "/pets/{id}"
        assert browser.run("document.querySelector('.text').textContent.trim()") == (
            "<script>document.title = 'bad'</script> <b>[x](javascript:alert(1))</b>"
        )
        for name, value in (("id", "a/b ü"), ("kind", "c&d"), ("X-A", "e")):
            browser.run(f"document.querySelector('[data-name=\"{name}\"]').value = {json.dumps(value)}")
        browser.run("document.querySelector('[name=body]').value = '[1, {\"<b>\": 2}]'")
        browser.run("document.querySelector('#try-it button').click()")
        browser.until("!document.getElementById('answer').hidden")
        assert browser.run("document.getElementById('status').textContent") == "201 Created"
        answer = json.loads(browser.run("document.getElementById('response-body').textContent"))
        target = "/a%2Fb%20%C3%BC?kind=c%26d"
        assert answer == {"target": target, "a": "e", "type": "application/json", "body": [1, {"<b>": 2}]}
        assert "content-type: application/json" in browser.run(
            "document.getElementById('response-headers').textContent"
        )
        browser.run("document.querySelector('[data-name=id]').value = '..'")  # would lead to what is above the API
        browser.run("document.querySelector('#try-it button').disabled = false")
        browser.run("document.querySelector('#try-it button').click()")
        browser.until("document.getElementById('answer').className === 'error'")
        blocked = "new Promise(done => { document.addEventListener('securitypolicyviolation', e => done(e.blockedURI));"
        inline = "const s = document.createElement('script'); s.textContent = '1'; document.body.append(s); })"
        assert browser.run(blocked + inline) == "inline"
        browser.run("{ const a = document.createElement('a'); a.href = '/_gatewright/health'; a.click() }")
        browser.until("location.pathname === '/_gatewright/health' && document.readyState === 'complete'")
        assert "may not call this gateway" in browser.run("document.body.textContent")
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)
