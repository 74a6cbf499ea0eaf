"""REST APIs (service `apigateway`): a file per noun, and what each operation of AWS's is answered by."""

from typing import NamedTuple

from gatewright.aws.call import Handler
from gatewright.aws.service import load_service
from gatewright.execute.limits.throttle import ACCOUNT as ACCOUNT_RATES
from gatewright.execute.limits.throttle import Rates
from gatewright.execute.limits.usage import Usage
from gatewright.management import tags
from gatewright.management.rest import (
    account,
    authorizer,
    deployment,
    documentation_part,
    domain_name_access_association,
    export,
    gateway_response,
    import_api_keys,
    import_rest_api,
    model,
    sdk,
    sdk_type,
    stage,
    test_invoke_method,
    usage,
)
from gatewright.management.rest.account import ACCOUNT
from gatewright.management.rest.api_key import API_KEY
from gatewright.management.rest.authorizer import AUTHORIZER, TestInvokeAuthorizer
from gatewright.management.rest.base_path_mapping import BASE_PATH_MAPPING
from gatewright.management.rest.client_certificate import CLIENT_CERTIFICATE
from gatewright.management.rest.deployment import DEPLOYMENT
from gatewright.management.rest.documentation_part import DOCUMENTATION_PART
from gatewright.management.rest.documentation_version import DOCUMENTATION_VERSION
from gatewright.management.rest.domain_name import DOMAIN_NAME
from gatewright.management.rest.domain_name_access_association import DOMAIN_NAME_ACCESS_ASSOCIATION
from gatewright.management.rest.gateway_response import GATEWAY_RESPONSE
from gatewright.management.rest.integration import INTEGRATION, INTEGRATION_RESPONSE
from gatewright.management.rest.method import METHOD, METHOD_RESPONSE
from gatewright.management.rest.model import MODEL
from gatewright.management.rest.request_validator import REQUEST_VALIDATOR
from gatewright.management.rest.resource import RESOURCE
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.rest.stage import STAGE, Flush, Forget
from gatewright.management.rest.test_invoke_method import TestInvoke
from gatewright.management.rest.usage_plan import USAGE_PLAN
from gatewright.management.rest.usage_plan_key import USAGE_PLAN_KEY
from gatewright.management.rest.vpc_link import VPC_LINK
from gatewright.management.verbs import verbs
from gatewright.values.long_work import LongWork
from gatewright.values.records import Store

NOUNS = (
    REST_API,
    RESOURCE,
    METHOD,
    METHOD_RESPONSE,
    INTEGRATION,
    INTEGRATION_RESPONSE,
    DEPLOYMENT,
    STAGE,
    MODEL,
    REQUEST_VALIDATOR,
    AUTHORIZER,
    GATEWAY_RESPONSE,
    DOCUMENTATION_PART,
    DOCUMENTATION_VERSION,
    CLIENT_CERTIFICATE,
    VPC_LINK,
    API_KEY,
    USAGE_PLAN,
    USAGE_PLAN_KEY,
    DOMAIN_NAME,
    BASE_PATH_MAPPING,
    DOMAIN_NAME_ACCESS_ASSOCIATION,
    ACCOUNT,
)


class DataPlane(NamedTuple):
    """What operations ask of the data plane: to run a method and to ask an authorizer for a test, to drop the results
    of a stage's authorizers, what keys used, to empty a stage's cache, and what accounts may call."""

    test_invoke: TestInvoke
    test_invoke_authorizer: TestInvokeAuthorizer
    flush_authorizers: Forget
    usage: Usage
    flush_responses: Flush
    account: Rates = ACCOUNT_RATES


def handlers(store: Store, data_plane: DataPlane, work: LongWork) -> dict[str, Handler]:
    """The handlers of everything built, by AWS's operation name; definitions are read and written as `work` has it."""
    operations = load_service("apigateway").operations
    ordinary = {name: handler for noun in NOUNS for name, handler in verbs(noun, store, operations).items()}
    return {
        **ordinary,
        **deployment.handlers(store),
        **stage.handlers(store, data_plane.flush_responses, data_plane.flush_authorizers),
        **model.handlers(store),
        **authorizer.handlers(store, data_plane.test_invoke_authorizer),
        **gateway_response.handlers(store),
        **documentation_part.handlers(store),
        **import_api_keys.handlers(store, work),
        **import_rest_api.handlers(store, work),
        **export.handlers(store, work),
        **usage.handlers(store, data_plane.usage),
        **account.handlers(store, data_plane.account),
        **domain_name_access_association.handlers(store),
        **sdk.handlers(store),
        **sdk_type.handlers(),
        **tags.handlers(NOUNS, store),
        **test_invoke_method.handlers(store, data_plane.test_invoke),
    }
