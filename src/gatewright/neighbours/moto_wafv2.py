"""What moto's WAF leaves as it was and AWS changes: part of the embedded moto server's child process.

An update of a web ACL or rule group puts what it is given in the place of all there was, so that no rules are none; a
resource that gets a web ACL loses the one that it had. Stages are the gateway's own, and moto knows none of them.
https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from moto.wafv2.models import FakeRuleGroup, FakeWebACL, WAFV2Backend


def install() -> None:
    """Let the server do so, before its first request."""
    for kind, name, method in (
        (FakeWebACL, "update", _replacing(FakeWebACL.update)),
        (FakeRuleGroup, "update", _replacing(FakeRuleGroup.update)),
        (WAFV2Backend, "associate_web_acl", _only(WAFV2Backend.associate_web_acl)),
        (WAFV2Backend, "_find_apigw_stage", lambda *_: None),
    ):
        setattr(kind, name, method)


def _replacing(update: Callable[..., Any]) -> Callable[..., Any]:
    """An update whose parameters are named like what they change."""
    _, *names = inspect.signature(update).parameters

    @functools.wraps(update)
    def replacing(document: Any, *given: Any) -> Any:
        for name, value in zip(names, given, strict=True):
            setattr(document, name, value)
        document.rules = document.rules or []
        document.description = document.description or ""
        return update(document, *given)

    return replacing


def _only(associate: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(associate)
    def associating(backend: Any, web_acl_arn: str, resource_arn: str) -> None:
        if web_acl_arn in backend.wacls:
            backend.disassociate_web_acl(resource_arn)
        associate(backend, web_acl_arn, resource_arn)

    return associating
