"""The results of Lambda authorizers that are kept: asked once for each identity, for as long as the authorizer says.

A key holds the identity as a digest, never the tokens themselves. Those who come with one identity while the function
runs share its answer. Only an answer with a policy is kept: no error, no timeout and no refusal is.
Developer guide: "Use API Gateway Lambda authorizers"; API reference: FlushStageAuthorizersCache.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gatewright.execute.authorizer_result import AuthorizerAnswer
from gatewright.execute.least_recent import LeastRecent
from gatewright.values.pending import Drive, Pending

LARGEST = 64 * 1024 * 1024  # bytes, estimated

Ask = Callable[[], Coroutine[Any, None, AuthorizerAnswer]]


class ResultKey(NamedTuple):
    """Whose result: of the API's stage, for the identity (and the authorizer) that `digest` stands for."""

    api_id: str
    stage: str
    digest: bytes


class _Kept(NamedTuple):
    answer: AuthorizerAnswer
    since: float  # epoch seconds


@dataclass(slots=True)
class _Question:
    """An invocation under way, and who waits for it."""

    waiting: list[Pending[AuthorizerAnswer]] = field(default_factory=list)


class AuthorizerResults:
    """The results of all authorizers of one node; `now` gives epoch seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: LeastRecent[ResultKey, _Kept] = LeastRecent(LARGEST)
        self._asked: dict[ResultKey, _Question] = {}

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
        answered: Pending[AuthorizerAnswer] = Pending()
        question = self._asked.get(key)
        if question is not None:
            question.waiting.append(answered)
            return answered
        asking = ask()
        question = self._asked[key] = _Question([answered])
        Drive(asking, lambda answer, error: self._ended(key, question, answer, error)).step()
        return answered

    def _ended(
        self, key: ResultKey, question: _Question, answer: AuthorizerAnswer | None, error: BaseException | None
    ) -> None:
        if self._asked.get(key) is question:  # it is not when the stage was flushed meanwhile
            del self._asked[key]
            if answer is not None:
                self._kept.put(key, _Kept(answer.kept(), self._now()), answer.result.size)
        for one in question.waiting:
            if answer is not None:
                one.complete(answer)
            else:
                # One error is raised once for each: without its traceback, which would grow each time.
                one.fail((error or AssertionError("no answer")).with_traceback(None))
