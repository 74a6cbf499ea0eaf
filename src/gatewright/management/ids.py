"""Identifiers in AWS's formats: lower-case letters and digits, ten for an API, six or seven for what lives inside one.

An API's id is its host name as well, so no two of a node's APIs share one, whichever account or region they are in.
"""

import secrets

from gatewright.values.records import Key, Transaction

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
API = 10
INNER = 6
ROUTED = 7  # routes and integrations of the second API


def random_id(length: int) -> str:
    """`length` characters by chance."""
    number, characters = secrets.randbelow(len(ALPHABET) ** length), ""  # one draw: an import makes thousands of ids
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        characters += ALPHABET[digit]
    return characters


def unused_everywhere(tx: Transaction, kind: str, length: int) -> str:
    """An id that nothing of that kind has in any account, region and parent."""
    while tx.find(kind, id := random_id(length)):
        pass
    return id


def unused_beside(tx: Transaction, key: Key, length: int) -> str:
    """An id that no sibling of `key` has; its own id is not used."""
    while tx.get(key._replace(id=(id := random_id(length)))) is not None:
        pass
    return id
