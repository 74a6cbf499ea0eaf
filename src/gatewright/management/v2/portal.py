"""Portal: a web site about portal products, for the people who call their APIs.

What it shows is taken when it is published or previewed (`portal_site.py`), and stays until that is done again. A node
does at once what takes AWS minutes, so no portal is ever seen IN_PROGRESS.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-portals.html
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.unserved_routes import of_portal
from gatewright.management.ids import unused_everywhere
from gatewright.management.noun import Change, Noun, keep, require
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.portal_page import PAGE
from gatewright.management.rest.domain_name import is_anybodys
from gatewright.management.v2.portal_logo import ReadObject, with_logo
from gatewright.management.v2.portal_product import ID_LENGTH, dated, few
from gatewright.management.v2.portal_site import product_of, put_site, remove_site
from gatewright.management.v2.tags import tags_settled
from gatewright.values.headers import first
from gatewright.values.records import Document, Store, Transaction

MOST_PORTALS = 15  # of an account; this and the next: developer guide, "Quotas for configuring portals"
MOST_PRODUCTS = 200
PREVIEW_SECONDS = 3600  # AWS calls a preview's address short-lived, and does not say how short
PREVIEW_ID_LENGTH = 30
HOSTED_ZONE = "Z2FDTNDATAQYW2"  # CloudFront's, which all its distributions share

_COLOR = re.compile(r"#(?:[0-9A-Fa-f]{3,4}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})|[A-Za-z]+")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+")
_USER_POOL = re.compile(r"arn:aws[a-z-]*:cognito-idp:[a-z0-9-]+:[0-9]{12}:userpool/[A-Za-z0-9_-]+")


def missing(call: Call) -> ServiceError:
    """The account has no such portal."""
    return ServiceError("NotFoundException", "Invalid portal identifier specified")


def fresh_id(change: Change) -> str:
    """An id that no portal of the node has: it is in the portal's address."""
    return unused_everywhere(change.tx, "Portal", ID_LENGTH)


def authorization_is_one(change: Change) -> None:
    """A portal is open to everybody, or to the users of a pool."""
    authorization = change.new["authorization"]
    if len(authorization) != 1:
        raise refused("Invalid authorization specified: give one of cognitoConfig and none")
    pool = authorization.get("cognitoConfig")
    if pool is not None and not _USER_POOL.fullmatch(pool["userPoolArn"]):
        raise refused(f"Invalid user pool ARN specified: {pool['userPoolArn']}")


def colors_are_colors(change: Change) -> None:
    """A theme has colours of CSS, by number or by name."""
    for name, color in change.new["portalContent"]["theme"]["customColors"].items():
        if not _COLOR.fullmatch(color):
            raise refused(f"Invalid {name} specified: {color}")


def products_are_known(change: Change) -> None:
    """A portal shows products of its own account and Region, and those shared with it."""
    arns = change.new.setdefault("includedPortalProductArns", [])
    if len(arns) > MOST_PRODUCTS:
        raise refused(f"A portal can have at most {MOST_PRODUCTS} portal products")
    if len(set(arns)) < len(arns):
        raise refused("Invalid portal products specified: a product is named twice")
    if "includedPortalProductArns" in change.call.input:
        for arn in arns:
            product_of(change.tx, change.call, arn)


def endpoint_settled(change: Change) -> None:
    """The domain name that AWS gives a portal, and the owner's own if there is one."""
    asked = change.new["endpointConfiguration"]
    if "portalDefaultDomainName" in asked:
        return
    if len(asked) != 1:
        raise refused("Invalid endpoint configuration specified: give one of acmManaged and none")
    id, region = change.new["portalId"], change.call.region
    settled = {
        "portalDefaultDomainName": f"p-{id}.apigw-portal.{region}.on.aws",
        "portalDomainHostedZoneId": HOSTED_ZONE,
    }
    own = asked.get("acmManaged")
    if own is not None:
        check_domain(change, own)
        settled |= own
    change.new["endpointConfiguration"] = settled


def check_domain(change: Change, own: Document) -> None:
    """A domain name is a portal's alone, and has a certificate. Raises BadRequestException."""
    name = own["domainName"]
    if "*" in name or not is_anybodys(name.lower()):
        raise refused(f"Invalid domain name specified: {name}")
    if not _CERTIFICATE.fullmatch(own["certificateArn"]):
        raise refused(f"Invalid certificate ARN specified: {own['certificateArn']}")
    for other in _others(change):
        if (other["endpointConfiguration"].get("domainName") or "").lower() == name.lower():
            raise refused(f"The domain name {name} is that of another portal")


def _others(change: Change) -> Iterator[Document]:
    id = change.new["portalId"]
    return (change.tx.get(key) or {} for key in change.tx.keys("Portal") if key.id != id)


def logo_dated(change: Change) -> None:
    """A logo tells when it came, unless the caller does."""
    given, theme = change.call.input, change.new["portalContent"]["theme"]
    if "logo" in given and "portalContent" not in given:
        theme.pop("logoLastUploaded", None)
    if change.new.get("logo"):
        before = {} if change.old is None or "logo" in given else change.old["portalContent"]["theme"]
        theme.setdefault("logoLastUploaded", before.get("logoLastUploaded", int(change.call.request.arrived)))


def addressed(change: Change) -> None:
    """A portal tells its ARN; a new one is on no web."""
    call, id = change.call, change.new["portalId"]
    change.new["portalArn"] = f"arn:aws:apigateway:{call.region}:{call.account}:/portals/{id}"
    change.new.setdefault("publishStatus", "DISABLED")


def is_disabled(change: Change) -> None:
    """A portal that is on the web is disabled before it is deleted."""
    if (change.old or {})["publishStatus"] != "DISABLED":
        raise refused("The portal is published. Disable it before you delete it")


def without_sites(change: Change) -> None:
    """Its preview goes with it."""
    preview = (change.old or {}).get("preview")
    if preview:
        remove_site(change.tx, change.call, preview["site"])


def shown(tx: Transaction, call: Call, document: Document) -> Document:
    """A preview that has ended is none."""
    preview = document.get("preview")
    if preview and preview["ends"] <= call.request.arrived:
        return {name: value for name, value in document.items() if name != "preview"}
    return document


PORTAL = Noun(
    name="Portal",
    path=("portalId",),
    missing=missing,
    id="portalId",
    new_id=fresh_id,
    plural="Portals",
    listing="List",
    paging=NEXT_TOKEN,
    optional=("rumAppMonitorName", "logo", "logoUri"),
    rules=(
        partial(few, "Portal", MOST_PORTALS, "portals"),
        authorization_is_one,
        colors_are_colors,
        products_are_known,
        endpoint_settled,
        logo_dated,
        tags_settled,
        addressed,
        dated,
    ),
    deleting=(is_disabled, without_sites),
    unserved=of_portal,
    show=shown,
    arn="/portals/{portalId}",
)


def publish_portal(store: Store, call: Call) -> Document:
    """Put the portal as it is now on the web."""
    with store.transaction() as tx:
        portal = require(tx, call, PORTAL)
        put_site(tx, call, call.input["portalId"], portal)
        portal.pop("lastPublishedDescription", None)
        if call.input.get("description"):
            portal["lastPublishedDescription"] = call.input["description"]
        portal |= {"publishStatus": "PUBLISHED", "lastPublished": int(call.request.arrived)}
        keep(tx, call, PORTAL, portal)
    return {}


def disable_portal(store: Store, call: Call) -> Document:
    """Take the portal off the web."""
    with store.transaction() as tx:
        portal = require(tx, call, PORTAL)
        if portal["publishStatus"] == "DISABLED":
            raise ServiceError("ConflictException", "The portal is not published")
        remove_site(tx, call, call.input["portalId"])
        keep(tx, call, PORTAL, portal | {"publishStatus": "DISABLED"})
    return {}


def preview_portal(store: Store, call: Call) -> Document:
    """Show the portal as it is now at an address that nobody guesses, for a while; an older preview ends."""
    with store.transaction() as tx:
        portal = require(tx, call, PORTAL)
        if "preview" in portal:
            remove_site(tx, call, portal["preview"]["site"])
        site, ends = unused_everywhere(tx, "PortalSite", PREVIEW_ID_LENGTH), int(call.request.arrived) + PREVIEW_SECONDS
        put_site(tx, call, site, portal, ends)
        host = first(call.request.headers, "host") or "localhost"
        url = f"{call.request.scheme}://{host}{PAGE}{site}/"
        preview = {"previewStatus": "PREVIEW_READY", "previewUrl": url, "site": site, "ends": ends}
        keep(tx, call, PORTAL, portal | {"preview": preview})
    return {}


async def with_its_logo(store: Store, read_object: ReadObject, handler: Handler, call: Call) -> Any:
    """The operation, with the logo that it names."""
    if call.operation == "UpdatePortal":
        with store.read() as tx:
            require(tx, call, PORTAL)
    return handler(await with_logo(read_object, call))


def handlers(store: Store, read_object: ReadObject, ordinary: Mapping[str, Handler]) -> dict[str, Handler]:
    """The operations on portals that are no shared verbs, and those that take a logo."""
    logos = {
        name: partial(with_its_logo, store, read_object, ordinary[name]) for name in ("CreatePortal", "UpdatePortal")
    }
    return {
        **logos,
        "PublishPortal": partial(publish_portal, store),
        "DisablePortal": partial(disable_portal, store),
        "PreviewPortal": partial(preview_portal, store),
    }
