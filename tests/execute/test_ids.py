"""Ids: their forms, that they differ, and what becomes of a trace header."""

import os
import re

import pytest

from gatewright.execute.ids import chosen_request_id, new_ids, trace_header

ROOT, PARENT = "a" * 24, "b" * 16


def test_forms():
    many = [new_ids() for _ in range(300)]
    for ids in many:
        assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", ids.request_id)
        assert re.fullmatch("[A-Za-z0-9_-]{15}=", ids.extended_request_id)
        assert re.fullmatch("[0-9a-f]{24}", ids.root) and re.fullmatch("[0-9a-f]{16}", ids.parent)
    for field in zip(*many, strict=True):
        assert len(set(field)) == 300


def test_a_forked_process_gives_out_other_ids():
    new_ids()
    here, there = os.pipe()
    if (child := os.fork()) == 0:
        os.write(there, new_ids().request_id.encode())
        os._exit(0)
    os.waitpid(child, 0)
    told = os.read(here, 36).decode()
    os.close(here)
    os.close(there)
    assert len(told) == 36 and told not in {new_ids().request_id for _ in range(200)}


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (None, f"Root=1-6553f100-{ROOT};Parent={PARENT};Sampled=0"),
        ("", f"Root=1-6553f100-{ROOT};Parent={PARENT};Sampled=0"),
        ("Root=1-5-x", f"Root=1-5-x;Parent={PARENT};Sampled=0"),
        ("Root=1-5-x;Sampled=1;", f"Root=1-5-x;Sampled=1;Parent={PARENT}"),
        ("Self=1;Root=1-5-x;Parent=p;Sampled=1", "Self=1;Root=1-5-x;Parent=p;Sampled=1"),
    ],
)
def test_trace_headers(received: str | None, expected: str):
    assert trace_header(received, ROOT, PARENT, 1_700_000_000.9) == expected


def test_a_chosen_id_must_be_a_uuid():
    chosen = "11111111-2222-4333-8444-55555555555F"
    assert chosen_request_id(chosen) == chosen
    assert chosen_request_id(f"{chosen} ") == "UUID_REPLACED_INVALID_REQUEST_ID"
