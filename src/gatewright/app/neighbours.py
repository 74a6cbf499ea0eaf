"""The AWS services around a node: where each is, how it is reached, and whom the embedded one knows."""

import os
import time
from dataclasses import dataclass

from gatewright.app.base import Base
from gatewright.app.process import StartError
from gatewright.execute.world import Principals
from gatewright.functions.logs import Logs
from gatewright.functions.pool import ACCOUNT_KEYS, Pool, PoolSettings
from gatewright.functions.role_session import RoleSessions
from gatewright.functions.service import LambdaService
from gatewright.neighbours.embedded import EmbeddedMoto
from gatewright.neighbours.embedded_principals import EmbeddedPrincipals
from gatewright.neighbours.endpoints import EndpointError, Endpoints
from gatewright.neighbours.objects import Objects
from gatewright.neighbours.pass_through import BODY_LIMIT
from gatewright.neighbours.principals import is_embedded, principals_of
from gatewright.neighbours.principals_file import PrincipalsFileError
from gatewright.neighbours.services import Services
from gatewright.server.upstream import Upstream
from gatewright.wire.limits import Limits

_LARGE = Limits(request_line=8_192, headers=65_536, body=BODY_LIMIT)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`upstream` reaches backends, services of APIs among them; `large` takes what is larger than an API may give.
    `sessions` are those of functions' roles."""

    endpoints: Endpoints
    moto: EmbeddedMoto
    upstream: Upstream
    large: Upstream
    sessions: RoleSessions

    async def close(self) -> None:
        """End the embedded server, then close all connections."""
        await self.moto.stop()
        self.upstream.close()
        self.large.close()


def neighbours_of(base: Base) -> Neighbours:
    """Nothing is started or reached yet. Raises StartError."""
    try:
        endpoints = Endpoints(base.settings.endpoints, base.port)
    except EndpointError as error:
        raise StartError(str(error)) from error
    moto = EmbeddedMoto(base.settings.data_dir / "neighbours", base.logs / "neighbour.log", base.url)
    return Neighbours(endpoints, moto, Upstream(base.sweep), Upstream(base.sweep, limits=_LARGE), RoleSessions())


def services_of(base: Base, around: Neighbours, http: Upstream) -> Services:
    """The services, called over `http`."""
    return Services(around.endpoints, around.moto, http, time.time, os.environ, base.url)


def principals_from(base: Base, around: Neighbours) -> Principals:
    """Whose access keys are known. Raises StartError."""
    embedded = EmbeddedPrincipals(around.moto, around.upstream, time.monotonic, around.sessions)
    try:
        return principals_of(base.settings.principals, around.endpoints, embedded, time.monotonic)
    except PrincipalsFileError as error:
        raise StartError(f"GATEWRIGHT_PRINCIPALS: {error}") from error


def functions_of(base: Base, around: Neighbours) -> LambdaService:
    """The Lambda service, whose code is in the node's S3 and whose sandboxes are known to its IAM."""
    settings = base.settings
    knows_roles = settings.principals is None and is_embedded(around.endpoints)
    pool = Pool(
        PoolSettings(settings.sandboxes, settings.sandboxes_per_function),
        base.url,
        Logs(base.logs / "lambda"),
        around.sessions if knows_roles else ACCOUNT_KEYS,
    )
    objects = Objects(services_of(base, around, around.large))
    return LambdaService(base.store, settings.data_dir, base.url, objects, pool)
