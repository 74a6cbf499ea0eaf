"""Stage of an HTTP or WebSocket API: a name under which a deployment is reached, and how it is served there.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html
"""

from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.unserved_routes import of_stage
from gatewright.management.leaving_plans import stage_leaves_plans
from gatewright.management.mapped_api import names_leading_to
from gatewright.management.noun import Change, Noun, require
from gatewright.management.paging import NEXT_TOKEN
from gatewright.management.patch import refused
from gatewright.management.rest.client_certificate import CLIENT_CERTIFICATE
from gatewright.management.rest.stage import Forget, check_name, check_variables, dated, exists, missing
from gatewright.management.v2.access_log_settings import access_log_settled
from gatewright.management.v2.api import API
from gatewright.management.v2.auto_deploy import deploy_automatically, oldest_forgotten
from gatewright.management.v2.errors import limits_are_bad_requests
from gatewright.management.v2.inside import HTTP, key_inside, protocol_of
from gatewright.management.v2.merged import merged
from gatewright.management.v2.route_settings import settings_settled, without_row
from gatewright.management.v2.tags import tags_settled, with_tags
from gatewright.management.verbs import take_from
from gatewright.values.records import Document, Store

DEFAULT = "$default"


def named(change: Change) -> None:
    """A stage's name is a segment of its address; the one that is not is an HTTP API's."""
    if change.new["stageName"] != DEFAULT or protocol_of(change) != HTTP:
        check_name(change.new["stageName"])


def variables_settled(change: Change) -> None:
    """Those given are laid over those that are there; an empty one goes."""
    merged(change, "stageVariables", lambda value: not value)
    change.new.setdefault("stageVariables", {})
    with limits_are_bad_requests():
        check_variables(change.new["stageVariables"])


def certificate_exists(change: Change) -> None:
    """The client certificate is the account's; HTTP APIs show none to backends."""
    id = change.new.get("clientCertificateId")
    if not id:
        return
    if protocol_of(change) == HTTP:
        raise refused("Client certificates are not supported on protocolType HTTP")
    require(change.tx, change.call._replace(input={"clientCertificateId": id}), CLIENT_CERTIFICATE)


def deployment_settled(change: Change) -> None:
    """A stage points at a deployment of its API: at one it is given, or at the newest if it deploys automatically.

    Whoever switches that on gets a deployment at once."""
    old, new, call = change.old or {}, change.new, change.call
    if new["autoDeploy"]:
        if call.input.get("deploymentId"):
            refuse_beside_auto_deploy(call, new)
        if not old.get("autoDeploy"):
            new |= deploy_automatically(change.tx, call)
        return
    new.pop("lastDeploymentStatusMessage", None)
    id = new.get("deploymentId")
    if id and change.tx.get(key_inside(call, "DeploymentV2", id)) is None:
        raise ServiceError("NotFoundException", f"Invalid Deployment identifier specified {id}")


def refuse_beside_auto_deploy(call: Call, stage: Document) -> None:
    """What deploys automatically is told by nobody what to serve. Raises BadRequestException."""
    if stage["autoDeploy"]:
        # Seen: github.com/go-to-k/cdk-real-drift/issues/667
        raise refused(
            f"Deployment ID cannot be set on this stage {call.account}:{call.input['apiId']} "
            "because AutoDeploy is enabled."
        )


def no_domain_leads_to_it(change: Change) -> None:
    """A stage that a domain name leads to stays."""
    stage = change.call.input["stageName"]
    leading = names_leading_to(change.tx, change.call, change.call.input["apiId"], stage)
    if leading:
        # Seen: github.com/hashicorp/terraform-provider-aws, destroying aws_apigatewayv2_stage
        raise refused(
            f"Deleting stage {stage} failed. Please remove all base path mappings related to the stage in your "
            f"domains: {', '.join(leading)}"
        )


STAGE = Noun(
    name="Stage",
    kind="StageV2",
    path=("apiId", "stageName"),
    missing=missing,
    inside=API,
    asks_inside=True,
    id="stageName",
    taken=exists,
    plural="Stages",
    paging=NEXT_TOKEN,
    defaults={"autoDeploy": False},
    optional=("accessLogSettings", "clientCertificateId", "deploymentId", "description"),
    rules=(
        named,
        variables_settled,
        settings_settled,
        certificate_exists,
        access_log_settled,
        tags_settled,
        dated,
        deployment_settled,
    ),
    deleting=(no_domain_leads_to_it, stage_leaves_plans),
    settled=(oldest_forgotten,),
    unserved=of_stage,
    show=with_tags,
    arn="/apis/{apiId}/stages/{stageName}",
)


def without_access_log(stage: Document, call: Call) -> Document:
    """The stage writes no access log any more; nothing changes when it wrote none."""
    return {name: value for name, value in stage.items() if name != "accessLogSettings"}


def reset_authorizers_cache(store: Store, forget: Forget, call: Call) -> Document:
    """Forget what the stage's authorizers said of their callers."""
    with store.read() as tx:
        require(tx, call, STAGE)
    forget(call.input["apiId"], call.input["stageName"])
    return {}


def handlers(store: Store, forget: Forget) -> dict[str, Handler]:
    """The operations on stages that are no shared verbs."""
    return {
        "DeleteAccessLogSettings": partial(take_from, STAGE, without_access_log, store),
        "DeleteRouteSettings": partial(take_from, STAGE, without_row, store),
        "ResetAuthorizersCache": partial(reset_authorizers_cache, store, forget),
    }
