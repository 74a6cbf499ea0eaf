"""The policies of a principal, compiled once: what cannot be read must not let anything through.

A policy that cannot be compiled might have denied what is asked, so its holder is denied everything. One that only
bounds what others allow cannot allow anything then.
"""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from gatewright.languages.policy import Policy, PolicyError, compile_policy

log = logging.getLogger(__name__)

_DENY_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
Document = Mapping[str, Any] | str


def identity_policies(arn: str, documents: Iterable[Document]) -> tuple[Policy, ...]:
    """Those of the principal with that ARN; one that cannot be read becomes one that denies everything."""
    return tuple(_compiled(arn, document) for document in documents)


def limits(arn: str, documents: Iterable[Document]) -> tuple[Policy, ...]:
    """Those of its permissions boundary, or of its session. "" stands for one that is gone, and allows nothing."""
    return tuple(_compiled(arn, document) for document in documents if document)


def _compiled(arn: str, document: Document) -> Policy:
    try:
        return compile_policy(document, kind="identity")
    except PolicyError as error:
        log.warning("a policy of %s cannot be read, so everything is denied to it: %s", arn, error)
        return compile_policy(_DENY_ALL, kind="identity")
