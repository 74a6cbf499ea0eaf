"""What becomes of what a node has stored: the page that `gatewright doctor` prints.

Of every API both its current configuration and what its stages serve are looked at: against the table of what is not
served, against that of what decides who may call, and as the data plane compiled it. Reading the whole store takes its
time, so all other requests have their turn after each API.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from gatewright.execute import enforced, enforced_routes, rest_findings, route_findings, unserved, unserved_routes
from gatewright.execute.authorizers.jwt_authorizer import trusted_issuer
from gatewright.execute.authorizers.user_pool import Trusted
from gatewright.execute.authorizers.user_pool_keys import PoolUnreachable, UserPoolKeys
from gatewright.execute.closed_stage import closed, web_acl_of
from gatewright.execute.plan import StagePlan
from gatewright.execute.stored_stage import STAGES
from gatewright.execute.unserved import CLOSED, ENFORCED, REFUSED, STORED_ONLY, Parts, Unserved
from gatewright.execute.web_acls import WebAcls
from gatewright.execute.world import Principals
from gatewright.languages.waf.document import WebAclError
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Key, Store, Transaction
from gatewright.values.request import Request
from gatewright.values.response import Response

PAGE = "/_gatewright/doctor"
_JSON = b"Content-Type: application/json\r\n"
_WEB_ACL = "webAclArn"


class Finding(msgspec.Struct, frozen=True, order=True, rename="camel"):
    """One property and its `effect`: "closed", "enforced" or "stored only". `of` says what has it, such as
    `Method GET /pets`. `stages` are those that serve it, none for what is not deployed. Whole nouns of an account
    have no API and no property, and how many there are as value. What a stage could not compile has no property."""

    effect: str
    account: str
    region: str
    api_id: str
    api_name: str
    of: str
    property: str
    value: str
    stages: tuple[str, ...] = ()


class Chart(NamedTuple):
    """What the doctor looks at: all that is stored, stages as they are compiled, the web ACLs, who can be known, and
    whose tokens can be verified."""

    store: Store
    load: Callable[[str, str], StagePlan | None]
    web_acls: WebAcls
    principals: Principals
    user_pools: UserPoolKeys
    work: LongWork


async def page(chart: Chart, _: Request) -> Response:
    """All findings as JSON."""
    return Response(200, [_JSON], msgspec.json.encode({"findings": await findings(chart)}))


async def findings(chart: Chart) -> list[Finding]:
    """What is closed, what is enforced, then what is only stored; by account, Region and API."""
    found: list[Finding] = []
    with chart.store.read() as tx:
        for effect, nouns in ((STORED_ONLY, unserved.STORED_NOUNS), (ENFORCED, enforced.NOUNS)):
            for noun in nouns:
                places = Counter((key.account, key.region) for key in tx.keys(noun))
                found += [
                    Finding(effect.value, *place, "", "", noun, "", str(count)) for place, count in places.items()
                ]
        apis = [key for kind in STAGES for key in tx.keys(kind)]
        plans = [(key, tx.get(key) or {}) for key in tx.keys("UsagePlan")]
        found += (*_of_portals(tx), *_of_domain_names(tx))
    for key in apis:
        await chart.work.turn()
        found += await _of_api(chart, key, [plan for place, plan in plans if place[:2] == key[:2]])
    return sorted((*found, *_of_no_stage(chart.web_acls, found)))


def _of_portals(tx: Transaction) -> Iterator[Finding]:
    """What is not served of portals, each in the place of an API."""
    for key in tx.keys("Portal"):
        portal = tx.get(key) or {}
        place = (key.account, key.region, key.id, portal["portalContent"]["displayName"])
        for found in unserved_routes.of_portal(portal):
            yield Finding(found.effect.value, *place, "Portal", found.path, found.value)


def _of_domain_names(tx: Transaction) -> Iterator[Finding]:
    """What is not served of domain names, which belong to no API."""
    for key in tx.keys("DomainName"):
        for found in unserved.of_domain_name(tx.get(key) or {}):
            place = (found.effect.value, key.account, key.region)
            yield Finding(*place, "", "", f"DomainName {key.id}", found.path, found.value)


def _of_no_stage(web_acls: WebAcls, found: Iterable[Finding]) -> Iterator[Finding]:
    """The web ACLs that a file has for stages that are not there: the one that was meant has none."""
    in_use = {one.value for one in found if one.property == _WEB_ACL}
    for name in web_acls.given:
        if name not in in_use:
            yield Finding(STORED_ONLY.value, "", "", "", "", "Stage", _WEB_ACL, f"{name}: there is no such stage")


async def _of_api(chart: Chart, key: Key, plans: Iterable[Document]) -> list[Finding]:
    with chart.store.read() as tx:
        api = tx.get(key) or {}
        rest = key.kind == "RestApi"
        parts = rest_findings.stored(tx, key, api, plans) if rest else route_findings.stored(tx, key, api)
        stages = [name for name, _ in tx.list(key._replace(kind=STAGES[key.kind], parent=key.id, id=""))]
    for name in stages:
        await _compiled(chart, key.id, name, parts)
    return [
        _finding(key, api, of, await _doubted(chart, key.account, found), served)
        for (of, found), served in parts.items()
    ]


async def _doubted(chart: Chart, account: str, found: Unserved) -> Unserved:
    """Where nobody's signature can be checked, or no token of an issuer, nobody is let in."""
    doubt = ""
    if (found.path, found.value) == ("authorizationType", "AWS_IAM"):
        doubt = chart.principals.doubt()
    elif found.path == enforced_routes.ISSUER and found.value:
        doubt = await _unreached(chart, trusted_issuer(found.value, account))
    return found._replace(value=f"{found.value}: {doubt}", effect=CLOSED) if doubt else found


async def _unreached(chart: Chart, issuer: Trusted) -> str:
    """Why the issuer's keys cannot be had, "" for one that gives them."""
    try:
        await chart.user_pools.of(issuer, "")
    except PoolUnreachable as fault:
        return str(fault)
    return ""


def _finding(key: Key, api: Document, of: str, found: Unserved, stages: set[str]) -> Finding:
    effect = CLOSED if found.effect is REFUSED else found.effect
    place = (effect.value, key.account, key.region, key.id, api.get("name") or "")
    return Finding(*place, of, found.path, found.value, tuple(sorted(stages)))


async def _compiled(chart: Chart, api_id: str, stage: str, parts: Parts) -> None:
    """Add what the data plane made of a stage: methods that it closed, and a web ACL that it cannot ask."""
    try:
        plan = chart.load(api_id, stage)
    except Exception as error:
        cause = str(error) if isinstance(error, LookupError) else "the stage cannot be compiled"
        parts.setdefault(("Stage", Unserved("", cause, CLOSED)), set()).add(stage)
        return
    known = {found.reason for _, found in parts}
    for of, cause in closed(plan):
        if cause not in known:
            parts.setdefault((of, Unserved("", cause, CLOSED)), set()).add(stage)
    arn = web_acl_of(plan)
    own = [part for part in parts if part[0] == "Stage" and part[1].path == _WEB_ACL and stage in parts[part]]
    for part in own:  # a file's takes the place of the stage's own
        parts[part].discard(stage)
        if not parts[part]:
            del parts[part]
    if arn:
        found = await _web_acl(chart.web_acls.of(arn), arn)
        parts.setdefault(("Stage", found), set()).add(stage)


async def _web_acl(asked: Awaitable[object], arn: str) -> Unserved:
    try:
        await asked
    except WebAclError as error:
        return Unserved(_WEB_ACL, str(error), CLOSED)
    return Unserved(_WEB_ACL, arn, ENFORCED)
