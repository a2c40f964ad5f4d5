"""Operators of a terminal: a PIN after a full sign-in, five tries, and an end to every session."""

import asyncio
import base64
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response
from tests.clients import bearer, token
from tests.redemption.a_terminal import PIN, Terminal, a_terminal
from tests.redemption.world import FOOD_POINT, MARKET, World, body_of, envelope

from common import clock
from common.auth import csrf, sessions
from common.events import AccountSignInsEndedV1
from common.ids import new_id
from redemption.app import create_app
from redemption.terminals.rules import NOT_BY_PIN, operator_id_of

SESSIONS = "/v1/terminal/operator-sessions"
WRONG = "918273"


def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("code", answer.status_code))


async def enter(terminal: Terminal, subject: str, pin: str) -> httpx.Response:
    body = {"operator_id": str(operator_id_of(subject)), "pin": pin}
    return await terminal.post(SESSIONS, body, operator="")


async def set_pin(terminal: Terminal, pin: str, **person: object) -> httpx.Response:
    who = bearer("partner_operator", **{"partner_id": FOOD_POINT, "regions": (), **person})
    path = "/v1/terminal/operators/me"
    return await terminal.send("PUT", path, {"pin": pin}, headers=who, operator="")


@pytest.fixture
async def terminal(client: httpx.AsyncClient) -> Terminal:
    return await a_terminal(client, FOOD_POINT, signed_in=False)


async def test_five_wrong_pins_lock_until_the_next_full_sign_in(terminal: Terminal):
    subject = await terminal.sign_in()
    left = [(await enter(terminal, subject, WRONG)).json().get("tries_left") for _ in range(4)]
    assert left == [4, 3, 2, 1]
    assert code_of(await enter(terminal, subject, WRONG)) == "full_sign_in_needed"
    assert code_of(await enter(terminal, subject, PIN)) == "full_sign_in_needed"
    told = (await terminal.get("/v1/terminal", operator="")).json()
    assert [one["needs_full_sign_in"] for one in told["operators"]] == [True]
    await terminal.sign_in(subject)
    assert (await enter(terminal, subject, PIN)).status_code == 201


async def test_guesses_sent_at_once_are_counted_one_by_one(terminal: Terminal):
    subject = await terminal.sign_in()
    answers = await asyncio.gather(*(enter(terminal, subject, WRONG) for _ in range(9)))
    said = [code_of(answer) for answer in answers]
    assert said.count("operator_pin_wrong") == 4
    assert code_of(await enter(terminal, subject, PIN)) == "full_sign_in_needed"


async def test_a_right_pin_forgives_what_was_wrong_before(terminal: Terminal):
    subject = await terminal.sign_in()
    for _ in range(3):
        for _ in range(2):
            assert code_of(await enter(terminal, subject, WRONG)) == "operator_pin_wrong"
        assert (await enter(terminal, subject, PIN)).status_code == 201


def told_of_the_end(subject: str, ended_at: datetime, spared_at: datetime | None = None) -> bytes:
    ended = AccountSignInsEndedV1(account_id=UUID(subject), ended_at=ended_at, spared_at=spared_at)
    return envelope(ended)


async def test_whoever_was_disabled_at_the_issuer_signs_in_nowhere_with_a_pin(
    world: World, client: httpx.AsyncClient, terminal: Terminal
):
    other = await a_terminal(client, FOOD_POINT, signed_in=False)
    subject = await terminal.sign_in()
    await other.sign_in(subject)
    told = told_of_the_end(subject, clock.utc_now() + timedelta(seconds=1))
    assert await world.deliver(told)
    for one in (terminal, other):
        assert code_of(await one.get("/v1/leases")) == "operator_session_over"
        assert code_of(await enter(one, subject, PIN)) == "full_sign_in_needed"
        assert (await one.get("/v1/terminal", operator="")).json()["operators"] == []


async def test_a_sign_in_that_was_ended_sets_no_pin_whichever_is_heard_of_first(
    world: World, terminal: Terminal
):
    subject, now = str(new_id()), int(time.time())
    later = datetime.fromtimestamp(now - 60, UTC)
    # Set with a sign-in of before, and only then is its end heard of.
    assert (await set_pin(terminal, PIN, subject=subject, iat=now - 120)).status_code == 200
    assert (await enter(terminal, subject, PIN)).status_code == 201
    for ended_at in (later, later - timedelta(minutes=5)):
        assert await world.deliver(told_of_the_end(subject, ended_at))
        assert code_of(await enter(terminal, subject, PIN)) == "full_sign_in_needed"
        # The end is known: the same sign-in, still with a living token, opens nothing again.
        again = await set_pin(terminal, PIN, subject=subject, iat=now - 60)
        assert code_of(again) == "full_sign_in_needed"
    # A sign-in after it does, and a repeated message about the end of the old one leaves it.
    assert (await set_pin(terminal, PIN, subject=subject, iat=now - 59)).status_code == 200
    assert await world.deliver(told_of_the_end(subject, later))
    assert (await enter(terminal, subject, PIN)).status_code == 201


async def test_of_a_persons_sign_ins_only_the_one_that_chose_a_new_password_keeps_its_pin(
    world: World, client: httpx.AsyncClient, terminal: Terminal
):
    other = await a_terminal(client, FOOD_POINT, signed_in=False)
    subject, now = str(new_id()), int(time.time())
    own, stolen = now - 300, now - 200
    assert (await set_pin(terminal, PIN, subject=subject, iat=own)).status_code == 200
    assert (await set_pin(other, PIN, subject=subject, iat=stolen)).status_code == 200
    ended, spared = (datetime.fromtimestamp(at, UTC) for at in (now - 100, own))
    assert await world.deliver(told_of_the_end(subject, ended, spared))
    assert (await enter(terminal, subject, PIN)).status_code == 201
    assert code_of(await enter(other, subject, PIN)) == "full_sign_in_needed"
    again = await set_pin(other, PIN, subject=subject, iat=stolen)
    assert code_of(again) == "full_sign_in_needed"
    assert (await set_pin(other, PIN, subject=subject, iat=own)).status_code == 200


@pytest.mark.parametrize("pin", ["000000", "123456", "654321", "121212", "123123"])
async def test_a_pin_that_anybody_tries_first_is_refused(terminal: Terminal, pin: str):
    assert code_of(await set_pin(terminal, pin)) == "pin_too_simple"


@pytest.mark.parametrize("pin", ["1", "12345", "1234567", "12345a", "１２３４５６"])
async def test_a_pin_has_six_digits(terminal: Terminal, pin: str):
    assert code_of(await set_pin(terminal, pin)) == "pin_malformed"


async def test_only_a_person_of_the_partner_who_has_signed_in_fully_sets_a_pin(
    terminal: Terminal,
):
    subject = await terminal.sign_in()
    path = "/v1/terminal/operators/me"
    # With the PIN's token alone, and with nothing at all.
    by_pin = await terminal.send("PUT", path, {"pin": WRONG})
    assert code_of(by_pin) == "not_signed_in"
    by_itself = await terminal.send("PUT", path, {"pin": WRONG}, operator="")
    assert code_of(by_itself) == "not_signed_in"
    assert code_of(await set_pin(terminal, WRONG, partner_id=MARKET)) == "another_partner"
    system = bearer("integrator", partner_id=FOOD_POINT, regions=(), khbs_client=True)
    machine = await terminal.send("PUT", path, {"pin": WRONG}, headers=system, operator="")
    assert code_of(machine) == "permission_missing"
    # Nor for somebody else.
    other = f"/v1/terminal/operators/{operator_id_of(subject)}"
    who = bearer("partner_operator", partner_id=FOOD_POINT, regions=())
    meddled = await terminal.send("PUT", other, {"pin": WRONG}, headers=who, operator="")
    assert code_of(meddled) == "not_found"


async def a_browser(world: World, *, signed_in_s_ago: int | None) -> dict[str, str]:
    """The cookie and CSRF token of a session; the issuer said when its person signed in, or not."""
    subject, app = str(new_id()), create_app(world.settings)
    said = {} if signed_in_s_ago is None else {"auth_time": int(time.time()) - signed_in_s_ago}
    claims = base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")
    own = token("partner_operator", partner_id=FOOD_POINT, regions=(), subject=subject)
    tokens = {"access_token": own, "id_token": f"e30.{claims}.e30", "expires_in": 600}
    request, kept = Request({"type": "http", "app": app, "headers": []}), Response()
    async with world.engine.begin() as tx:
        await sessions.start(request, kept, tx, subject=subject, tokens=tokens)
    given = kept.headers["set-cookie"].split(";")[0]
    id_hash = hashlib.sha256(given.partition("=")[2].encode()).digest()
    return {"cookie": given, "x-csrf-token": csrf.token_for(request, id_hash)}


@pytest.mark.parametrize(
    ("signed_in_s_ago", "code"),
    [(60, "200"), (16 * 60, "full_sign_in_needed"), (None, "full_sign_in_needed")],
)
async def test_a_session_that_somebody_left_open_in_the_browser_sets_no_pin(
    world: World, terminal: Terminal, signed_in_s_ago: int | None, code: str
):
    browser = await a_browser(world, signed_in_s_ago=signed_in_s_ago)
    path = "/v1/terminal/operators/me"
    answer = await terminal.send("PUT", path, {"pin": PIN}, headers=browser, operator="")
    assert code_of(answer) == code
    del browser["x-csrf-token"]
    forged = await terminal.send("PUT", path, {"pin": PIN}, headers=browser, operator="")
    assert code_of(forged) == "csrf_failed"


async def test_a_pin_is_good_on_its_own_terminal_only(
    client: httpx.AsyncClient, terminal: Terminal
):
    subject = await terminal.sign_in()
    other = await a_terminal(client, FOOD_POINT, signed_in=False)
    assert code_of(await enter(other, subject, PIN)) == "full_sign_in_needed"
    # Nor does the token of one terminal sign anybody in on another.
    borrowed = await other.get("/v1/me", operator=terminal.operator)
    assert (borrowed.status_code, code_of(borrowed)) == (401, "operator_session_over")


async def test_after_thirty_days_a_full_sign_in_is_needed(terminal: Terminal, world: World):
    subject = await terminal.sign_in()
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "UPDATE terminal_operators SET full_sign_in_at = now() - interval '30 days' "
                "WHERE terminal_id = :id"
            ),
            {"id": terminal.id},
        )
    assert code_of(await enter(terminal, subject, PIN)) == "full_sign_in_needed"


async def test_a_session_ends_after_twelve_hours_on_the_hot_path_too(
    terminal: Terminal, world: World
):
    await terminal.sign_in()
    family, approved = await world.a_family()
    assert (await terminal.post("/v1/redemptions", body_of(family, approved))).status_code == 201
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "UPDATE terminal_sessions SET began_at = now() - interval '13 hours', "
                "expires_at = now() - interval '1 hour' WHERE terminal_id = :id"
            ),
            {"id": terminal.id},
        )
    other, approved_too = await world.a_family()
    late = await terminal.post("/v1/redemptions", body_of(other, approved_too))
    assert (late.status_code, code_of(late)) == (401, "operator_session_over")
    assert code_of(await terminal.get("/v1/me")) == "operator_session_over"


async def test_signing_out_ends_the_session_at_once(terminal: Terminal, world: World):
    await terminal.sign_in()
    family, approved = await world.a_family()
    assert (await terminal.post("/v1/redemptions", body_of(family, approved))).status_code == 201
    assert (await terminal.send("DELETE", f"{SESSIONS}/current")).status_code == 204
    other, approved_too = await world.a_family()
    late = await terminal.post("/v1/redemptions", body_of(other, approved_too))
    assert code_of(late) == "operator_session_over"


async def test_an_operator_who_is_taken_off_a_terminal_is_off_at_once(
    client: httpx.AsyncClient, terminal: Terminal
):
    subject = await terminal.sign_in()
    admin = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    removed = await client.post(
        f"/terminals/{terminal.id}/operators/{operator_id_of(subject)}/removal", headers=admin
    )
    assert removed.status_code == 303
    assert code_of(await terminal.get("/v1/me")) == "operator_session_over"
    assert code_of(await enter(terminal, subject, PIN)) == "full_sign_in_needed"


async def test_without_an_operator_a_terminal_gives_nothing(terminal: Terminal, world: World):
    family, approved = await world.a_family()
    answer = await terminal.post("/v1/redemptions", body_of(family, approved))
    assert (answer.status_code, code_of(answer)) == (403, "permission_missing")
    assert (await terminal.get("/v1/terminal")).status_code == 200


async def test_what_binds_a_partner_is_not_done_with_a_pin(terminal: Terminal):
    await terminal.sign_in(role="partner_admin")
    answer = await terminal.post("/v1/terminal-codes", {})
    assert code_of(answer) == "permission_missing"
    own = (await terminal.get("/v1/me")).json()["permissions"]
    assert NOT_BY_PIN.isdisjoint(own)
    assert "distributions.sign" in NOT_BY_PIN


async def test_a_person_without_a_terminal_is_told_so(client: httpx.AsyncClient):
    person = bearer("partner_operator", partner_id=FOOD_POINT, regions=())
    answer = await client.get("/v1/terminal", headers=person)
    assert code_of(answer) == "terminal_needed"
    unknown = {"operator_id": str(new_id()), "pin": PIN}
    assert code_of(await client.post(SESSIONS, json=unknown, headers=person)) == "terminal_needed"
