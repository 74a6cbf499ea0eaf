"""The pages of a site as HTML. Every value goes through `escape` or the Markdown language."""

from collections.abc import Iterable
from html import escape
from itertools import groupby
from typing import NamedTuple

from gatewright.languages.markdown import to_html
from gatewright.management.portal_page.endpoint import endpoint
from gatewright.values.records import Document

SIGN_IN = (
    "Readers of this portal sign in with an Amazon Cognito user pool. This version of Gatewright does not serve that, "
    "so it shows the portal to nobody."
)
_COLORS = {  # CSS variables, and the colours of a theme that they are
    "accent": "accentColor",
    "background": "backgroundColor",
    "error": "errorValidationColor",
    "header": "headerColor",
    "navigation": "navigationColor",
    "text": "textColor",
}


class Site(NamedTuple):
    """A published site: where its pages are, where those files are that all sites share, and what its record says."""

    base: str
    assets: str
    record: Document


def theme(site: Document) -> str:
    """A site's colours as CSS: they were held against what CSS takes when the portal got them."""
    colors = site["portalContent"]["theme"]["customColors"]
    return ":root {\n" + "".join(f"  --{name}: {colors[member]};\n" for name, member in _COLORS.items()) + "}\n"


def message(title: str, text: str) -> str:
    """A page of its own, without a site."""
    return f"{_head(title, '')}<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></body></html>\n"


def home(site: Site) -> str:
    """The first page: what the portal is, and its products."""
    content = site.record["portalContent"]
    products = "".join(
        f'<li><a href="{_address(site, each)}">{escape(each["displayName"])}</a>{_description(each)}</li>\n'
        for each in site.record["products"]
    )
    listed = f'<ul class="products">\n{products}</ul>' if products else "<p>There are no products yet.</p>"
    text = f"<h1>{escape(content['displayName'])}</h1>{_description(content)}\n{listed}"
    return _layout(site, content["displayName"], text)


def product(site: Site, shown: Document, overview: Document | None) -> str:
    """A product's first page: what it is, its overview if it has one, and all that is written about it."""
    pages = "".join(_section(site, shown, *section) for section in _sections(shown))
    about = f'\n<div class="text">{to_html(overview["body"])}</div>' if overview else ""
    text = f"<h1>{escape(shown['displayName'])}</h1>{_description(shown)}{about}\n{pages}"
    return _layout(site, shown["displayName"], text, shown)


def page(site: Site, shown: Document, id: str, written: Document) -> str:
    """One page of a product: about it, or about one of its endpoints."""
    about = endpoint(written) if "method" in written else ""
    title = f"<h1>{escape(written['title'])}</h1>"
    body = f'<div class="text">{to_html(written["body"])}</div>'
    script = f'<script src="{site.assets}try_it.js" defer></script>\n' if written.get("invoke") else ""
    return _layout(site, written["title"], f"{title}\n{body}\n{about}", shown, id, script)


def _description(of: Document) -> str:
    return f"<p>{escape(of['description'])}</p>" if of.get("description") else ""


def _sections(product: Document) -> Iterable[tuple[str, list[Document]]]:
    return [(name, list(pages)) for name, pages in groupby(product["pages"], lambda each: str(each["section"]))]


def _section(site: Site, product: Document, name: str, pages: list[Document], current: str = "") -> str:
    marks = [_current(each["id"] == current) for each in pages]
    links = "".join(
        f'<li><a href="{_address(site, product, each)}"{mark}>{escape(each["title"])}</a></li>'
        for each, mark in zip(pages, marks, strict=True)
    )
    title = f"<h2>{escape(name)}</h2>" if name else ""
    return f'{title}<ul class="pages">{links}</ul>\n'


def _current(is_current: bool) -> str:
    return ' aria-current="page"' if is_current else ""


def _address(site: Site, product: Document, page: Document | None = None) -> str:
    return f"{site.base}{product['id']}/{page['id'] if page else ''}"


def _navigation(site: Site, current: Document | None, page_id: str) -> str:
    """All products, and the pages of the current one."""
    items = []
    for each in site.record["products"]:
        here = each is current
        inside = "".join(_section(site, each, *section, page_id) for section in _sections(each)) if here else ""
        mark = _current(here and not page_id)
        items.append(f'<li><a href="{_address(site, each)}"{mark}>{escape(each["displayName"])}</a>{inside}</li>\n')
    return f'<nav aria-label="Products"><ul>\n{"".join(items)}</ul></nav>'


def _layout(site: Site, title: str, main: str, current: Document | None = None, id: str = "", script: str = "") -> str:
    name = escape(site.record["portalContent"]["displayName"])
    logo = f'<img src="{site.base}logo" alt="">' if "logo" in site.record else ""
    preview = '<p class="preview">A preview: nothing can be tried here.</p>' if "ends" in site.record else ""
    styles = (
        f'<link rel="stylesheet" href="{site.assets}portal.css">\n<link rel="stylesheet" href="{site.base}theme.css">'
    )
    return (
        f"{_head(title, f'{styles}{chr(10)}{script}')}<body>\n"
        f'<header><a href="{site.base}">{logo}{name}</a></header>\n{preview}'
        f'<div class="columns">{_navigation(site, current, id)}\n<main>\n{main}\n</main></div>\n</body></html>\n'
    )


def _head(title: str, rest: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n{rest}</head>"
    )
