"""What domain names lead to: APIs of all kinds, by mappings that both of API Gateway's APIs make, and by routing rules.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from collections.abc import Iterator

from gatewright.aws.call import Call
from gatewright.execute.stored_stage import STAGES
from gatewright.management.patch import refused
from gatewright.values.records import Document, Key, Transaction

# A segment of what a domain name maps: base paths of both APIs, keys of mappings, conditions of routing rules.
SEGMENT = r"[A-Za-z0-9$\-_.+!*'()]+"


def mapped_api(tx: Transaction, call: Call, id: str) -> tuple[Key, Document] | None:
    """The account's API of that id, of whatever kind, in the call's region."""
    for kind in STAGES:
        key = Key(call.account, call.region, kind, "", id)
        found = tx.get(key)
        if found is not None:
            return key, found
    return None


def check_stage(tx: Transaction, api: Key, stage: str) -> None:
    """The API has that stage. Raises BadRequestException."""
    if tx.get(api._replace(kind=STAGES[api.kind], parent=api.id, id=stage)) is None:
        raise refused("Invalid stage identifier specified")  # Seen: aws-cdk issue 9078, of the second API.


def check_reach(domain: Document, api: Document) -> None:
    """A private domain name is for private APIs. Raises BadRequestException."""
    if ("domainNameId" in domain) != ("PRIVATE" in (api.get("endpointConfiguration") or {}).get("types", ())):
        raise refused("A private API can only be mapped to a private domain name, and no other API can")


def protocol_of(api: Document) -> str:
    """REST, HTTP or WEBSOCKET."""
    return str(api.get("protocolType", "REST"))


def protocols(tx: Transaction, call: Call, *, but: str | None = None) -> set[str]:
    """Of the APIs that the domain name of `call` is mapped to, leaving the mapping of the base path `but` out."""
    inside = Key(call.account, call.region, "BasePathMapping", call.input["domainName"], "")
    ids = {mapping["restApiId"] for path, mapping in tx.list(inside) if path != but}
    return {protocol_of(api[1]) for id in ids if (api := mapped_api(tx, call, id)) is not None}


def protocols_of_rules(tx: Transaction, call: Call) -> set[str]:
    """Likewise of its routing rules, which are for REST APIs."""
    rules = Key(call.account, call.region, "RoutingRule", call.input["domainName"], "")
    return {"REST"} if tx.list(rules, limit=1) else set()


def check_company(protocol: str, others: set[str]) -> None:
    """A WebSocket API shares a domain name with its like only. Raises BadRequestException."""
    if others and ("WEBSOCKET" in others or protocol == "WEBSOCKET") and others != {protocol}:
        # Seen in part: serverless issue 7459, of the first API.
        raise refused("Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs.")


def names_leading_to(tx: Transaction, call: Call, api_id: str, stage: str = "") -> list[str]:
    """The domain names of the account that lead to an API, or to one stage of it."""
    domains = Key(call.account, call.region, "DomainName", "", "")
    return [
        document["domainName"]
        for id, document in tx.list(domains)
        if any(to == api_id and stage in ("", at) for to, at in _targets(tx, domains._replace(parent=id)))
    ]


def _targets(tx: Transaction, inside: Key) -> Iterator[tuple[str, str]]:
    for _, mapping in tx.list(inside._replace(kind="BasePathMapping")):
        yield mapping["restApiId"], mapping.get("stage") or ""
    for _, rule in tx.list(inside._replace(kind="RoutingRule")):
        for action in rule["actions"]:
            yield action["invokeApi"]["apiId"], action["invokeApi"]["stage"]
