"""A phone becomes a partner's terminal, once, by a code; and what it signs is what counts."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from tests.clients import bearer, serving
from tests.redemption.a_partner import a_partner
from tests.redemption.a_terminal import (
    ED25519,
    P256,
    Key,
    Terminal,
    a_code,
    a_terminal,
    enrolment,
)
from tests.redemption.world import FOOD_POINT, MARKET, World, body_of

from common.ids import new_id
from redemption.app import create_app
from redemption.terminals import enrol as enrolling
from redemption.terminals.routes import address_of
from redemption.terminals.rules import new_code

ENROL = "/v1/terminal-enrolments"
REDEEM = "/v1/redemptions"


def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("code", answer.status_code))


async def revoke(client: httpx.AsyncClient, terminal: Terminal) -> httpx.Response:
    admin = bearer("partner_admin", partner_id=terminal.partner_id, regions=())
    body = {"reason": "Telepon hilang"}
    return await client.post(f"/v1/terminals/{terminal.id}/revocation", json=body, headers=admin)


@pytest.fixture(autouse=True)
async def _no_attempts_of_other_tests(world: World) -> None:
    async with world.engine.begin() as tx:
        await tx.execute(text("DELETE FROM terminal_code_attempts"))


@pytest.fixture
async def terminal(client: httpx.AsyncClient) -> Terminal:
    return await a_terminal(client, FOOD_POINT)


# -------------------------------------------------------------------------------- enrolment


@pytest.mark.parametrize("algorithm", [P256, ED25519])
async def test_a_device_that_shows_a_code_and_proves_its_key_becomes_a_terminal(
    client: httpx.AsyncClient, algorithm: str
):
    terminal = await a_terminal(client, FOOD_POINT, algorithm=algorithm)
    own = await terminal.get("/v1/terminal?unsent=3")
    assert own.status_code == 200
    assert own.json()["partner"]["id"] == str(FOOD_POINT)
    assert [one["needs_full_sign_in"] for one in own.json()["operators"]] == [False]
    me = (await terminal.get("/v1/me")).json()
    assert (me["roles"], me["partner_id"]) == (["partner_operator"], str(FOOD_POINT))
    assert "terminals.manage" not in me["permissions"]


async def test_of_two_devices_with_one_code_at_the_same_moment_one_wins(
    client: httpx.AsyncClient, world: World
):
    code = await a_code(client, FOOD_POINT)
    devices = [Terminal(client, FOOD_POINT) for _ in range(6)]
    answers = await asyncio.gather(
        *(client.post(ENROL, json=enrolment(one, code)) for one in devices)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    async with world.engine.connect() as tx:
        counted = await tx.scalar(
            text("SELECT count(*) FROM terminals WHERE id = ANY(:ids)"),
            {"ids": [one.id for one in devices]},
        )
    assert counted == 1
    # The winner that did not hear the answer asks again; the others have no use for the code.
    winner = devices[[answer.status_code for answer in answers].index(201)]
    again = await client.post(ENROL, json=enrolment(winner, code))
    assert (again.status_code, again.json()["terminal_id"]) == (201, str(winner.id))


async def test_a_code_ends_after_half_an_hour_and_when_a_newer_one_is_made(
    client: httpx.AsyncClient, world: World
):
    admin = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    first, second = [
        (await client.post("/v1/terminal-codes", json={}, headers=admin)).json()["code"]
        for _ in range(2)
    ]
    device = Terminal(client, FOOD_POINT)
    assert code_of(await client.post(ENROL, json=enrolment(device, first))) == (
        "enrolment_code_wrong"
    )
    async with world.engine.begin() as tx:
        await tx.execute(text("UPDATE terminal_codes SET expires_at = now() WHERE used_at IS NULL"))
    late = await client.post(ENROL, json=enrolment(device, second))
    assert code_of(late) == "enrolment_code_wrong"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"proof": Key().sign(b"something else")}, "terminal_proof_wrong"),
        ({"proof": "AAAA"}, "terminal_proof_wrong"),
        ({"proof": "not base64"}, "terminal_proof_wrong"),
        ({"public_key": "AAAA"}, "terminal_key_malformed"),
        ({"public_key": "!"}, "terminal_key_malformed"),
        ({"code": "AAAAA-AAAB"}, "enrolment_code_mistyped"),
        ({"algorithm": "hmac-sha256"}, "invalid_input"),
    ],
)
async def test_a_device_that_cannot_prove_its_key_is_not_enrolled(
    client: httpx.AsyncClient, changes: dict[str, str], code: str
):
    device = Terminal(client, FOOD_POINT)
    body = {**enrolment(device, await a_code(client, FOOD_POINT)), **changes}
    assert code_of(await client.post(ENROL, json=body)) == code


async def test_a_key_of_another_device_cannot_be_enrolled_again(
    client: httpx.AsyncClient, terminal: Terminal
):
    copy = Terminal(client, MARKET, key=terminal.key)
    answer = await client.post(ENROL, json=enrolment(copy, await a_code(client, MARKET)))
    assert code_of(answer) == "id_reused"


async def test_guessing_codes_is_stopped_by_address_and_in_all(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(enrolling, "ADDRESS_ATTEMPTS_MAX", 3)
    async with serving(create_app(world.settings)) as client:
        right = await a_code(client, FOOD_POINT)
        device = Terminal(client, FOOD_POINT)
        guesses = await asyncio.gather(
            *(client.post(ENROL, json=enrolment(device, new_code())) for _ in range(8))
        )
        said = [code_of(answer) for answer in guesses]
        assert said.count("enrolment_code_wrong") == 3
        assert said.count("too_many_requests") == 5
        stopped = await client.post(ENROL, json=enrolment(device, right))
        assert code_of(stopped) == "too_many_requests"
        async with world.engine.begin() as tx:
            counted = await tx.execute(text("SELECT attempts FROM terminal_code_attempts"))
            # What one address tried is counted for everybody too.
            assert [row.attempts for row in counted] == [9, 9]


async def test_nothing_of_a_code_or_token_can_be_read_from_the_database(
    client: httpx.AsyncClient, world: World, terminal: Terminal
):
    code = await a_code(client, FOOD_POINT)
    rows = []
    async with world.engine.connect() as tx:
        for table in ("terminal_codes", "terminals", "terminal_operators", "terminal_sessions"):
            found = await tx.execute(text(f"SELECT row_to_json(t)::text FROM {table} t"))  # noqa: S608
            rows += [str(row[0]) for row in found]
    for secret in (code, code.replace("-", ""), terminal.operator, "argon2"):
        assert not [row for row in rows if secret in row]


async def test_a_partner_that_is_suspended_adds_no_terminal(client: httpx.AsyncClient):
    partner_id = await a_partner(client)
    code = await a_code(client, partner_id)
    body = {"change_id": str(new_id()), "reason": "Dilaporkan"}
    await client.post(
        f"/v1/partners/{partner_id}/suspension", json=body, headers=bearer("administrator")
    )
    device = Terminal(client, partner_id)
    assert code_of(await client.post(ENROL, json=enrolment(device, code))) == (
        "partner_takes_no_terminal"
    )


async def test_a_partners_admin_makes_codes_for_the_own_partner_only(client: httpx.AsyncClient):
    admin = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    wanted = {"partner_id": str(MARKET)}
    refused = await client.post("/v1/terminal-codes", json=wanted, headers=admin)
    assert code_of(refused) == "another_partner"


# ------------------------------------------------------------------------------- signatures


async def test_a_signed_redemption_says_which_terminal_made_it(world: World, terminal: Terminal):
    family, approved = await world.a_family()
    body = body_of(family, approved)
    assert (await terminal.post(REDEEM, body)).status_code == 201
    # The same act again, signed anew: the first answer.
    assert (await terminal.post(REDEEM, body)).status_code == 201
    async with world.engine.connect() as tx:
        made = await tx.scalar(
            text("SELECT terminal_id FROM redemptions WHERE id = :id"), {"id": UUID(body["id"])}
        )
    assert made == terminal.id


async def test_another_key_another_path_and_another_body_are_refused(
    client: httpx.AsyncClient, world: World, terminal: Terminal
):
    family, approved = await world.a_family()
    body = httpx.Request("POST", "http://x", json=body_of(family, approved)).read()
    kind = {"content-type": "application/json"}
    forged = terminal.signed("POST", REDEEM, body, key=Key(terminal.key.algorithm))
    other_path = terminal.signed("POST", "/v1/card-checks", body)
    other_query = terminal.signed("POST", f"{REDEEM}?x=1", body)
    other_method = terminal.signed("PUT", REDEEM, body)
    other_body = terminal.signed("POST", REDEEM, body + b" ")
    of_other = await a_terminal(client, MARKET)
    other_operator = {**terminal.signed("POST", REDEEM, body), "khbs-operator": of_other.operator}
    for headers in (forged, other_path, other_query, other_method, other_body, other_operator):
        answer = await client.post(REDEEM, content=body, headers={**kind, **headers})
        assert (answer.status_code, code_of(answer)) == (401, "terminal_signature_wrong")
    # The right one does count: nothing but the forgery was wrong.
    right = {**kind, **terminal.signed("POST", REDEEM, body)}
    assert (await client.post(REDEEM, content=body, headers=right)).status_code == 201


async def test_a_body_or_an_operator_that_is_not_signed_is_refused(
    client: httpx.AsyncClient, terminal: Terminal
):
    without_body = terminal.signed("POST", REDEEM)
    sneaked_in = await client.post(REDEEM, json={"id": "x"}, headers=without_body)
    assert code_of(sneaked_in) == "terminal_signature_wrong"
    by_itself = terminal.signed("GET", "/v1/terminal", operator="")
    added = await client.get(
        "/v1/terminal", headers={**by_itself, "khbs-operator": terminal.operator}
    )
    assert code_of(added) == "terminal_signature_malformed"


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_a_device_with_many_addresses_has_no_more_attempts(host: str, counted: str):
    assert address_of(Request({"type": "http", "client": (host, 1)})) == counted


@pytest.mark.parametrize("off_s", [-330, 330])
async def test_a_request_that_is_replayed_outside_its_window_is_refused_with_the_servers_time(
    terminal: Terminal, off_s: int
):
    now = int(time.time())
    answer = await terminal.get("/v1/terminal", created=now + off_s)
    assert (answer.status_code, code_of(answer)) == (401, "terminal_clock")
    assert abs(answer.json()["now"] - now) < 30
    assert (await terminal.get("/v1/terminal", created=now + off_s // 2)).status_code == 200


async def test_a_key_cannot_be_used_under_another_algorithm_or_terminal(
    client: httpx.AsyncClient, terminal: Terminal
):
    other = Terminal(client, FOOD_POINT, key=terminal.key, operator="")
    assert code_of(await other.get("/v1/terminal")) == "terminal_unknown"
    as_other = Key(ED25519)
    renamed = await terminal.get("/v1/terminal", key=as_other)
    assert code_of(renamed) == "terminal_signature_wrong"


async def test_what_a_terminal_is_told_is_kept_by_no_cache(
    client: httpx.AsyncClient, world: World, terminal: Terminal
):
    family, approved = await world.a_family()
    body = body_of(family, approved)
    answers = [
        await terminal.post("/v1/card-checks", {"card": family.number}),
        await terminal.post(REDEEM, body),
        await terminal.get(f"{REDEEM}/{body['id']}"),
        *[await terminal.get(f"/v1/{path}") for path in ("terminal", "journal", "leases", "me")],
    ]
    assert {one.headers["cache-control"] for one in answers} == {"no-store"}
    assert not any("access-control-allow-origin" in one.headers for one in answers)
    shell = await client.get("/terminal/")
    assert shell.headers["cache-control"] == "no-cache"


# ------------------------------------------------------------------------------- revocation


async def test_a_revoked_terminal_is_refused_at_once_also_where_its_key_is_remembered(
    client: httpx.AsyncClient, world: World, terminal: Terminal
):
    family, approved = await world.a_family()
    assert (await terminal.post(REDEEM, body_of(family, approved))).status_code == 201
    # Another process, that remembers the terminal from an act of its own.
    other, approved_too = await world.a_family()
    third, approved_third = await world.a_family()
    async with serving(create_app(world.settings)) as elsewhere:
        there = Terminal(elsewhere, FOOD_POINT, terminal.id, terminal.key, terminal.operator)
        assert (await there.post(REDEEM, body_of(other, approved_too))).status_code == 201
        assert (await revoke(client, terminal)).json()["status"] == "revoked"
        for one in (terminal, there):
            refused = await one.post(REDEEM, body_of(third, approved_third))
            assert code_of(refused) == "terminal_revoked"
            for path in ("/v1/terminal", "/v1/me"):
                answer = await one.get(path)
                assert (answer.status_code, code_of(answer)) == (401, "terminal_revoked")


async def test_a_revocation_cannot_be_undone_and_a_key_cannot_be_exchanged(
    client: httpx.AsyncClient, world: World, terminal: Terminal
):
    await revoke(client, terminal)
    for change in ("revoked_at = NULL, revoked_by = NULL, revoked_by_name = NULL, "
                   "revoked_reason = NULL", "public_key = repeat('x', 65)::bytea"):  # fmt: skip
        async with world.engine.connect() as tx:
            with pytest.raises(DBAPIError, match="append-only"):
                await tx.execute(
                    text(f"UPDATE terminals SET {change} WHERE id = :id"),  # noqa: S608
                    {"id": terminal.id},
                )


async def test_terminals_of_a_suspended_partner_give_nothing_and_still_hear_why(
    client: httpx.AsyncClient, world: World
):
    partner_id = await a_partner(client)
    terminal = await a_terminal(client, partner_id)
    family, approved = await world.a_family()
    body = {"change_id": str(new_id()), "reason": "Dilaporkan"}
    await client.post(
        f"/v1/partners/{partner_id}/suspension", json=body, headers=bearer("administrator")
    )
    assert code_of(await terminal.post(REDEEM, body_of(family, approved))) == "partner_suspended"
    own = await terminal.get("/v1/terminal")
    assert (own.status_code, own.json()["partner"]["is_active"]) == (200, False)


async def test_a_terminal_is_seen_once_a_minute_and_says_what_it_has_not_sent(
    client: httpx.AsyncClient, world: World, terminal: Terminal
):
    async with world.engine.begin() as tx:
        await tx.execute(
            text("UPDATE terminals SET last_seen_at = now() - interval '1 hour' WHERE id = :id"),
            {"id": terminal.id},
        )
    await terminal.get("/v1/terminal?unsent=7")
    admin = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    listed = (await client.get("/v1/terminals", headers=admin)).json()
    own = next(one for one in listed if one["id"] == str(terminal.id))
    assert own["unsent_lines"] == 7
    async with world.engine.connect() as tx:
        age = await tx.scalar(
            text("SELECT now() - last_seen_at FROM terminals WHERE id = :id"), {"id": terminal.id}
        )
    assert age < timedelta(minutes=1)


@pytest.mark.parametrize(
    "since", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", "9999-12-31T23:59:59Z"]
)
async def test_a_moment_outside_of_every_calendar_finds_nothing_and_breaks_nothing(
    terminal: Terminal, since: str
):
    answer = await terminal.get(f"/v1/journal/outcomes?since={since}")
    assert (answer.status_code, answer.json()["judgements"]) == (200, [])
