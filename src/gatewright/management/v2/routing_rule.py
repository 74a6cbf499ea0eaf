"""RoutingRule: the stage of a REST API that a domain name leads to for requests with certain headers or base paths.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-routingrules.html
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.http.mapping import RESERVED
from gatewright.management.ids import INNER
from gatewright.management.mapped_api import (
    SEGMENT,
    check_company,
    check_reach,
    check_stage,
    protocol_of,
    protocols,
)
from gatewright.management.noun import Change, Noun, given, key_of, require, settle
from gatewright.management.paging import Paging
from gatewright.management.patch import refused
from gatewright.management.rest.domain_name import DOMAIN_NAME
from gatewright.management.v2.api_mapping import found_api
from gatewright.values.records import Document, Store

MOST = 50  # of one domain name
PRIORITIES = range(1, 1_000_001)

_PAGING = Paging(items="routingRules", position="nextToken", limit="maxResults", usual=25, most=100)
_BASE_PATH = re.compile(rf"{SEGMENT}(/{SEGMENT})*")
_HEADER = re.compile(r"[!#$%&'+.^_`|~0-9A-Za-z-]+")  # RFC 9110's, without the asterisk, which would be no wildcard
_GLOB = re.compile(r"\*?[^*\x00-\x1f\x7f]*\*?")
_LONGEST_HEADER, _LONGEST_GLOB, _LONGEST_INFIX, _LONGEST_BASE_PATH = 39, 127, 39, 127
_MOST_HEADERS = 2
_OF_ROUTING = re.compile("x-apigw-api-id|x-restapi", re.IGNORECASE).fullmatch


def missing(call: Call) -> ServiceError:
    """The domain name has no such rule."""
    return ServiceError("NotFoundException", "Invalid routing rule identifier specified")


def addressed(change: Change) -> None:
    """A rule tells its id and its ARN."""
    call, id = change.call, change.call.input["routingRuleId"]
    name = call.input["domainName"]
    arn = f"arn:aws:apigateway:{call.region}:{call.account}:/domainnames/{name}/routingrules/{id}"
    change.new.update({"routingRuleId": id, "routingRuleArn": arn})


def priority_is_its_own(change: Change) -> None:
    """Two rules of a domain name cannot come at the same time; there are so many at most."""
    priority, call = change.new["priority"], change.call
    if priority not in PRIORITIES:
        raise refused(f"Invalid priority specified: {priority}. Use a number between 1 and 1000000")
    key = key_of(ROUTING_RULE, call)
    others = [rule for id, rule in change.tx.list(key) if id != key.id]
    if any(rule["priority"] == priority for rule in others):
        raise ServiceError("ConflictException", f"A routing rule with priority {priority} already exists")
    if len(others) >= MOST:
        raise refused(f"A domain name can have at most {MOST} routing rules")


def conditions_are_well_formed(change: Change) -> None:
    """At most two conditions on headers and one on the base path, each with one value."""
    headers = paths = 0
    for condition in change.new["conditions"]:
        of_headers, of_paths = condition.get("matchHeaders"), condition.get("matchBasePaths")
        if of_headers and not of_paths:
            headers += 1
            header = _only(of_headers["anyOf"])
            _check_header(header["header"], header["valueGlob"])
        elif of_paths and not of_headers:
            paths += 1
            _check_base_path(_only(of_paths["anyOf"]))
        else:
            raise refused("A condition must have either matchHeaders or matchBasePaths")
    if headers > _MOST_HEADERS or paths > 1:
        raise refused("A routing rule can have at most two header conditions and one base path condition")


def _only(values: Sequence[Any]) -> Any:
    if len(values) != 1:
        raise refused("A condition must have exactly one value in anyOf")
    return values[0]


def _check_base_path(path: str) -> None:
    if len(path) > _LONGEST_BASE_PATH or not _BASE_PATH.fullmatch(path):
        raise refused(f"Invalid base path specified: {path}. Use segments of letters, digits and any of $-_.+!*'()")


def _check_header(name: str, glob: str) -> None:
    if len(name) > _LONGEST_HEADER or not _HEADER.fullmatch(name) or RESERVED.fullmatch(name) or _OF_ROUTING(name):
        raise refused(f"Invalid header name specified: {name}")
    longest = _LONGEST_INFIX if glob.startswith("*") and glob.endswith("*") else _LONGEST_GLOB
    if not glob or len(glob.strip("*")) > longest or not _GLOB.fullmatch(glob):
        raise refused(f"Invalid header value glob specified: {glob}")


def leads_to_a_stage(change: Change) -> None:
    """One action: a stage of a REST API. A name whose mappings lead to REST and HTTP APIs can have no rules."""
    tx, call = change.tx, change.call
    if len(change.new["actions"]) != 1:
        raise refused("A routing rule must have exactly one action")
    invoked = change.new["actions"][0]["invokeApi"]
    key, api = found_api(tx, call, invoked["apiId"])
    if protocol_of(api) != "REST":
        raise refused("Routing rules are only supported for REST APIs")
    check_stage(tx, key, invoked["stage"])
    check_reach(require(tx, call, DOMAIN_NAME), api)
    mapped = protocols(tx, call)
    check_company("REST", mapped)
    if {"REST", "HTTP"} <= mapped:
        raise refused("Routing rules are not supported for a domain name that is mapped to both REST and HTTP APIs")


def completed(change: Change) -> None:
    """A rule leaves base paths on unless told."""
    for action in change.new["actions"]:
        action["invokeApi"].setdefault("stripBasePath", False)


ROUTING_RULE = Noun(
    name="RoutingRule",
    path=("domainName", "routingRuleId"),
    missing=missing,
    inside=DOMAIN_NAME,
    asks_inside=True,
    new_id=INNER,
    led=DOMAIN_NAME.led,
    plural="RoutingRules",
    listing="List",
    paging=_PAGING,
    rules=(priority_is_its_own, conditions_are_well_formed, leads_to_a_stage, completed, addressed),
)


def put(store: Store, call: Call) -> Document:
    """Another rule in the place of one, whose id it gets."""
    call = ROUTING_RULE.led(call)
    with store.transaction() as tx:
        old = require(tx, call, ROUTING_RULE)
        new = given(ROUTING_RULE, call)
        settle(ROUTING_RULE, Change(tx, call, old, new))
        return new


def handlers(store: Store) -> dict[str, Handler]:
    """The operation on rules that is no shared verb."""
    return {"PutRoutingRule": partial(put, store)}
