"""REST APIs (service `apigateway`): a file per noun, and what each operation of AWS's is answered by."""

from gatewright.aws.call import Handler
from gatewright.management.rest import deployment, stage, tags, test_invoke_method
from gatewright.management.rest.account import ACCOUNT
from gatewright.management.rest.deployment import DEPLOYMENT
from gatewright.management.rest.integration import INTEGRATION, INTEGRATION_RESPONSE
from gatewright.management.rest.method import METHOD, METHOD_RESPONSE
from gatewright.management.rest.resource import RESOURCE
from gatewright.management.rest.rest_api import REST_API
from gatewright.management.rest.stage import STAGE
from gatewright.management.rest.test_invoke_method import TestInvoke
from gatewright.management.verbs import verbs
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
    ACCOUNT,
)


def handlers(store: Store, test_invoke: TestInvoke) -> dict[str, Handler]:
    """The handlers of everything built, by AWS's operation name; `test_invoke` runs one method on the data plane."""
    built: dict[str, Handler] = {}
    for noun in NOUNS:
        built |= verbs(noun, store)
    built |= deployment.handlers(store)
    built |= stage.handlers(store)
    built |= tags.handlers(NOUNS, store)
    built |= test_invoke_method.handlers(store, test_invoke)
    return built
