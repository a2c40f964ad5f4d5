"""A phone becomes a partner's terminal, once, by a code; and what it signs is what counts."""

import asyncio
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.a_terminal import (
    ED25519,
    P256,
    PIN,
    Key,
    Terminal,
    a_code,
    a_terminal,
    enrolment,
)
from tests.redemption.world import FOOD_POINT, MARKET, World

from common.ids import new_id
from redemption.terminals.rules import operator_id_of

ENROL = "/v1/terminal-enrolments"


@pytest.mark.parametrize("algorithm", [P256, ED25519])
async def test_a_device_that_shows_a_code_and_proves_its_key_becomes_a_terminal(
    client: httpx.AsyncClient, world: World, algorithm: str
):
    terminal = await a_terminal(client, FOOD_POINT, algorithm=algorithm)
    own = await terminal.get("/v1/terminal?unsent=3")
    assert own.status_code == 200
    assert own.json()["partner"]["id"] == str(FOOD_POINT)
    assert [one["needs_full_sign_in"] for one in own.json()["operators"]] == [False]
    me = (await terminal.get("/v1/me")).json()
    assert (me["roles"], me["partner_id"]) == (["partner_operator"], str(FOOD_POINT))
    assert "terminals.manage" not in me["permissions"]
