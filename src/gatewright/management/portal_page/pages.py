"""Which page of which site a request is for, and whether it is shown.

A portal whose readers should sign in shows nothing to anybody: signing in is not served.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals-use-portal.html
"""

import base64
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from gatewright.aws.response_headers import line
from gatewright.management.portal_page import OVERVIEW, PAGE, html
from gatewright.values.records import Document, Key, Store, Transaction
from gatewright.values.response import Response

_SITE = re.compile("[a-z0-9]{10,30}")
_PATH = re.compile(r"([a-z0-9]{10,30})/(?:(theme\.css|logo)|([a-z0-9]{10})/([a-z0-9]{10})?)?")
_ASSETS: Mapping[str, str] = {"portal.css": "text/css", "try_it.js": "text/javascript"}
# Nothing from elsewhere but pictures that a page shows; forms are sent by the script alone.
_SECURE = (
    line(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' https: http:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    line("X-Content-Type-Options", "nosniff"),
    line("Referrer-Policy", "same-origin"),
    line("Cache-Control", "no-cache"),
)
_LOGO = (line("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"), *_SECURE[1:])


def answer(store: Store, now: float, method: str, path: str, home: str) -> Response:
    """The page of `path`, which is `{site}/...` or `-/{file}`; a 404 for what is not published, a 403 for what is not
    for everybody. `now` is in epoch seconds, `home` where a site begins, with {} for its id."""
    if method not in ("GET", "HEAD"):
        return Response(405, [line("Allow", "GET, HEAD"), *_SECURE], b"")
    if path.startswith("-/"):
        return _asset(path[2:])
    if _SITE.fullmatch(path):
        return Response(308, [line("Location", home.format(path)), *_SECURE], b"")
    parts = _PATH.fullmatch(path)
    if parts is None:
        return _not_found()
    with store.read() as tx:
        return _shown(tx, now, parts, home.format(parts[1]))


def _shown(tx: Transaction, now: float, parts: re.Match[str], home: str) -> Response:
    keys = tx.find("PortalSite", parts[1])
    site = tx.get(keys[0]) if len(keys) == 1 else None
    if site is None or site.get("ends", float("inf")) <= now:
        return _not_found()
    if not _is_open(tx, keys[0], site):
        return _html(403, html.message("Closed", html.SIGN_IN))
    if parts[2] == "logo":
        return _logo(site)
    if parts[2]:
        return Response(200, [line("Content-Type", "text/css"), *_SECURE], html.theme(site).encode())
    return _page(tx, keys[0], html.Site(home, f"{PAGE}-/", site), parts)


def _is_open(tx: Transaction, key: Key, site: Document) -> bool:
    """Whether everybody may read it: both what was published says so, and its portal as it is now."""
    portal = tx.get(key._replace(kind="Portal", id=site["portalId"])) or {"authorization": {}}
    return all("none" in each["authorization"] and len(each["authorization"]) == 1 for each in (site, portal))


def _page(tx: Transaction, key: Key, site: html.Site, parts: re.Match[str]) -> Response:
    product = next((each for each in site.record["products"] if each["id"] == parts[3]), None)
    if parts[3] is None:
        return _html(200, html.home(site))
    if product is None:
        return _not_found()
    page = tx.get(key._replace(kind="PortalSitePage", parent=key.id, id=f"{parts[3]}/{parts[4] or OVERVIEW}"))
    if parts[4] is None:
        return _html(200, html.product(site, product, page))
    return _html(200, html.page(site, product, parts[4], page)) if page else _not_found()


def _logo(site: Document) -> Response:
    logo: dict[str, Any] | None = site.get("logo")
    if logo is None:
        return _not_found()
    return Response(200, [line("Content-Type", logo["contentType"]), *_LOGO], base64.b64decode(logo["bytes"]))


def _asset(name: str) -> Response:
    if name not in _ASSETS:
        return _not_found()
    content = files(__package__).joinpath("static", name).read_bytes()
    return Response(200, [line("Content-Type", f"{_ASSETS[name]}; charset=utf-8"), *_SECURE], content)


def _not_found() -> Response:
    return _html(404, html.message("Not found", "No portal is published here."))


def _html(status: int, text: str) -> Response:
    return Response(status, [line("Content-Type", "text/html; charset=utf-8"), *_SECURE], text.encode())
