"""A call of an integration as the embedded moto server must have it, where it understands less than AWS does.

AWS takes the query protocol's parameters from the query, too, whatever the method and the content type, and answers
as `Accept` asks; moto goes by the content type of a form, and by a parameter. A queue's path may lack the account.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""

import re

from gatewright.aws.service_api import service_api
from gatewright.neighbours.sign import Unsigned

ACCOUNT_HEADER = "x-moto-account-id"  # whose resources a call is about
_FORM = "application/x-www-form-urlencoded"
_ACTION = re.compile(r"(?:^|&)Action=")
_QUEUE = re.compile(r"/[A-Za-z0-9_-]{1,80}(?:\.fifo)?")


def for_moto(request: Unsigned, service: str, account: str) -> Unsigned:
    """The same call for the embedded server, before it is signed; `service` is its signing name."""
    if service == "sqs" and _QUEUE.fullmatch(request.path):
        request = request._replace(path=f"/{account}{request.path}")
    values = {name.lower(): value for name, value in request.headers}
    form = request.body.decode("utf-8", "replace") if values.get("content-type", "").startswith(_FORM) else ""
    if not (_ACTION.search(request.query) or _ACTION.search(form)):
        return request
    api = service_api(service)
    if api is None or not api.takes_query:
        return request
    asked = "ContentType=JSON" if values.get("accept", "").startswith("application/json") else ""
    headers = [pair for pair in request.headers if pair[0].lower() != "content-type"]
    return request._replace(
        method="POST",
        query="",
        headers=(*headers, ("Content-Type", _FORM)),
        body="&".join(filter(None, (request.query, form, asked))).encode(),
    )
