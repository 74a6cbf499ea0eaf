"""The clock that tests may move, and its page."""

import json

import pytest

from gatewright.execute.virtual_clock import LATEST, PAGE, VirtualClock
from tests.execute.stage import request

YEAR_3000 = int(LATEST)
JSON = [b"Content-Type: application/json\r\n"]


class Real:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def asked(clock: VirtualClock, method: str, body: bytes = b"") -> tuple[int, list[bytes], dict[str, object]]:
    status, headers, answer = clock.page(request(method, PAGE, body=body))
    return status, list(headers), json.loads(answer)


def test_it_goes_on_from_where_it_is_set() -> None:
    real = Real()
    clock = VirtualClock(real)
    assert asked(clock, "GET") == (200, JSON, {"now": 1_000.0})
    assert asked(clock, "POST", b'{"advance": 86400}') == (200, JSON, {"now": 87_400.0})
    real.now += 5
    assert clock() == 87_405.0
    assert asked(clock, "POST", b'{"set": 10.5}') == (200, JSON, {"now": 10.5})
    assert asked(clock, "POST", b'{"advance": -0.5}') == (200, JSON, {"now": 10.0})
    real.now += 1
    assert asked(clock, "GET") == (200, JSON, {"now": 11.0})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Input data was truncated"),
        (b"{}", 'one of "advance" and "set" is needed'),
        (b'{"advance": 1, "set": 2}', 'one of "advance" and "set" is needed'),
        (b'{"advance": "1"}', "Expected `float | null`, got `str` - at `$.advance`"),
        (b'{"ahead": 1}', "Object contains unknown field `ahead`"),
        (b'{"set": -1}', f"the clock goes from 0 to {YEAR_3000}"),
        (b'{"advance": -1001}', f"the clock goes from 0 to {YEAR_3000}"),
        (b'{"advance": 1e300}', f"the clock goes from 0 to {YEAR_3000}"),
        (b'{"advance": NaN}', "JSON is malformed: invalid character (byte 12)"),
    ],
)
def test_what_is_refused_moves_nothing(body: bytes, message: str) -> None:
    clock = VirtualClock(Real())
    assert asked(clock, "POST", body) == (400, JSON, {"message": message})
    assert clock() == 1_000.0


def test_other_methods_are_told_which_there_are() -> None:
    answer = asked(VirtualClock(Real()), "DELETE")
    assert answer == (405, [*JSON, b"Allow: GET, POST\r\n"], {"message": "GET or POST"})
