"""Rules, groups of rules and web ACLs: the first rule that ends the evaluation decides, else the default action.

AWS WAF developer guide: "Using rule actions", "Handling rule group results", "Web request labeling", "Customized
web requests and responses".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gatewright.languages.waf.document import Document, WebAclError, entries, number, one_of, only, text, word
from gatewright.languages.waf.inspected import Inspected, Match, NotApplied
from gatewright.languages.waf.rate_based import compile_rate_based
from gatewright.languages.waf.statement import Scope, compile_statement

MOST_RULES = 1_500  # one capacity unit each, at least
INSERTED = "x-amzn-waf-"
_BODY_LIMITS = {"KB_16": 16_384, "KB_32": 32_768, "KB_48": 49_152, "KB_64": 65_536}
_MEDIA_TYPES = {"TEXT_PLAIN": "text/plain", "TEXT_HTML": "text/html", "APPLICATION_JSON": "application/json"}
# Content-Type comes with the body; the others would end a response where it does not end.
_OF_OTHERS = frozenset({"content-type", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade"})
_HEADER_NAME = re.compile(r"[A-Za-z0-9._$-]{1,64}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,255}")
# What a web ACL or rule has beside what decides: words for people, metrics, and settings of actions that are refused.
_DESCRIPTIVE = (
    *("Name", "Id", "ARN", "Description", "VisibilityConfig", "Capacity", "LabelNamespace", "LockToken"),
    *("CaptchaConfig", "ChallengeConfig", "TokenDomains", "ManagedByFirewallManager", "RetrofittedByFirewallManager"),
    *("DataProtectionConfig", "OnSourceDDoSProtectionConfig", "AvailableLabels", "ConsumedLabels"),
)
Headers = tuple[tuple[str, str], ...]


class CustomResponse(NamedTuple):
    """What a blocked client gets in place of the gateway's own answer. `media_type` is "" when there is no body."""

    status: int
    headers: Headers
    media_type: str
    body: bytes


class Action(NamedTuple):
    """ALLOW, BLOCK or COUNT; `insert` are headers for a request that goes on."""

    kind: str
    response: CustomResponse | None = None
    insert: Headers = ()


class Decision(NamedTuple):
    """What becomes of a request, and the headers it goes on with."""

    is_blocked: bool
    response: CustomResponse | None
    insert: Headers


class Rule(NamedTuple):
    """What matches, or the group that is asked, and what is done then."""

    name: str
    match: "Match | RuleGroup"
    action: Action
    labels: tuple[str, ...]


class RuleGroup(NamedTuple):
    """Rules that stand in for one. `is_counted`: what they decide is only counted."""

    rules: tuple[Rule, ...]
    is_counted: bool


@dataclass(frozen=True, slots=True)
class WebAcl:
    """A web ACL, ready to decide."""

    arn: str
    rules: tuple[Rule, ...]
    default: Action

    def decide(self, request: Inspected) -> Decision:
        """Whether the request is let through. Labels are left in `request`."""
        inserted: dict[str, tuple[str, str]] = {}
        action = _evaluated(self.rules, request, inserted) or self.default
        _insert(action, inserted)
        return Decision(action.kind == "BLOCK", action.response, tuple(inserted.values()))


def _insert(action: Action, inserted: dict[str, tuple[str, str]]) -> None:
    for name, value in action.insert:  # of two rules' headers of one name the later rule's stays
        inserted[name.lower()] = name, value


def _evaluated(rules: Iterable[Rule], request: Inspected, inserted: dict[str, tuple[str, str]]) -> Action | None:
    """The action of the rule that ends the evaluation."""
    for rule in rules:
        if isinstance(rule.match, RuleGroup):
            ended = _evaluated(rule.match.rules, request, inserted)
            if ended is not None and not rule.match.is_counted:
                return ended
            continue
        try:
            if not rule.match(request):
                continue
        except NotApplied:
            continue
        request.labels += [label for label in rule.labels if label not in request.labels]
        if rule.action.kind != "COUNT":
            return rule.action
        _insert(rule.action, inserted)
    return None


class _Place(NamedTuple):
    """Where rules stand: `name` among all that count rates, and what their labels and responses come from."""

    name: str
    namespace: str
    bodies: Mapping[str, Any]
    scope: Scope


def compile_web_acl(document: Document, documents: Mapping[str, Document]) -> WebAcl:
    """A WebACL as GetWebACL gives it, with what it refers to by ARN. Raises WebAclError when it cannot be evaluated."""
    try:
        return _web_acl(document, documents)
    except WebAclError:
        raise
    except (TypeError, AttributeError, LookupError, ValueError) as error:
        raise WebAclError(f"the web ACL is malformed: {type(error).__name__} {error}") from error


def _web_acl(document: Document, documents: Mapping[str, Document]) -> WebAcl:
    decides = ("Rules", "DefaultAction", "CustomResponseBodies", "AssociationConfig")
    managed = ("PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups")
    given = only(document, *_DESCRIPTIVE, *decides, *managed, of="the web ACL")
    if any(given.get(name) for name in managed):
        raise WebAclError("rule groups of Firewall Manager are not supported")
    arn = text(given, "ARN")
    bodies = given.get("CustomResponseBodies") or {}
    namespace = f"awswaf:{arn.split(':')[4] if arn.count(':') >= 5 else ''}:webacl:{text(given, 'Name')}:"
    scope = Scope(documents, _body_limit(given.get("AssociationConfig") or {}))
    default = _action(given.get("DefaultAction"), bodies, "DefaultAction")
    if default.kind == "COUNT":
        raise WebAclError("DefaultAction is neither Allow nor Block")
    return WebAcl(arn, _rules(entries(given, "Rules"), _Place(arn, namespace, bodies, scope), {}), default)


def _body_limit(association: Any) -> int:
    """How much of a body is looked at: 16 KB unless told more."""
    given = only(association, "RequestBody", of="AssociationConfig")
    of_api_gateway = (given.get("RequestBody") or {}).get("API_GATEWAY") or {}
    return _BODY_LIMITS[word(of_api_gateway, "DefaultSizeInspectionLimit", *_BODY_LIMITS, default="KB_16")]


def _rules(documents: list[Any], place: _Place, overrides: Mapping[str, Action]) -> tuple[Rule, ...]:
    if len(documents) > MOST_RULES:
        raise WebAclError(f"there are more than {MOST_RULES} rules")
    found = sorted(((number(one, "Priority", 0, 2**31), text(one, "Name"), one) for one in documents), key=_by_priority)
    names = [name for _, name, _ in found]
    if len(set(names)) < len(names) or len({priority for priority, _, _ in found}) < len(names):
        raise WebAclError("two rules have one Name or one Priority")
    unknown = set(overrides).difference(names)
    if unknown:
        raise WebAclError(f"the rule group has no rule {sorted(unknown)[0]}")
    return tuple(_named(name, one, place, overrides) for _, name, one in found)


def _by_priority(found: tuple[int, str, Any]) -> int:
    return found[0]


def _named(name: str, document: Any, place: _Place, overrides: Mapping[str, Action]) -> Rule:
    try:
        return _rule(name, document, place, overrides)
    except WebAclError as error:
        raise WebAclError(f"rule {name}: {error}") from None


def _rule(name: str, document: Any, place: _Place, overrides: Mapping[str, Action]) -> Rule:
    given = only(
        document,
        *("Name", "Priority", "Statement", "Action", "OverrideAction", "RuleLabels"),
        *("VisibilityConfig", "CaptchaConfig", "ChallengeConfig"),
        of="the rule",
    )
    kind, statement = one_of(given.get("Statement"), "Statement")
    if kind == "RuleGroupReferenceStatement":
        return Rule(name, _group(name, statement, given, place), Action("COUNT"), ())
    if kind == "ManagedRuleGroupStatement":
        raise WebAclError(f"{_managed(statement)} is a managed rule group, which only AWS has")
    if "OverrideAction" in given:
        raise WebAclError("OverrideAction is for rule groups")
    labels = tuple(
        place.namespace + text(only(one, "Name", of="a label"), "Name") for one in entries(given, "RuleLabels")
    )
    action = _action(given.get("Action"), place.bodies)
    return Rule(name, _match(name, kind, statement, place), overrides.get(name, action), labels)


def _managed(statement: Any) -> str:
    name = statement.get("Name") if isinstance(statement, Mapping) else None
    return name if isinstance(name, str) else "it"


def _match(name: str, kind: str, statement: Any, place: _Place) -> Match:
    if kind == "RateBasedStatement":
        return compile_rate_based(
            statement, f"{place.name}/{name}", lambda inner: compile_statement(inner, place.scope, 1)
        )
    return compile_statement({kind: statement}, place.scope)


def _group(name: str, statement: Any, rule: Mapping[str, Any], place: _Place) -> RuleGroup:
    """A rule group by its ARN. Its rules see its own custom response bodies and label in its own namespace."""
    if "Action" in rule or "RuleLabels" in rule:
        raise WebAclError("a rule that refers to a rule group has an OverrideAction, and no Action and RuleLabels")
    given = only(statement, "ARN", "ExcludedRules", "RuleActionOverrides", of="RuleGroupReferenceStatement")
    group = place.scope.referred(given)
    override, _ = one_of(rule.get("OverrideAction"), "OverrideAction")
    if override not in ("None", "Count"):
        raise WebAclError(f"OverrideAction {override} is not supported")
    only(group, *_DESCRIPTIVE, "Rules", "CustomResponseBodies", of="the rule group")
    account = text(given, "ARN").split(":")[4]
    bodies = dict(place.bodies) | (group.get("CustomResponseBodies") or {})
    inner = _Place(f"{place.name}/{name}", f"awswaf:{account}:rulegroup:{group['Name']}:", bodies, place.scope)
    rules = entries(group, "Rules")
    if any("RuleGroupReferenceStatement" in (one.get("Statement") or {}) for one in rules):
        raise WebAclError("a rule group refers to a rule group")
    overrides = {text(one, "Name"): Action("COUNT") for one in entries(given, "ExcludedRules")} | {
        text(one, "Name"): _action(one.get("ActionToUse"), bodies) for one in entries(given, "RuleActionOverrides")
    }
    return RuleGroup(_rules(rules, inner, overrides), override == "Count")


def _action(document: Any, bodies: Mapping[str, Any], of: str = "Action") -> Action:
    kind, given = one_of(document, of)
    if kind == "Block":
        response = only(given, "CustomResponse", of="Block").get("CustomResponse")
        return Action("BLOCK", _response(response, bodies) if response is not None else None)
    if kind not in ("Allow", "Count"):
        raise WebAclError(f"the action {kind} is not supported")
    handling = only(given, "CustomRequestHandling", of=kind).get("CustomRequestHandling") or {}
    inserted = only(handling, "InsertHeaders", of="CustomRequestHandling")
    return Action(kind.upper(), insert=_headers(entries(inserted, "InsertHeaders"), INSERTED))


def _response(document: Any, bodies: Mapping[str, Any]) -> CustomResponse:
    given = only(document, "ResponseCode", "CustomResponseBodyKey", "ResponseHeaders", of="CustomResponse")
    status, key = number(given, "ResponseCode", 200, 599), given.get("CustomResponseBodyKey")
    headers = _headers(entries(given, "ResponseHeaders"), "")
    names = [name.lower() for name, _ in headers]
    if len(set(names)) < len(names) or not _OF_OTHERS.isdisjoint(names):
        raise WebAclError("ResponseHeaders have a name twice, or Content-Type or one of the connection's")
    if key is None:
        return CustomResponse(status, headers, "", b"")
    if key not in bodies:
        raise WebAclError(f"there is no custom response body {key!r}")
    body = only(bodies[key], "ContentType", "Content", of="a custom response body")
    media_type = _MEDIA_TYPES[word(body, "ContentType", *_MEDIA_TYPES)]
    return CustomResponse(status, headers, media_type, text(body, "Content").encode())


def _headers(documents: list[Any], prefix: str) -> Headers:
    found: list[tuple[str, str]] = []
    for one in documents:
        given = only(one, "Name", "Value", of="a custom header")
        name, value = text(given, "Name"), text(given, "Value")
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise WebAclError(f"the custom header {name!r} cannot be sent")
        found.append((prefix + name, value))
    return tuple(found)
