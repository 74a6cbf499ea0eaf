"""HTTP and WebSocket APIs (service `apigatewayv2`): a file per noun, and what each operation of AWS is answered by."""

from typing import NamedTuple

from gatewright.aws.call import Handler
from gatewright.aws.service import load_service
from gatewright.management.noun import Noun
from gatewright.management.rest.stage import Forget
from gatewright.management.v2 import (
    api,
    api_mapping,
    deployment,
    export_api,
    import_api,
    model,
    portals,
    quick_create,
    route,
    routing_rule,
    stage,
    tags,
)
from gatewright.management.v2.api import API
from gatewright.management.v2.api_mapping import API_MAPPING
from gatewright.management.v2.authorizer import AUTHORIZER
from gatewright.management.v2.deployment import DEPLOYMENT
from gatewright.management.v2.domain_name import DOMAIN_NAME
from gatewright.management.v2.integration import INTEGRATION
from gatewright.management.v2.integration_response import INTEGRATION_RESPONSE
from gatewright.management.v2.model import MODEL
from gatewright.management.v2.portal_logo import ReadObject, nowhere
from gatewright.management.v2.route import ROUTE
from gatewright.management.v2.route_response import ROUTE_RESPONSE
from gatewright.management.v2.routing_rule import ROUTING_RULE
from gatewright.management.v2.stage import STAGE
from gatewright.management.v2.vpc_link import VPC_LINK
from gatewright.management.verbs import verbs
from gatewright.values.long_work import LongWork
from gatewright.values.records import Store

NOUNS: tuple[Noun, ...] = (
    API,
    ROUTE,
    ROUTE_RESPONSE,
    INTEGRATION,
    INTEGRATION_RESPONSE,
    MODEL,
    AUTHORIZER,
    DEPLOYMENT,
    STAGE,
    VPC_LINK,
    DOMAIN_NAME,
    API_MAPPING,
    ROUTING_RULE,
    *portals.NOUNS,
)


class DataPlane(NamedTuple):
    """What operations ask of the data plane: to drop the results of a stage's authorizers; and of its neighbours: the
    bytes of an object."""

    flush_authorizers: Forget
    read_object: ReadObject = nowhere


def handlers(store: Store, data_plane: DataPlane, work: LongWork) -> dict[str, Handler]:
    """The handlers of everything built, by AWS's operation name; definitions are read and written as `work` has it."""
    operations = load_service("apigatewayv2").operations
    ordinary = {name: handler for noun in NOUNS for name, handler in verbs(noun, store, operations).items()}
    return {
        **ordinary,
        **api.handlers(store),
        **import_api.handlers(store, work),
        **export_api.handlers(store, work),
        **quick_create.handlers(store),
        **route.handlers(store),
        **model.handlers(store),
        **portals.handlers(store, data_plane.read_object, ordinary),
        **deployment.handlers(store),
        **api_mapping.handlers(store),
        **routing_rule.handlers(store),
        **stage.handlers(store, data_plane.flush_authorizers),
        **tags.handlers(NOUNS, store),
    }
