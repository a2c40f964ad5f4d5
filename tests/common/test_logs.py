"""What may be in a log line, and what never is."""

import json
import logging
import os
import subprocess
import sys

import pytest

from common import logs
from common.events import CardStatusChangedV1
from common.logs import REDACTED, allow_listed, redacted, where_it_happened

NIK = "6203010101800001"


@pytest.mark.parametrize(
    "value",
    [
        NIK,
        f"nik={NIK}.",
        "6203 0101 0180 0001",
        "620301.010180.0001",
        int(NIK),
        [NIK],
        {"deep": [{"er": int(NIK)}]},
        {NIK: 1},
        ValueError(NIK),
        NIK.encode(),
    ],
    ids=repr,
)
def test_sixteen_digits_do_not_pass_in_any_form(value: object):
    said = json.dumps(redacted(value))
    assert "0101" not in said
    assert REDACTED in said


@pytest.mark.parametrize(
    "value",
    [
        "01930000-0000-7000-8000-000000000001",
        "2026-11-21T23:34:21.123456Z",
        "62.01.01.2001",
        "0123456789abcdef",
        12.345678901234567,
        True,
        None,
        1_500_000_000,
    ],
    ids=repr,
)
def test_ids_times_and_amounts_stay_readable(value: object):
    assert redacted(value) == value


def test_a_field_that_nobody_named_is_dropped():
    entry = {"event": "x", "name": "Siti Aminah", "nik": NIK, "route": "/v1/households"}
    assert allow_listed(None, "info", entry) == {"event": "x", "route": "/v1/households"}


def test_an_exception_is_told_by_kind_and_place_and_not_by_its_words():
    try:
        try:
            CardStatusChangedV1.model_validate({"card_id": "Siti Aminah"})
        except ValueError as error:
            raise KeyError("Siti Aminah") from error
    except KeyError as error:
        told = where_it_happened(error)
    assert "pydantic_core" in told
    assert "KeyError" in told
    assert "test_logs.py" in told
    assert told.index("pydantic_core") < told.index("KeyError\n")


def test_the_words_of_a_programmers_mistake_are_told():
    assert "takes 2 arguments" in where_it_happened(TypeError("takes 2 arguments"))


def test_the_frames_of_libraries_are_left_out_but_for_the_last():
    try:
        CardStatusChangedV1.model_validate_json("{")
    except ValueError as error:
        told = where_it_happened(error)
    assert told.count("  File ") == 2
    assert "test_logs.py" in told
    assert "site-packages/pydantic" in told


def test_a_group_of_exceptions_is_told_whole():
    group = ExceptionGroup("several", [KeyError("a"), ExceptionGroup("more", [OSError("b")])])
    told = where_it_happened(group)
    assert "KeyError" in told
    assert "OSError" in told


SCRIPT = """
import logging, warnings
import structlog
from common import logs
early = structlog.get_logger()
logs.configure("registry", "INFO")
log = structlog.get_logger()
log.info("ours", count=3, name="Siti", reason="nomor NIK")
log.debug("too quiet")
early.warning("early")
logging.getLogger("sqlalchemy.pool").warning("theirs %s\\nSiti Aminah", "NIK")
try:
    raise ValueError("Siti Aminah")
except ValueError:
    log.exception("failed")
    logging.getLogger("asyncio").exception("Task exception was never retrieved\\nSiti")
"""


def test_our_lines_and_those_of_libraries_have_one_form():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("NIK", NIK)],
        capture_output=True,
        check=True,
        env=dict(os.environ),
    )
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.stderr == b""
    assert [line["event"] for line in lines] == [
        "ours",
        "early",
        f"theirs {REDACTED}",
        "failed",
        "Task exception was never retrieved",
    ]
    assert lines[0]["count"] == 3
    assert lines[0]["reason"] == f"nomor {REDACTED}"
    assert lines[2]["logger"] == "sqlalchemy.pool"
    assert all({"level", "timestamp", "service"} <= set(line) for line in lines)
    assert all("ValueError" in line["exception"] for line in lines[3:])
    assert "Siti" not in "".join(line.get("event", "") for line in lines)
    assert "name" not in lines[0]


def test_uvicorns_own_handlers_are_taken_away():
    uvicorn = logging.getLogger("uvicorn")
    before = (uvicorn.handlers, uvicorn.propagate, logging.getLogger().handlers)
    uvicorn.handlers, uvicorn.propagate = [logging.StreamHandler()], False
    import structlog

    kept = structlog.get_config()
    try:
        logs.configure("registry")
        assert (uvicorn.handlers, uvicorn.propagate) == ([], True)
    finally:
        uvicorn.handlers, uvicorn.propagate, logging.getLogger().handlers = before
        structlog.configure(**kept)
