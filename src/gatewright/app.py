"""One node: builds its parts from the settings and hands them to each other. No logic of its own."""

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import random
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from gatewright.execute import doctor
from gatewright.execute.api_key import StoredApiKeys
from gatewright.execute.authorizer_results import AuthorizerResults
from gatewright.execute.cached_responses import LocalResponses, Responses
from gatewright.execute.network import Network, network_of
from gatewright.execute.openid_issuer import OpenIdIssuers
from gatewright.execute.registry import Registry
from gatewright.execute.seal import KEY_BYTES, Seal
from gatewright.execute.shared_responses import SharedResponses
from gatewright.execute.stored_stage import drop_changed, empty_caches, load_stage
from gatewright.execute.test_invoke import test_invoke
from gatewright.execute.test_invoke_authorizer import test_invoke_authorizer
from gatewright.execute.throttle import LocalThrottles
from gatewright.execute.usage import LocalUsage
from gatewright.execute.user_pool_keys import UserPoolKeys
from gatewright.execute.verified_tokens import VerifiedTokens
from gatewright.execute.virtual_clock import PAGE, VirtualClock
from gatewright.execute.web_acl_file import WebAclFile, read_web_acls
from gatewright.execute.web_acls import WebAcls
from gatewright.execute.world import Principals, World
from gatewright.functions import operations as lambda_operations
from gatewright.functions.logs import Logs
from gatewright.functions.packages import PAGE as PACKAGES_PAGE
from gatewright.functions.pool import ACCOUNT_KEYS, Pool, PoolSettings
from gatewright.functions.role_session import RoleSessions
from gatewright.functions.service import LambdaService
from gatewright.languages.waf.document import WebAclError
from gatewright.management import rest
from gatewright.management.dispatch import Management
from gatewright.neighbours.embedded import EmbeddedMoto
from gatewright.neighbours.embedded_principals import EmbeddedPrincipals
from gatewright.neighbours.endpoints import EndpointError, Endpoints
from gatewright.neighbours.objects import Objects
from gatewright.neighbours.pass_through import BODY_LIMIT, PassThrough
from gatewright.neighbours.principals import is_embedded, principals_of
from gatewright.neighbours.principals_file import PrincipalsFileError
from gatewright.neighbours.services import Services
from gatewright.neighbours.web_acl_association import WebAclAssociations
from gatewright.observe.access_log import AccessLogs
from gatewright.observe.shared_metrics import SharedCollector
from gatewright.server.connection import Bounds
from gatewright.server.front import Front, Trust
from gatewright.server.listener import listen
from gatewright.server.long_work import LoopWork
from gatewright.server.pages import Pages, metrics_page
from gatewright.server.sharing import Sharing
from gatewright.server.sweep import Sweep
from gatewright.server.trusted_proxies import TrustedProxies
from gatewright.server.upstream import Upstream
from gatewright.server.valkey import Valkey
from gatewright.settings import Settings
from gatewright.store.sqlite import SqliteStore, StoreError
from gatewright.values.records import Store
from gatewright.wire.limits import Limits

HOST = "127.0.0.1"
GRACE_SECONDS = 30.0  # a little more than the longest request to an API; streams are cut off then
SIGNALS = (signal.SIGTERM, signal.SIGINT)
SAME_SIGNAL_SECONDS = 1.0  # Ctrl-C reaches a whole process group, and its first process may pass on a SIGTERM as well
OPEN_FILES = (65_536, 10_240)
NEIGHBOUR_LIMITS = Limits(request_line=8_192, headers=65_536, body=BODY_LIMIT)

log = logging.getLogger(__name__)


class StartError(Exception):
    """The node cannot start; the text says why and what to do."""


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
    url = f"http://{HOST}:{port.getsockname()[1]}"
    logs = settings.data_dir / "logs"
    sweep = Sweep()
    clock = clock_of(settings)
    upstream, to_neighbours = Upstream(sweep), Upstream(sweep, limits=NEIGHBOUR_LIMITS)
    access_logs = AccessLogs(logs / "access")
    moto = EmbeddedMoto(settings.data_dir / "neighbours", logs / "neighbour.log", url)
    endpoints = endpoints_of(settings, port.getsockname()[1])
    sessions = RoleSessions()
    pool = Pool(
        PoolSettings(settings.sandboxes, settings.sandboxes_per_function),
        url,
        Logs(logs / "lambda"),
        sessions if settings.principals is None and is_embedded(endpoints) else ACCOUNT_KEYS,
    )
    objects = Objects(Services(endpoints, moto, to_neighbours, time.time, os.environ, url))
    functions = LambdaService(store, settings.data_dir, url, objects, pool)
    aws = Services(endpoints, moto, upstream, time.time, os.environ, url)
    work = LoopWork()
    user_pools = UserPoolKeys(aws, clock, OpenIdIssuers(upstream, settings.user_pools))
    principals = principals_from(settings, endpoints, EmbeddedPrincipals(moto, upstream, time.monotonic, sessions))
    keys, own_usage = limits_of(store, settings, sweep)
    sharing = await sharing_of(store, settings, own_usage, sweep)
    throttles, usage = (sharing.throttles, sharing.usage) if sharing else (LocalThrottles(), own_usage)
    responses = responses_of(store, settings, sharing)
    given = web_acls_of(settings)
    web_acls = WebAcls(aws, clock, work, given.web_acls)
    world = World(
        now=clock,
        http=upstream,
        functions=functions,
        services=aws,
        chance=random.random,
        log=access_logs.write,
        work=work,
        user_pools=user_pools,
        verified_tokens=VerifiedTokens(),
        authorizer_results=AuthorizerResults(clock),
        principals=principals,
        api_keys=keys,
        throttles=throttles,
        usage=usage,
        responses=responses,
        web_acls=web_acls,
    )
    network = partial(
        network_of,
        store,
        Network(
            targets=settings.targets,
            stream_rate=settings.stream_rate,
            account=settings.account,
            ways=settings.vpc_endpoints,
        ),
    )
    load = partial(load_stage, store, network, given.stages)
    registry = Registry(load)
    store.subscribe(partial(drop_changed, registry))
    services = {
        "apigateway": rest.handlers(
            store,
            rest.DataPlane(
                test_invoke=partial(test_invoke, world, network),
                test_invoke_authorizer=partial(test_invoke_authorizer, world),
                flush_authorizers=world.authorizer_results.flush,
                usage=usage,
                flush_responses=responses.flush,
                account=settings.account,
            ),
            work,
        ),
        "lambda": lambda_operations.handlers(functions),
    }
    front = Front(
        (registry, world),
        Management(services, origins=settings.origins, integration_timeout=settings.integration_timeout),
        PassThrough(endpoints, moto, to_neighbours, WebAclAssociations(store, web_acls.changed), sessions),
        Pages(
            {
                "/_gatewright/metrics": metrics_page(registry, *collectors_of(sharing)),
                PACKAGES_PAGE: functions.packages_page,
            }
            | {doctor.PAGE: partial(doctor.page, doctor.Chart(store, load, web_acls, principals, work))}
            | ({PAGE: clock.page} if isinstance(clock, VirtualClock) else {})
        ),
        Trust(settings.hosts, settings.origins),
    )
    door = TrustedProxies(front, settings.trusted_proxies) if settings.trusted_proxies else front
    listener = await listen(door, port, sweep=sweep, bounds=Bounds(body_limit=front.body_limit), clock=clock)
    gc.set_threshold(10_000, 20, 20)  # one large JSON body is millions of objects: look at them less often
    gc.collect()
    gc.freeze()  # what lives as long as the node need not be looked at again
    ready(listener.port)
    await stop.wait()
    log.info("stopping: requests in flight are finished")
    await listener.stop(max(GRACE_SECONDS, settings.integration_timeout / 1000 + 1))
    work.close()
    if sharing is not None:
        await sharing.close()
    usage.flush()
    await functions.stop()
    await moto.stop()
    upstream.close()
    to_neighbours.close()
    access_logs.close()


def limits_of(store: Store, settings: Settings, sweep: Sweep) -> tuple[StoredApiKeys, LocalUsage]:
    """The keys of the store and what they used, which is written behind and follows the store's changes."""
    keys, usage = StoredApiKeys(store, settings.account), LocalUsage(store)
    store.subscribe(keys.drop_changed)
    store.subscribe(usage.drop_changed)
    sweep.watch(usage.look)
    return keys, usage


async def sharing_of(store: Store, settings: Settings, usage: LocalUsage, sweep: Sweep) -> Sharing | None:
    """What several nodes share, None for a node that is told of no server."""
    if not settings.valkey_url:
        return None
    valkey = Valkey(settings.valkey_url, sweep, timeout=settings.valkey_timeout / 1000)
    sharing = Sharing(valkey, usage, sweep, denies=settings.valkey_denies)
    store.subscribe(sharing.usage.drop_changed)
    await sharing.open()
    return sharing


def collectors_of(sharing: Sharing | None) -> list[SharedCollector]:
    """What is told of it on the page of metrics."""
    if sharing is None:
        return []
    return [SharedCollector(sharing.valkey, {"throttle": sharing.throttles, "quota": sharing.usage})]


def responses_of(store: Store, settings: Settings, sharing: Sharing | None) -> Responses:
    """The cached responses of all stages, which follow the store's changes."""
    seal = Seal(settings.cache_key or os.urandom(KEY_BYTES))
    responses: Responses = LocalResponses(settings.cache_bytes, seal)
    if sharing is not None:
        responses = SharedResponses(sharing.valkey, seal)
    store.subscribe(partial(empty_caches, store, responses))
    return responses


def clock_of(settings: Settings) -> VirtualClock | Callable[[], float]:
    """The node's clock, in epoch seconds: the system's, or one that tests move."""
    if not settings.virtual_clock:
        return time.time
    log.warning("GATEWRIGHT_VIRTUAL_CLOCK is on: POST %s moves the clock, with it quotas, limits and expiry", PAGE)
    return VirtualClock()


def stopped_by_signal() -> asyncio.Event:
    """Set by the first signal. One that comes later ends the process at once: its children notice and end too."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def ask() -> None:
        if not stop.is_set():
            stop.set()
            loop.call_later(SAME_SIGNAL_SECONDS, insist)

    def insist() -> None:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in SIGNALS:
        loop.add_signal_handler(number, ask)
    return stop


def endpoints_of(settings: Settings, own_port: int) -> Endpoints:
    """The endpoints of the other services. Raises StartError."""
    try:
        return Endpoints(settings.endpoints, own_port)
    except EndpointError as error:
        raise StartError(str(error)) from error


def principals_from(settings: Settings, endpoints: Endpoints, embedded: EmbeddedPrincipals) -> Principals:
    """Whose access keys are known. Raises StartError."""
    try:
        return principals_of(settings.principals, endpoints, embedded, time.monotonic)
    except PrincipalsFileError as error:
        raise StartError(f"GATEWRIGHT_PRINCIPALS: {error}") from error


def web_acls_of(settings: Settings) -> WebAclFile:
    """The web ACLs that a file gives stages. Raises StartError."""
    if settings.web_acls is None:
        return WebAclFile({}, {})
    try:
        return read_web_acls(settings.web_acls)
    except WebAclError as error:
        raise StartError(f"GATEWRIGHT_WEB_ACLS: {settings.web_acls} {error}") from error


@contextlib.contextmanager
def data_directory(path: Path) -> Iterator[None]:
    """The data directory, made when it is not there, held for this node alone. Raises StartError."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)  # functions' environments are nobody else's to read
        (path / "logs").mkdir(exist_ok=True)
        lock = (path / "lock").open("w")
    except OSError as error:
        raise StartError(f"{path} cannot be used as the data directory: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StartError(
                f"another node uses {path}; stop it or choose another directory with --data-dir"
            ) from error
        yield


@contextlib.contextmanager
def open_store(data_dir: Path) -> Iterator[Store]:
    """The node's store. Raises StartError."""
    try:
        store = SqliteStore(data_dir / "gatewright.db")
    except StoreError as error:
        raise StartError(str(error)) from error
    with contextlib.closing(store):
        yield store


def open_port(number: int) -> socket.socket:
    """A socket bound to a port of the loopback address; 0 takes a free one. Raises StartError."""
    port = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        port.bind((HOST, number))
    except PermissionError as error:
        raise StartError(f"port {number} needs privileges; choose another with --port") from error
    except OSError as error:
        raise StartError(f"port {number} on {HOST} is in use; choose another with --port") from error
    return port


def allow_many_files() -> None:
    """Each connection and each sandbox takes some: raise the soft limit as far as this process may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in OPEN_FILES:
        enough = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft >= enough:
            return
        # macOS calls the hard limit infinite, and allows kern.maxfilesperproc, on older systems 10,240.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (enough, hard))
            return


def new_event_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it exists."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
