"""DomainName in the second API's words: the first API's public domain names, told of by their configurations.

A call is led into the first API's words, in which the one record of a name is kept and its rules are written.
https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames.html
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gatewright.aws.call import Call
from gatewright.execute.custom_domain import MAPPINGS_ONLY, RULES_ONLY, RULES_THEN_MAPPINGS
from gatewright.management.noun import Change, Wanted
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.rest.domain_name import DOMAIN_NAME as FIRST
from gatewright.management.rest.domain_name import missing
from gatewright.management.v2.errors import limits_are_bad_requests
from gatewright.values.records import Document, Transaction

# What a name is not, if this API is to change it or to map anything to it.
# Seen: serverless-domain-manager issues 359 and 381.
_NOT_REGIONAL = (
    "Only REGIONAL domain names can be managed through the API Gateway V2 API. For EDGE domain names, please use the "
    "API Gateway V1 API. Also note that only REST APIs can be attached to EDGE domain names."
)
_NOT_TLS_1_2 = (
    "Only REGIONAL domain names with a security policy of TLS 1.2 can be managed through the API Gateway V2 API. For "
    "TLS 1.0 domain names, please use the API Gateway V1 API to upgrade your security policy to TLS 1.2. Currently, "
    "only REST APIs can be attached to a domain name with a security policy of TLS 1.0."
)
_MODES = {
    "API_MAPPING_ONLY": MAPPINGS_ONLY,
    "ROUTING_RULE_ONLY": RULES_ONLY,
    "ROUTING_RULE_THEN_API_MAPPING": RULES_THEN_MAPPINGS,
}
_SHOWN_MODES = {ours: shown for shown, ours in _MODES.items()}
_OF_A_CONFIGURATION = {
    "certificateArn": "regionalCertificateArn",
    "certificateName": "regionalCertificateName",
    "securityPolicy": "securityPolicy",
    "ownershipVerificationCertificateArn": "ownershipVerificationCertificateArn",
}
_SIDES = {  # the members of a name's two sides, by endpoint type
    "EDGE": ("certificateArn", "certificateName", "distributionDomainName", "distributionHostedZoneId"),
    "REGIONAL": ("regionalCertificateArn", "regionalCertificateName", "regionalDomainName", "regionalHostedZoneId"),
}
_SHOWN = ("certificateArn", "certificateName", "apiGatewayDomainName", "hostedZoneId")


def led(call: Call) -> Call:
    """To the name, in the first API's words. Raises BadRequestException, and NotFoundException for a private name."""
    if call.operation != "CreateDomainName":
        of_public_name(call)
    given = dict(call.input)
    configurations = given.pop("domainNameConfigurations", None)
    if configurations is not None or call.operation == "CreateDomainName":
        if len(configurations or ()) != 1:
            raise refused("Invalid input. Expected one domain name configuration")  # Seen: floci pull request 2390.
        given |= _words(configurations[0], creating=call.operation == "CreateDomainName")
    if given.get("routingMode"):
        given["routingMode"] = _MODES[given["routingMode"]]
    return call._replace(input=given)


def of_public_name(call: Call) -> None:
    """Raises NotFoundException for the record of a private name, which has an id in it."""
    if "+" in call.input.get("domainName", ""):
        raise missing(call)


def _words(configuration: Mapping[str, Any], *, creating: bool) -> Document:
    """A configuration as the first API has it."""
    if configuration.get("endpointType", "REGIONAL") != "REGIONAL":
        # Seen: serverless-domain-manager issue 640.
        raise refused(f"{configuration['endpointType']} endpoint type is not supported for APIGatewayV2 domainName")
    if configuration.get("securityPolicy", "TLS_1_2") != "TLS_1_2":
        # Seen: chalice pull request 1255.
        raise refused(f"{configuration['securityPolicy']} is not supported for APIGatewayV2 domainName.")
    if creating and not (configuration.get("certificateArn") or configuration.get("certificateName")):
        raise refused("A certificate must be specified: certificateArn")
    words = {ours: configuration[name] for name, ours in _OF_A_CONFIGURATION.items() if name in configuration}
    endpoint: Document = {"types": ["REGIONAL"]}
    if configuration.get("ipAddressType"):
        endpoint["ipAddressType"] = configuration["ipAddressType"]
    return words | {"endpointConfiguration": endpoint}


def managed_here(document: Document) -> None:
    """Raises BadRequestException for a name that only the first API changes, and leads elsewhere."""
    if document["endpointConfiguration"]["types"] != ["REGIONAL"]:
        raise refused(_NOT_REGIONAL)
    if document["securityPolicy"] == "TLS_1_0":
        raise refused(_NOT_TLS_1_2)


def changed_here(change: Change) -> None:
    """A name of the first API's own kinds is not changed here; what a structure leaves out stays as it is."""
    old, new = change.old, change.new
    if old is not None:
        managed_here(old)
        for name in ("endpointConfiguration", "mutualTlsAuthentication"):
            if new.get(name) is not None:
                new[name] = old.get(name, {}) | new[name]


def public(tx: Transaction, call: Call) -> Wanted:
    """This API has no word for the id of a private name."""
    return lambda document: "domainNameId" not in document


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """In the second API's words."""
    output = {
        "domainName": document["domainName"],
        "domainNameArn": document["domainNameArn"],
        "apiMappingSelectionExpression": "$request.basepath",
        "domainNameConfigurations": [_side(document, type) for type in document["endpointConfiguration"]["types"]],
        "routingMode": _SHOWN_MODES[document["routingMode"]],
        "tags": document.get("tags", {}),
    }
    mutual = document.get("mutualTlsAuthentication")
    return output | ({"mutualTlsAuthentication": mutual} if mutual else {})


def _side(document: Document, type: str) -> Document:
    side = {shown: document[name] for shown, name in zip(_SHOWN, _SIDES[type], strict=False) if name in document}
    side |= {
        "domainNameStatus": document["domainNameStatus"],
        "endpointType": type,
        "ipAddressType": document["endpointConfiguration"]["ipAddressType"],
        "securityPolicy": document["securityPolicy"],
    }
    verified = document.get("ownershipVerificationCertificateArn")
    return side | ({"ownershipVerificationCertificateArn": verified} if verified else {})


def first_words(change: Change) -> None:
    """The first API's rules."""
    with limits_are_bad_requests():
        for rule in FIRST.rules:
            rule(change)


DOMAIN_NAME = replace(
    FIRST,
    led=led,
    listed=public,
    paging=NEXT_TOKEN,
    patch=None,
    rules=(changed_here, first_words),
    show=shown,
)
