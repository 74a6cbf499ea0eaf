"""What serves the deployed APIs: their compiled stages, and the world outside as these see it."""

import os
import random
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from gatewright.app.base import Base
from gatewright.app.limits import LimitParts
from gatewright.app.neighbours import Neighbours, principals_from, services_of
from gatewright.app.process import StartError
from gatewright.execute.authorizers.authorizer_results import AuthorizerResults
from gatewright.execute.authorizers.openid_issuer import OpenIdIssuers
from gatewright.execute.authorizers.user_pool_keys import UserPoolKeys
from gatewright.execute.authorizers.verified_tokens import VerifiedTokens
from gatewright.execute.caching.cached_responses import LocalResponses, Responses
from gatewright.execute.caching.seal import KEY_BYTES, Seal
from gatewright.execute.caching.shared_responses import SharedResponses
from gatewright.execute.custom_domains import CustomDomains
from gatewright.execute.network import Network, NetworkOf, network_of
from gatewright.execute.plan import StagePlan
from gatewright.execute.registry import Registry
from gatewright.execute.stored_stage import drop_changed, empty_caches, end_connections, load_stage, read_stages
from gatewright.execute.web_acl_file import WebAclFile, read_web_acls
from gatewright.execute.web_acls import WebAcls
from gatewright.execute.websocket.connections import Connections
from gatewright.execute.world import Functions, World
from gatewright.languages.waf.document import WebAclError
from gatewright.server.sharing import Sharing
from gatewright.settings import Settings


class DataPlane(NamedTuple):
    """`load` compiles a stage from the store, `network` tells what it reaches."""

    world: World
    registry: Registry
    load: Callable[[str, str], StagePlan | None]
    network: NetworkOf


def data_plane_of(
    base: Base,
    around: Neighbours,
    functions: Functions,
    limits: LimitParts,
    log: Callable[[StagePlan, bytes], None],
) -> DataPlane:
    """`log` takes the lines of access logs. Raises StartError."""
    settings, clock = base.settings, base.clock
    network = partial(network_of, base.store, _network(settings))
    given = _web_acl_file(settings)
    load = partial(load_stage, base.store, network, given.stages)
    domains = CustomDomains(base.store, settings.vpc_endpoints)
    base.store.subscribe(domains.drop_changed)
    registry = Registry(partial(read_stages, base.store), load, domains)
    base.store.subscribe(partial(drop_changed, registry))
    aws = services_of(base, around, around.upstream)
    world = World(
        now=clock,
        chance=random.random,
        http=around.upstream,
        functions=functions,
        services=aws,
        work=base.work,
        log=log,
        web_acls=WebAcls(aws, clock, base.work, given.web_acls),
        principals=principals_from(base, around),
        user_pools=UserPoolKeys(aws, clock, OpenIdIssuers(around.upstream, settings.user_pools)),
        verified_tokens=VerifiedTokens(),
        authorizer_results=AuthorizerResults(clock),
        api_keys=limits.api_keys,
        throttles=limits.throttles,
        usage=limits.usage,
        responses=_responses(base, limits.sharing),
        connections=Connections(),
        plan_of=registry.plan_of,
    )
    base.store.subscribe(partial(end_connections, world.connections))
    return DataPlane(world, registry, load, network)


def _network(settings: Settings) -> Network:
    return Network(
        targets=settings.targets,
        stream_rate=settings.stream_rate,
        account=settings.account,
        ways=settings.vpc_endpoints,
    )


def _responses(base: Base, sharing: Sharing | None) -> Responses:
    """The cached responses of all stages, which follow the store's changes."""
    seal = Seal(base.settings.cache_key or os.urandom(KEY_BYTES))
    responses: Responses
    if sharing is None:
        responses = LocalResponses(base.settings.cache_bytes, seal)
    else:
        responses = SharedResponses(sharing.valkey, seal)
    base.store.subscribe(partial(empty_caches, base.store, responses))
    return responses


def _web_acl_file(settings: Settings) -> WebAclFile:
    """The web ACLs that a file gives stages. Raises StartError."""
    if settings.web_acls is None:
        return WebAclFile({}, {})
    try:
        return read_web_acls(settings.web_acls)
    except WebAclError as error:
        raise StartError(f"GATEWRIGHT_WEB_ACLS: {settings.web_acls} {error}") from error
