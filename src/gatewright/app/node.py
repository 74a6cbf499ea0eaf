"""One node: builds its parts from the settings, hands them to each other, and takes them down in order."""

import asyncio
import gc
import logging
import socket
from collections.abc import Callable
from functools import partial

from gatewright.app.base import Base, base_of
from gatewright.app.data_plane import DataPlane, data_plane_of
from gatewright.app.limits import LimitParts, limits_of
from gatewright.app.neighbours import functions_of, neighbours_of
from gatewright.app.process import (
    allow_many_files,
    data_directory,
    new_event_loop,
    open_port,
    open_store,
    stopped_by_signal,
)
from gatewright.execute import doctor
from gatewright.execute.test_invoke import test_invoke
from gatewright.execute.test_invoke_authorizer import test_invoke_authorizer
from gatewright.execute.virtual_clock import PAGE as CLOCK_PAGE
from gatewright.execute.virtual_clock import VirtualClock
from gatewright.functions import operations as lambda_operations
from gatewright.functions.packages import PAGE as PACKAGES_PAGE
from gatewright.functions.service import LambdaService
from gatewright.management import rest, v2
from gatewright.management.dispatch import Management
from gatewright.management.portal_page import PAGE as PORTALS_PAGE
from gatewright.management.portal_page import PortalPages
from gatewright.neighbours.pass_through import PassThrough
from gatewright.neighbours.web_acl_association import WebAclAssociations
from gatewright.observe.access_log import AccessLogs
from gatewright.server.front import Front, Trust
from gatewright.server.listener import listen
from gatewright.server.pages import Page, Pages, metrics_page
from gatewright.server.service import Bounds
from gatewright.server.trusted_proxies import TrustedProxies
from gatewright.server.websocket import WebSocketBounds
from gatewright.settings import Settings
from gatewright.values.records import Store
from gatewright.wire.limits import WebSocketLimits

GRACE_SECONDS = 30.0  # a little more than the longest request to an API; streams are cut off then
_log = logging.getLogger(__name__)


def run(settings: Settings, ready: Callable[[int], None]) -> None:
    """Run one node until SIGTERM or SIGINT. `ready` is called with the port once it answers. Raises StartError."""
    allow_many_files()
    with (
        open_port(settings.port) as port,
        data_directory(settings.data_dir),
        open_store(settings.data_dir) as store,
        asyncio.Runner(loop_factory=new_event_loop) as runner,
    ):
        runner.run(live(settings, store, port, ready))


async def live(settings: Settings, store: Store, port: socket.socket, ready: Callable[[int], None]) -> None:
    """The node's life between an open port and the signal that ends it."""
    stop = stopped_by_signal()
    base = base_of(settings, store, port.getsockname()[1])
    around = neighbours_of(base)
    functions = functions_of(base, around)
    limits = await limits_of(base)
    access_logs = AccessLogs(base.logs / "access")
    plane = data_plane_of(base, around, functions, limits, access_logs.write)
    associations = WebAclAssociations(store, plane.world.web_acls.changed)
    front = Front(
        (plane.registry, plane.world),
        management_of(base, plane, functions),
        PassThrough(around.endpoints, around.moto, around.large, associations, around.sessions),
        pages_of(base, plane, functions, limits),
        Trust(settings.hosts, settings.origins),
    )
    proxies = TrustedProxies(front, settings.trusted_proxies) if settings.trusted_proxies else None
    refusal = proxies.refusing(front.body_refusal) if proxies else front.body_refusal
    of_websockets = WebSocketBounds(WebSocketLimits(idle=settings.websocket_idle, age=settings.websocket_age))
    bounds = Bounds(body_limit=front.body_limit, body_refusal=refusal, websocket=of_websockets)
    listener = await listen(proxies or front, port, sweep=base.sweep, bounds=bounds, clock=base.clock)
    collect_less_garbage()
    ready(listener.port)
    await stop.wait()
    _log.info("stopping: requests in flight are finished")
    await listener.stop(max(GRACE_SECONDS, settings.integration_timeout / 1000 + 1))
    base.work.close()
    await limits.close()
    await functions.stop()
    await around.close()
    access_logs.flush()


def management_of(base: Base, plane: DataPlane, functions: LambdaService) -> Management:
    """The management APIs, and what they ask of the data plane."""
    settings, world = base.settings, plane.world
    asked = rest.DataPlane(
        test_invoke=partial(test_invoke, world, plane.network),
        test_invoke_authorizer=partial(test_invoke_authorizer, world),
        flush_authorizers=world.authorizer_results.flush,
        usage=world.usage,
        flush_responses=world.responses.flush,
        account=settings.account,
    )
    asked_by_v2 = v2.DataPlane(world.authorizer_results.flush, functions.objects.fetch)
    services = {
        "apigateway": rest.handlers(base.store, asked, base.work),
        "apigatewayv2": v2.handlers(base.store, asked_by_v2, base.work),
        "lambda": lambda_operations.handlers(functions),
    }
    return Management(services, origins=settings.origins, integration_timeout=settings.integration_timeout)


def pages_of(base: Base, plane: DataPlane, functions: LambdaService, limits: LimitParts) -> Pages:
    """The node's own pages."""
    world = plane.world
    chart = doctor.Chart(base.store, plane.load, world.web_acls, world.principals, world.user_pools, base.work)
    portals = PortalPages(base.store, base.clock)
    base.store.subscribe(portals.drop_changed)
    pages: dict[str, Page] = {
        "/_gatewright/metrics": metrics_page(plane.registry, *limits.collectors()),
        PACKAGES_PAGE: functions.packages_page,
        doctor.PAGE: partial(doctor.page, chart),
        PORTALS_PAGE: portals,
    }
    if isinstance(base.clock, VirtualClock):
        pages[CLOCK_PAGE] = base.clock.page
    return Pages(pages, portals.at_host)


def collect_less_garbage() -> None:
    """What lives as long as the node need not be looked at again, and the rest less often: one large JSON body is
    millions of objects."""
    gc.set_threshold(10_000, 20, 20)
    gc.collect()
    gc.freeze()
