"""The web ACLs of stages: from a file, or asked of the wafv2 endpoint when first needed and kept for a while.

What is asked for anew and cannot be had stays as it last was, and nobody waits for it until it can be had again; what
was never had is no reason to let anybody through. All that wait for one web ACL share one question.
https://docs.aws.amazon.com/waf/latest/APIReference/API_GetWebACL.html
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

import msgspec

from gatewright.aws.service_api import service_host
from gatewright.execute.request_rates import RequestRates
from gatewright.execute.world import ServiceCall, Services
from gatewright.languages.waf.document import Document, WebAclError
from gatewright.values.faults import NetworkFault
from gatewright.values.least_recent import LeastRecent
from gatewright.values.long_work import LongWork
from gatewright.values.pending import Pending
from gatewright.values.single_flight import SingleFlight

if TYPE_CHECKING:
    from gatewright.languages.waf.rule import WebAcl

SERVICE = "wafv2"
TARGET = "AWSWAF_20190729."
KEPT_SECONDS = 30.0  # after a change that did not pass through this node, it may take so long until it is seen
AGAIN_SECONDS = 5.0  # between two questions that get no answer
PATIENCE = 10.0  # seconds; the embedded neighbour may have to be started
SHORT_PATIENCE = 2.0  # where what is known can hold
MOST_WEB_ACLS = 1_000
MOST_REFERENCES = 200
_GETS = {
    "webacl": ("GetWebACL", "WebACL"),
    "ipset": ("GetIPSet", "IPSet"),
    "regexpatternset": ("GetRegexPatternSet", "RegexPatternSet"),
    "rulegroup": ("GetRuleGroup", "RuleGroup"),
}
NONE: "Mapping[str, WebAcl]" = {}
_NEVER = -1
_log = logging.getLogger(__name__)


class WebAclUnreachable(Exception):
    """A document cannot be had now: why. It may be there all the same."""


@dataclass(slots=True)
class _Known:
    """What is known of one web ACL; `fault` is why there is none. Times are epoch seconds."""

    acl: "WebAcl | None" = None
    fault: str = ""
    documents: tuple[Any, ...] = ()
    changes: int = _NEVER  # how many there had been when it was asked for: what came later, it may not have
    good_until: float = -inf
    is_lost: bool = False  # `acl` holds, though it could not be asked for anew
    flight: SingleFlight[None] = field(default_factory=SingleFlight)


class WebAcls:
    """All web ACLs of one node. `given` are those of a file, by the names it gives them; `now` gives epoch seconds."""

    def __init__(
        self, services: Services, now: Callable[[], float], work: LongWork, given: "Mapping[str, WebAcl]" = NONE
    ) -> None:
        self._services = services
        self._now = now
        self._work = work
        self.given = given
        self._known: LeastRecent[str, _Known] = LeastRecent(MOST_WEB_ACLS)
        self._changes = 0
        self.rates = RequestRates()

    async def of(self, arn: str) -> "WebAcl":
        """The web ACL of that ARN, or name in the file. Raises WebAclError when it cannot be had or evaluated."""
        if arn in self.given:
            return self.given[arn]
        known = self._known.get_or_put(arn, _Known)
        for _ in range(2):  # a question that is under way may be older than a change
            is_current = known.changes == self._changes
            if is_current and known.good_until - KEPT_SECONDS <= self._now() < known.good_until:  # or it is set back
                break
            if not is_current or not known.is_lost:
                await self._asked(arn, known)
            elif not known.flight:
                self._asked(arn, known)
        if known.acl is None:
            raise WebAclError(known.fault)
        return known.acl

    def changed(self) -> None:
        """Something of the wafv2 service was changed: ask for everything anew."""
        self._changes += 1

    def _asked(self, arn: str, known: _Known) -> Pending[None]:
        return known.flight.ask(partial(self._ask, arn, known))

    async def _ask(self, arn: str, known: _Known) -> None:
        changes, kept, is_lost = self._changes, KEPT_SECONDS, False
        try:
            await self._learn(arn, known)
        except WebAclUnreachable as error:
            known.fault = known.fault or str(error)
            kept, is_lost = AGAIN_SECONDS, known.acl is not None
            _log.warning("%s%s", error, "; what was last known of it holds" if known.acl else "")
        except WebAclError as error:
            known.acl, known.fault, known.documents = None, str(error), ()
        except BaseException:
            known.changes = _NEVER
            raise
        known.changes, known.good_until, known.is_lost = changes, self._now() + kept, is_lost

    async def _learn(self, arn: str, known: _Known) -> None:
        """Learn the web ACL and all that it refers to. Raises WebAclUnreachable and WebAclError."""
        # Imported with the first web ACL: a start does not pay for it.
        from gatewright.languages.waf.rule import compile_web_acl  # noqa: PLC0415
        from gatewright.languages.waf.statement import references  # noqa: PLC0415

        patience = PATIENCE if known.acl is None else SHORT_PATIENCE
        document = await self._get(arn, patience)
        documents: dict[str, Document] = {}
        waiting = list(references(document))
        while waiting:
            one = waiting.pop()
            if one not in documents:
                documents[one] = await self._get(one, patience)
                waiting += references(documents[one])
            if len(documents) > MOST_REFERENCES:
                raise WebAclError(f"the web ACL {arn} refers to more than {MOST_REFERENCES} others")
        if (document, documents) != known.documents:
            known.acl = await self._work.beside(partial(compile_web_acl, document, documents))
            known.fault, known.documents = "", (document, documents)

    async def _get(self, arn: str, patience: float) -> Document:
        """A document of the wafv2 service. Raises WebAclUnreachable, and WebAclError when it does not exist."""
        parts = arn.split(":", 5)
        names = parts[5].split("/") if len(parts) == 6 else []
        if len(names) != 4 or names[1] not in _GETS:
            raise WebAclError(f"{arn} is not of the wafv2 service")
        operation, member = _GETS[names[1]]
        scope = "CLOUDFRONT" if names[0] == "global" else "REGIONAL"
        body = msgspec.json.encode({"Name": names[2], "Id": names[3], "Scope": scope})
        headers = (("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", TARGET + operation))
        region, account = parts[3], parts[4]
        host = service_host(SERVICE, region)
        try:
            call = ServiceCall(SERVICE, region, account, "", "POST", host, "/", headers, body)
            returned = await self._services.call(call, timeout=patience)
            answer = msgspec.json.decode(returned.body)
        except NetworkFault as fault:
            raise WebAclUnreachable(f"{arn} cannot be fetched: {fault.reason}") from None
        except msgspec.DecodeError:
            raise WebAclUnreachable(f"{arn} cannot be fetched: the answer is no JSON") from None
        except RecursionError:
            raise WebAclError(f"{arn} is nested too deeply") from None
        if returned.status == 200 and isinstance(answer, dict) and isinstance(answer.get(member), dict):
            found: Document = answer[member]
            return found
        kind = str(answer.get("__type", "")) if isinstance(answer, dict) else ""
        if kind.endswith("WAFNonexistentItemException"):
            raise WebAclError(f"{arn} does not exist")
        raise WebAclUnreachable(f"{arn} cannot be fetched: the answer is {returned.status} {kind}".rstrip())
