"""Access log of a stage of an HTTP or WebSocket API: where its lines go and what they say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
"""

from gatewright.management.noun import Change
from gatewright.management.rest.access_log_settings import FIREHOSE, changed_settings, check_destination, need_log_role
from gatewright.management.v2.inside import WEBSOCKET, protocol_of


def access_log_settled(change: Change) -> None:
    """What is given is laid over what was there; a destination that AWS knows and a format that can be written.

    Only a WebSocket API may send its lines to Firehose, and needs the account's role for a log group: an HTTP API's are
    delivered by CloudWatch itself."""
    new = change.new
    if new.get("accessLogSettings"):
        new["accessLogSettings"] = (change.old or {}).get("accessLogSettings", {}) | new["accessLogSettings"]
    arn = changed_settings(change).get("destinationArn")
    websocket = protocol_of(change) == WEBSOCKET
    if arn is None or (websocket and FIREHOSE.fullmatch(arn)):
        return
    check_destination(arn)
    if websocket:
        need_log_role(change)
