"""The pages of published portals: what readers see, what nobody sees, and what is only text."""

import pytest

from tests.management.gateway import Gateway
from tests.management.v2.portals import POOL, Product, Read, make_api, make_portal, make_product, reader

PAGE = "/_gatewright/portals/"


@pytest.fixture
def product(gateway: Gateway) -> Product:
    make_api(gateway)
    return make_product(gateway)


@pytest.fixture
def site(gateway: Gateway, product: Product) -> str:
    """Where a published portal is."""
    id = make_portal(gateway, product.arn)
    gateway.call("publish_portal", PortalId=id)
    return f"{PAGE}{id}/"


def main_of(page: Read) -> str:
    assert page.status == 200
    return page.body.partition("<main>\n")[2].partition("\n</main>")[0]


def test_the_first_page(gateway: Gateway, product: Product, site: str) -> None:
    page = reader(gateway)(site)
    assert page == Read(
        200,
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
            "img-src 'self' https: http:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-cache",
        },
        f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Zoo &lt;&amp;&gt;</title>
<link rel="stylesheet" href="/_gatewright/portals/-/portal.css">
<link rel="stylesheet" href="{site}theme.css">
</head><body>
<header><a href="{site}">Zoo &lt;&amp;&gt;</a></header>
<div class="columns"><nav aria-label="Products"><ul>
<li><a href="{site}{product.id}/">Pets</a></li>
</ul></nav>
<main>
<h1>Zoo &lt;&amp;&gt;</h1><p>All about *animals*</p>
<ul class="products">
<li><a href="{site}{product.id}/">Pets</a><p>Pets &amp; more</p></li>
</ul>
</main></div>
</body></html>
""",
    )


def test_a_product_opens_with_its_overview(gateway: Gateway, product: Product, site: str) -> None:
    here = f"{site}{product.id}/"
    assert main_of(reader(gateway)(here)) == (
        '<h1>Pets</h1><p>Pets &amp; more</p>\n<div class="text"><h3>Hello</h3></div>\n'
        f'<ul class="pages"><li><a href="{here}{product.page}">Terms</a></li></ul>\n'
        f'<h2>Read</h2><ul class="pages"><li><a href="{here}{product.get}">GetPet</a></li>'
        f'<li><a href="{here}{product.any}">Any pet</a></li></ul>\n'
    )


def test_a_page_of_text(gateway: Gateway, product: Product, site: str) -> None:
    page = reader(gateway)(f"{site}{product.id}/{product.page}")
    assert main_of(page) == '<h1>Terms</h1>\n<div class="text"><p>Be &lt;b&gt;kind&lt;/b&gt;</p></div>\n'
    assert f'<a href="{site}{product.id}/{product.page}" aria-current="page">Terms</a>' in page.body


def test_the_page_of_an_endpoint(gateway: Gateway, product: Product, site: str) -> None:
    page = reader(gateway)(f"{site}{product.id}/{product.get}")
    schema = "<p><code>application/json</code></p><pre><code>{&quot;title&quot;: &quot;&lt;Pet&gt;&quot;}</code></pre>"
    about, _, form = main_of(page).partition("<h2>Try it</h2>")
    assert about == (
        '<h1>GetPet</h1>\n<div class="text"><p>A pet</p>\n<p>Its <em>name</em></p></div>\n'
        '<p class="endpoint"><strong>GET</strong> '
        "<code>https://pets.execute-api.us-east-1.amazonaws.com/prod/pets/{id+}</code></p>\n"
        "<h2>Who may call</h2><p>Callers sign their requests with AWS Signature Version 4: trying it here is refused. "
        "Callers send an API key in the header <code>x-api-key</code>.</p>\n"
        "<h2>Parameters</h2><table>"
        "<tr><th>Name</th><th>In</th><th>Required</th><th>Description</th></tr>"
        "<tr><td><code>id</code></td><td>path</td><td>yes</td><td></td></tr>"
        "<tr><td><code>kind</code></td><td>querystring</td><td>yes</td><td>&lt;k&gt;</td></tr>"
        "<tr><td><code>X-A</code></td><td>header</td><td>no</td><td></td></tr></table>\n"
        f"<h2>Request body</h2>{schema}\n<h2>Response 200</h2><p>No description.</p>{schema}\n"
    )
    assert form.startswith(
        '<form id="try-it" data-address="/_aws/execute-api/pets/prod/pets/{id}" data-greedy="id">'
        '<label>Method <select name="verb"><option>GET</option></select></label>'
        '<label>id <small>path</small> <input data-in="path" data-name="id" required></label>'
        '<label>kind <small>querystring</small> <input data-in="querystring" data-name="kind" required></label>'
        '<label>X-A <small>header</small> <input data-in="header" data-name="X-A"></label>'
        '<label>x-api-key <small>header</small> <input data-in="header" data-name="x-api-key"></label>'
    )
    assert 'name="body"' not in form and '<script src="/_gatewright/portals/-/try_it.js" defer>' in page.body


def test_a_page_says_what_it_overrides(gateway: Gateway, product: Product, site: str) -> None:
    main = main_of(reader(gateway)(f"{site}{product.id}/{product.any}"))
    assert main.startswith(
        '<h1>Any pet</h1>\n<div class="text"><p><strong>All</strong></p></div>\n'
        '<p class="endpoint"><strong>ANY</strong> <code>https://zoo.example/pets</code></p>\n'
    )
    verbs = "".join(f"<option>{verb}</option>" for verb in ("DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))
    assert f'<select name="verb">{verbs}</select>' in main and 'name="body"' in main


def test_what_may_not_be_tried_has_no_form(gateway: Gateway, product: Product, site: str) -> None:
    rest = gateway.speaking("apigateway")
    closed = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    rest.call("update_rest_api", restApiId="pets", patchOperations=closed)
    rest.call("create_deployment", restApiId="pets", stageName="prod")
    page = f"{site}{product.id}/{product.get}"
    assert "try-it" in reader(gateway)(page).body
    gateway.call("publish_portal", PortalId=site.split("/")[3])
    assert "try_it" not in reader(gateway)(page).body and "try-it" not in reader(gateway)(page).body


def test_files_that_pages_need(gateway: Gateway, site: str) -> None:
    read = reader(gateway)
    theme = read(f"{site}theme.css")
    assert (theme.status, theme.headers["Content-Type"], theme.body) == (
        200,
        "text/css",
        ":root {\n  --accent: #0a5;\n  --background: #ffffff;\n  --error: red;\n  --header: #eeeeee;\n"
        "  --navigation: #fafafa;\n  --text: #222;\n}\n",
    )
    types = {"portal.css": "text/css; charset=utf-8", "try_it.js": "text/javascript; charset=utf-8"}
    for name, kind in types.items():
        file = read(f"{PAGE}-/{name}")
        assert (file.status, file.headers["Content-Type"]) == (200, kind) and len(file.body) > 500
    assert read(site[:-1]).headers["Location"] == site


def test_what_is_not_there(gateway: Gateway, product: Product, site: str) -> None:
    read = reader(gateway)
    drafts = gateway.call("list_product_pages", PortalProductId=product.id)["Items"]
    (draft,) = (each["ProductPageId"] for each in drafts if each["PageTitle"] == "Draft")
    inside = (
        "logo",
        "x",
        "nothing000/",
        f"{product.id}/{draft}",
        f"{product.id}/overview",
        f"{product.id}/../x",
        "%2e/",
    )
    paths = [*(f"{site}{path}" for path in inside), PAGE, f"{PAGE}-/", f"{PAGE}-/../pages.py", f"{PAGE}nothing000/"]
    for path in paths:
        page = read(path)
        assert page.status == 404 and "No portal is published here." in page.body, path
        assert "Content-Security-Policy" in page.headers
    posted = read(site, "POST")
    assert (posted.status, posted.headers["Allow"]) == (405, "GET, HEAD")


def test_a_portal_that_readers_sign_in_to_is_closed(gateway: Gateway, product: Product, site: str) -> None:
    read, id = reader(gateway), site.split("/")[3]

    def closed() -> set[int]:
        return {read(f"{site}{path}").status for path in ("", "theme.css", "logo", f"{product.id}/{product.get}")}

    gateway.call("update_portal", PortalId=id, Authorization={"CognitoConfig": POOL})
    assert closed() == {403}
    assert "shows the portal to nobody" in read(site).body
    gateway.call("publish_portal", PortalId=id)
    gateway.call("update_portal", PortalId=id, Authorization={"None": {}})
    assert closed() == {403}
    gateway.call("publish_portal", PortalId=id)
    assert closed() == {200, 404}


def test_a_portal_answers_at_its_name(gateway: Gateway, product: Product, site: str) -> None:
    read, id = reader(gateway), site.split("/")[3]
    default, own = f"p-{id}.apigw-portal.us-east-1.on.aws", "docs.zoo.com"
    page = read("/", host=default)
    assert page == Read(200, page.headers, read(site).body.replace(f'"{site}', '"/'))
    for path in (f"/{product.id}/{product.get}", "/theme.css", "/_gatewright/portals/-/portal.css"):
        assert read(path, host=default).status == 200, path
    assert read(site, host=default).status == read("/restapis", host=default).status == 404
    assert read("/", host=own) == Read(0, {}, "")
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/1"
    managed = {"DomainName": "Docs.zoo.com", "CertificateArn": certificate}
    gateway.call("update_portal", PortalId=id, EndpointConfiguration={"AcmManaged": managed})
    assert (read("/", host=own).status, read("/", host=default).status) == (200, 0)
    gateway.call("update_portal", PortalId=id, Authorization={"CognitoConfig": POOL})
    assert read("/", host=own).status == 403
    gateway.call("disable_portal", PortalId=id)
    assert read("/", host=own) == Read(0, {}, "")


def test_a_host_that_is_no_portals_costs_no_read(gateway: Gateway, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = reader(gateway)
    assert read("/", host="a.example.com").status == 0
    monkeypatch.setattr(gateway.store, "read", None)
    assert read("/", host="b.example.com").status == 0


def test_a_page_shows_what_was_published(gateway: Gateway, product: Product, site: str) -> None:
    read, here = reader(gateway), f"{site}{product.id}/{product.page}"
    content = {"Title": "Terms", "Body": "newer"}
    gateway.call("update_product_page", PortalProductId=product.id, ProductPageId=product.page, DisplayContent=content)
    assert "newer" not in read(here).body
    gateway.call("publish_portal", PortalId=site.split("/")[3])
    assert "newer" in read(here).body
    gateway.call("disable_portal", PortalId=site.split("/")[3])
    assert read(here).status == read(site).status == 404
