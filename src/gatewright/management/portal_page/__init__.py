"""Published portals and their previews, as web pages below `PAGE`: HTML made when it is asked for.

A page carries nothing that its owner or readers wrote but as text (`languages/markdown/`), and may run no script but
the node's own, which tries endpoints: these pages have the origin of everything else that a node answers.
"""

from collections.abc import Callable

from gatewright.values.records import Store
from gatewright.values.request import Request
from gatewright.values.response import Response

PAGE = "/_gatewright/portals/"
OVERVIEW = "overview"  # in the place of an id, the page that a product opens with


def portal_pages(store: Store, clock: Callable[[], float]) -> Callable[[Request], Response]:
    """What answers below `PAGE`; `clock` gives epoch seconds. Its modules come with the first reader."""

    def page(request: Request) -> Response:
        from gatewright.management.portal_page.pages import answer  # noqa: PLC0415

        return answer(store, clock(), request)

    return page
