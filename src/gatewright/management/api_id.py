"""The id of a new API, of whichever kind: it is a host name, so no two APIs of a node share one.

The tag `_custom_id_` asks for an id, as emulators of AWS have it.
"""

import re

from gatewright.aws.errors import ServiceError
from gatewright.management.ids import API, unused_everywhere
from gatewright.management.noun import Change
from gatewright.management.patch import refused

CUSTOM_ID = "_custom_id_"

_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def new_api_id(change: Change) -> str:
    """The id asked for by tag, or one by chance. Raises BadRequestException, ConflictException."""
    asked = (change.new.get("tags") or {}).get(CUSTOM_ID)
    if asked is None:
        while change.tx.find("Api", id := unused_everywhere(change.tx, "RestApi", API)):
            pass
        return id
    if not _HOST_LABEL.fullmatch(asked):
        raise refused(
            f"Invalid {CUSTOM_ID} specified: {asked}. "
            "It is a host name: at most 63 of a-z, 0-9 and hyphens, no hyphen at either end"
        )
    if change.tx.find("RestApi", asked) or change.tx.find("Api", asked):
        raise ServiceError("ConflictException", f"An API with id {asked} already exists")
    return str(asked)
