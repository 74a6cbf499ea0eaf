"""Pages of a list, as a service cuts them: how many at once, and an opaque word for where the next page begins.

API Gateway's first API: `limit` is 25 unless told and at most 500, `position` comes with every page but the last.
https://docs.aws.amazon.com/apigateway/latest/api/API_GetRestApis.html
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gatewright.aws.call import Call
from gatewright.management.patch import refused
from gatewright.values.records import Document, Key, Transaction


@dataclass(frozen=True, slots=True)
class Paging:
    """The input and output members that carry a service's pages, and their sizes."""

    items: str
    position: str
    limit: str
    usual: int
    most: int

    def page(self, tx: Transaction, key: Key, call: Call, wanted: Callable[[Document], bool]) -> Document:
        """`found`: ids and documents of one page of `key`'s wanted siblings; the position of the next page if any."""
        limit = self._limit(call)
        after = self._after(call)
        found: list[tuple[str, Document]] = []
        more = True
        while more and len(found) <= limit:
            read = tx.list(key, after=after, limit=limit + 1)
            found += [(id, document) for id, document in read if wanted(document)]
            more = len(read) > limit
            after = read[-1][0] if read else after
        if len(found) <= limit:
            return {"found": found}
        return {"found": found[:limit], self.position: id_to_position(found[limit - 1][0])}

    def cut(self, ids: Sequence[str], call: Call) -> Document:
        """`found`: one page of `ids`, which are sorted; the position of the next page, if any."""
        limit, after = self._limit(call), self._after(call)
        found = [id for id in ids if id > after]
        if len(found) <= limit:
            return {"found": found}
        return {"found": found[:limit], self.position: id_to_position(found[limit - 1])}

    def _after(self, call: Call) -> str:
        try:
            return position_to_id(call.input.get(self.position))
        except ValueError:
            raise refused(f"Invalid {self.position} specified") from None

    def _limit(self, call: Call) -> int:
        given = str(call.input.get(self.limit) or self.usual)
        limit = int(given) if given.isdecimal() and len(given) < 10 else 0
        if limit < 1:
            raise refused(f"Invalid {self.limit} specified: {given}")
        return min(limit, self.most)


POSITION = Paging(items="items", position="position", limit="limit", usual=25, most=500)
NEXT_TOKEN = Paging(items="items", position="nextToken", limit="maxResults", usual=25, most=500)
"""The second API's: `maxResults` comes as text."""


def id_to_position(id: str) -> str:
    """The opaque position after the record `id`."""
    return base64.urlsafe_b64encode(id.encode()).decode()


def position_to_id(position: str | None) -> str:
    """The id that a position stands for; "" is the beginning. Raises ValueError for what we never gave out."""
    return base64.b64decode((position or "").encode("ascii"), altchars=b"-_", validate=True).decode()
