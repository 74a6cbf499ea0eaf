"""UUIDs: their form, that they differ, also in a forked process."""

import os
from uuid import UUID

from gatewright.values.uuids import draw_uuids, new_uuid


def test_they_are_random_uuids_in_their_usual_form() -> None:
    drawn = draw_uuids(100) + [new_uuid() for _ in range(300)]
    assert [str(UUID(each)) for each in drawn] == drawn
    assert {UUID(each).version for each in drawn} == {4}
    assert {each[19] for each in drawn} == set("89ab")
    assert len(set(drawn)) == 400
    assert all(
        len({each[place] for each in drawn}) == 16 for place in range(36) if place not in (8, 13, 14, 18, 19, 23)
    )


def test_a_forked_process_gives_out_others() -> None:
    new_uuid()
    here, there = os.pipe()
    if (child := os.fork()) == 0:
        os.write(there, new_uuid().encode())
        os._exit(0)
    os.waitpid(child, 0)
    told = os.read(here, 36).decode()
    os.close(here)
    os.close(there)
    assert len(told) == 36 and told not in {new_uuid() for _ in range(600)}
