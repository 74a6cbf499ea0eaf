"""IAM's policy language: text to a function that decides.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from gatewright.languages.policy.effect import Effect
from gatewright.languages.policy.errors import PolicyError
from gatewright.languages.policy.operators import arn_like
from gatewright.languages.policy.policy import Policy, compile_policy, decide_all, read_policy, within
from gatewright.languages.policy.request import AccessRequest, PolicyPrincipal

__all__ = [
    "AccessRequest",
    "Effect",
    "Policy",
    "PolicyError",
    "PolicyPrincipal",
    "arn_like",
    "compile_policy",
    "decide_all",
    "read_policy",
    "within",
]
