"""IAM's policy language: text to a function that decides.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from gatewright.languages.policy.effect import Effect

__all__ = ["Effect"]
