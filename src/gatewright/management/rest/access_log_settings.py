"""Access log of a stage: where its lines go and what they say.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import re

from gatewright.execute.access_log import AccessLogFormatError, check_format
from gatewright.management.noun import Change
from gatewright.management.patch import Operation, refused
from gatewright.management.rest.account import has_log_role
from gatewright.values.records import Document

_LOG_GROUP = re.compile(r"arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:log-group:[A-Za-z0-9._/#-]{1,512}(?::\*)?")
FIREHOSE = re.compile(
    r"arn:aws[a-z-]*:firehose:[a-z0-9-]+:[0-9]{12}:deliverystream/amazon-apigateway-[A-Za-z0-9._-]{1,64}"
)


def access_log_is_complete(change: Change) -> None:
    """A destination that AWS knows, a format that can be written, and the role without which neither works."""
    settings = changed_settings(change)
    arn = settings.get("destinationArn")
    if arn is not None and not FIREHOSE.fullmatch(arn):
        check_destination(arn)
        need_log_role(change)


def changed_settings(change: Change) -> Document:
    """The settings of the stage's access log, {} when they are as they were. Raises BadRequestException for a format
    that cannot be written."""
    settings: Document = change.new.get("accessLogSettings") or {}
    if settings == ((change.old or {}).get("accessLogSettings") or {}):
        return {}
    if settings.get("format") is not None:
        try:
            check_format(settings["format"])
        except AccessLogFormatError as error:
            raise refused(str(error)) from None
    return settings


def check_destination(arn: str) -> None:
    """Lines go to a log group. Raises BadRequestException."""
    if not _LOG_GROUP.fullmatch(arn):
        raise refused(f"Invalid ARN. ARN is not well formed {arn}")


def need_log_role(change: Change) -> None:
    """Nothing is logged without the account's role. Raises BadRequestException."""
    if not has_log_role(change.tx, change.call):
        raise refused("CloudWatch Logs role ARN must be set in account settings to enable logging")


def log_value(value: str) -> str:
    """One of the two values of an access log."""
    if not value:
        raise refused("Access Log value must not be empty")
    return value


def drop_access_log(stage: Document, operation: Operation) -> None:
    """No access log; nothing when there is none."""
    stage.pop("accessLogSettings", None)
