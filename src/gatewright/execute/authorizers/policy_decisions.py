"""What one policy said of methods, remembered: callers come again, for the same few methods.

Only what the policy says whoever asks from wherever is: a decision that took a condition key is made anew each time.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gatewright.execute.policy_request import RequestKeys, access_request

if TYPE_CHECKING:
    from gatewright.execute.context import RequestContext
    from gatewright.languages.policy import Effect, Policy

MOST = 8
LONGEST_PATH = 128  # characters: no client makes a result larger than it may be


class PolicyDecisions:
    """A policy that is asked about methods of one stage, by callers who bring no condition keys."""

    __slots__ = ("_known", "_policy")

    def __init__(self, policy: "Policy") -> None:
        self._policy = policy
        self._known: dict[tuple[str, str], Effect] = {}

    def of(self, context: "RequestContext") -> "Effect":
        """What the policy says of a request. Raises Refusal when its method's ARN is too long."""
        method = context.request.method, context.path
        return self._known.get(method) or self._decided(context, method)

    def _decided(self, context: "RequestContext", method: tuple[str, str]) -> "Effect":
        request, keys = access_request(context), _WatchedKeys(context)
        effect = self._policy.decide(request._replace(keys=keys))
        if not keys.asked and sum(map(len, method)) <= LONGEST_PATH:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[method] = effect
        return effect


class _WatchedKeys(RequestKeys):
    """The condition keys of a request, and whether any was `asked` for, there or not."""

    __slots__ = ("asked",)

    def __init__(self, context: "RequestContext") -> None:
        super().__init__(context)
        self.asked = False

    def __getitem__(self, name: str) -> Sequence[str]:
        self.asked = True
        return super().__getitem__(name)
