"""The results of Lambda authorizers that are kept: asked once for each identity, for as long as the authorizer says.

A key holds the identity as a digest, never the tokens themselves. Those who come with one identity while the function
runs share its answer. Only an answer with a policy is kept: no error, no timeout and no refusal is.
Developer guide: "Use API Gateway Lambda authorizers"; API reference: FlushStageAuthorizersCache.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from gatewright.execute.authorizers.authorizer_result import AuthorizerAnswer
from gatewright.values.least_recent import LeastRecent
from gatewright.values.pending import Pending
from gatewright.values.single_flight import SingleFlight

LARGEST = 64 * 1024 * 1024  # bytes, estimated

Ask = Callable[[], Awaitable[AuthorizerAnswer]]


class ResultKey(NamedTuple):
    """Whose result: of the API's stage, for the identity (and the authorizer) that `digest` stands for."""

    api_id: str
    stage: str
    digest: bytes


class _Kept(NamedTuple):
    answer: AuthorizerAnswer
    since: float  # epoch seconds


class AuthorizerResults:
    """The results of all authorizers of one node; `now` gives epoch seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: LeastRecent[ResultKey, _Kept] = LeastRecent(LARGEST)
        self._asked: dict[ResultKey, SingleFlight[AuthorizerAnswer]] = {}

    def kept(self, key: ResultKey, ttl: float) -> AuthorizerAnswer | None:
        """The answer for `key` that was kept for less than `ttl` seconds."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        answer, since = kept
        if since <= self._now() < since + ttl:
            return answer
        self._kept.drop(key)
        return None

    def flush(self, api_id: str, stage: str) -> None:
        """Forget the results of one stage; what its functions are asked right now is not kept either."""
        self._kept.drop_those(lambda key: key.api_id == api_id and key.stage == stage)
        for key in [key for key in self._asked if key.api_id == api_id and key.stage == stage]:
            del self._asked[key]

    def asked(self, key: ResultKey, ask: Ask) -> Pending[AuthorizerAnswer]:
        """The answer of the invocation under way, which `ask` begins when there is none. Fails as `ask` does.

        An invocation is nobody's own: it goes on when whoever began it does not wait any longer."""
        flight = self._asked.setdefault(key, SingleFlight())
        return flight.ask(lambda: self._kept_of(key, flight, ask()))

    async def _kept_of(
        self, key: ResultKey, flight: SingleFlight[AuthorizerAnswer], asking: Awaitable[AuthorizerAnswer]
    ) -> AuthorizerAnswer:
        try:
            answer = await asking
            if self._asked.get(key) is flight:  # it is not when the stage was flushed meanwhile
                self._kept.put(key, _Kept(answer.kept(), self._now()), answer.result.size)
            return answer
        finally:
            if self._asked.get(key) is flight:
                del self._asked[key]
