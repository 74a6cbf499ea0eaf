"""ImportApiKeys: API keys from a file of comma-separated values, all of them or those that are well formed.

The first line names the columns, in any order and case: `Name` and `Key`, and `Description`, `Enabled` and
`UsagePlanIds` if there are; others are ignored. A key whose value is there is replaced.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html
"""

import csv
import io
from functools import partial

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.execute.limits.api_key import LONGEST, find_value
from gatewright.management.draft import Draft, Drafts
from gatewright.management.noun import Change, find, identified, require, settle
from gatewright.management.patch import refused
from gatewright.management.rest.api_key import API_KEY
from gatewright.management.rest.usage_plan_key import KEY_TYPE, USAGE_PLAN_KEY
from gatewright.management.verbs import make
from gatewright.values.long_work import LongWork
from gatewright.values.records import Document, Key, Store, Transaction

SHORTEST = 30  # of an imported value; a key made one by one may have twenty characters
MOST = 10_000  # keys of an account in one region: AWS's quota
LARGEST = 5 * 1024 * 1024  # bytes of a file

_COLUMNS = ("name", "key", "description", "enabled", "usageplanids")


async def import_api_keys(drafts: Drafts, work: LongWork, call: Call) -> Document:
    """The ids of the keys made or replaced, and what is wrong with the lines that were not."""
    lines = await work.beside(partial(rows, call.input["body"]))

    async def write(draft: Draft, work: LongWork) -> Document:
        ids: list[str] = []
        warnings: list[str] = []
        for number, row in lines:
            try:
                ids.append(_import(draft, call, row, number, warnings))
            except ServiceError as error:
                warnings.append(f"Line {number}: {error.message}")
            await work.turn()
        if warnings and call.input.get("failOnWarnings"):
            raise refused(f"Failed to import API keys: {'; '.join(warnings[:20])}")
        return {"ids": list(dict.fromkeys(ids)), "warnings": warnings}

    return await drafts.written(write, work)


def rows(body: bytes) -> list[tuple[int, dict[str, str]]]:
    """The lines of the file, numbered, by column. Raises BadRequestException for what is no such file."""
    if len(body) > LARGEST:
        raise refused(f"API Key file exceeds maximum size of {LARGEST} bytes")
    try:
        lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        columns = [column.strip().lower() for column in next(lines, [])]
        if not {"name", "key"} <= set(columns):
            raise refused("Invalid API Key file: the header must name the columns Name and key")
        found = [(lines.line_num, values) for values in lines if any(value.strip() for value in values)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise refused(f"Invalid API Key file: {error}") from None
    if len(found) > MOST:
        raise ServiceError("LimitExceededException", f"A file can have at most {MOST} API keys")
    return [
        (number, {name: value.strip() for name, value in zip(columns, values, strict=False) if name in _COLUMNS})
        for number, values in found
    ]


def _import(tx: Transaction, call: Call, row: dict[str, str], number: int, warnings: list[str]) -> str:
    """One line: the id of its key. Raises ServiceError with nothing written."""
    document = _read(row)
    place = Key(call.account, call.region, "ApiKey", "", "")
    id = find_value(tx, place, document["value"])
    if id is None:
        _, made = make(API_KEY, tx, call._replace(input=document))
        id = str(made["id"])
    else:
        _overwrite(tx, identified(API_KEY, call, id), document)
    for plan in filter(None, (part.strip() for part in row.get("usageplanids", "").split(","))):
        try:
            _subscribe(tx, call, plan, id)
        except ServiceError as error:
            warnings.append(f"Line {number}: {error.message}: {plan}")
    return id


def _overwrite(tx: Transaction, call: Call, document: Document) -> None:
    old = require(tx, call, API_KEY)
    new = {name: value for name, value in old.items() if name != "description"} | document
    settle(API_KEY, Change(tx, call, old, new))


def _read(row: dict[str, str]) -> Document:
    value, enabled = row.get("key", ""), row.get("enabled", "").lower()
    if not row.get("name"):
        raise refused("API Key name cannot be blank")
    if len(value) < SHORTEST:
        raise refused(f"API Key value should be at least {SHORTEST} characters")
    if len(value) > LONGEST:
        raise refused(f"API Key value exceeds maximum size of {LONGEST} characters")
    if enabled not in ("", "true", "false"):
        raise refused(f"Invalid boolean value specified: {row['enabled']}. Valid options are true,false")
    document = {"name": row["name"], "value": value, "enabled": enabled != "false"}
    return document | ({"description": row["description"]} if row.get("description") else {})


def _subscribe(tx: Transaction, call: Call, plan: str, key: str) -> None:
    here = call._replace(input={"usagePlanId": plan, "keyId": key, "keyType": KEY_TYPE})
    if find(tx, here, USAGE_PLAN_KEY) is None:
        make(USAGE_PLAN_KEY, tx, here)


def handlers(store: Store, work: LongWork) -> dict[str, Handler]:
    """The operation on API keys that is no shared verb."""
    return {"ImportApiKeys": partial(import_api_keys, Drafts(store), work)}
