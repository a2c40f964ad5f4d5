"""Settlements for programs: a partner's own, page by page, agreed to by whoever may."""

import asyncio
import csv
import io
from typing import Any
from uuid import UUID

import httpx2 as httpx
import jsonschema
import pytest
from tests.clients import bearer
from tests.redemption.paying import a_shop, column, finance
from tests.redemption.test_partner_systems import a_system
from tests.redemption.test_settlements import a_conflict, did, drawn, gave, seen, undone
from tests.redemption.world import World, an_operator

from common.ids import new_id
from redemption.redeeming.lines import receipt_number
from redemption.settlement import openapi_examples as examples
from redemption.settlement.act_rules import Settlement
from redemption.settlement.lines import Place, csv_of
from redemption.settlement.settlement_schemas import SettlementAnswer, SettlementLines

SETTLEMENTS = "/v1/settlements"


async def sent(world: World, shop: UUID, days: int = 0) -> Settlement:
    return await did(world, await drawn(world, shop, days=days), "sent", finance())


@pytest.mark.parametrize(("method", "path"), sorted(examples.ANSWERS))
async def test_each_example_fits_the_schema(client: httpx.AsyncClient, method: str, path: str):
    described = (await client.get("/openapi.json")).json()
    operation = described["paths"][path][method]
    assert operation["security"] == [{"issuer": []}]
    parts = [operation["responses"]["201" if method == "post" else "200"]]
    parts += [operation["requestBody"]] if method == "post" else []
    for part in parts:
        content = part["content"]["application/json"]
        schema = {**content["schema"], "components": described["components"]}
        kind = jsonschema.Draft202012Validator
        value = content["examples"]["school"]["value"]
        kind(schema, format_checker=kind.FORMAT_CHECKER).validate(value)


def test_the_examples_are_what_the_service_itself_would_say():
    one = SettlementAnswer.model_validate(examples.DETAIL)
    assert one.owed_rupiah == one.given_rupiah - one.deducted_rupiah + one.carried_rupiah
    assert sum(kind.rupiah for kind in one.kinds) == one.owed_rupiah
    assert sum(kind.lines for kind in one.kinds) == one.lines
    assert one.number == f"P-{one.id.hex[-8:-4]}-{one.id.hex[-4:]}".upper()
    (line,) = SettlementLines.model_validate(examples.LINES).lines
    assert line.receipt_number == receipt_number(line.line_id)


async def test_a_partners_system_reads_its_settlements_page_by_page_and_no_other_ones(
    world: World, client: httpx.AsyncClient
):
    shop, other = await a_shop(world), await a_shop(world)
    made = []
    for days in range(3):
        await gave(world, client, shop)
        made.append(await sent(world, shop, days))
    await gave(world, client, shop)
    unsent = await drawn(world, shop, days=3)
    await gave(world, client, other)
    foreign = await sent(world, other)
    system = a_system(shop)
    found, before = [], None
    for _ in made:
        page = await client.get(
            SETTLEMENTS, params={"rows": 1, **({"before": before} if before else {})},
            headers=system,
        )  # fmt: skip
        (one,) = page.json()["settlements"]
        found.append(one["id"])
        before = page.json()["next"]
    assert found == [str(one.id) for one in reversed(made)]
    last = await client.get(SETTLEMENTS, params={"before": before}, headers=system)
    assert last.json() == {"settlements": [], "next": None}
    for hidden in (unsent, foreign):
        for path in ("", "/lines"):
            answer = await client.get(f"{SETTLEMENTS}/{hidden.id}{path}", headers=system)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    whole = await client.get(SETTLEMENTS, params={"rows": 200}, headers=bearer("finance"))
    assert {str(unsent.id), str(foreign.id)} <= {one["id"] for one in whole.json()["settlements"]}
    limited = bearer("finance", regions=("62.71",))
    assert (await client.get(SETTLEMENTS, headers=limited)).status_code == 403


async def test_one_settlement_says_its_sums_its_deductions_and_where_its_files_are(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop, 3)
    await undone(client, lines[0])
    await a_conflict(world, shop, is_owed=True)
    one = await sent(world, shop)
    system = a_system(shop)
    said = (await client.get(f"{SETTLEMENTS}/{one.id}", headers=system)).json()
    assert (said["state"], said["number"], said["lines"]) == ("sent", one.number, 5)
    assert (said["given_rupiah"], said["deducted_rupiah"], said["owed_rupiah"]) == (
        600_000,
        150_000,
        450_000,
    )
    assert {kind["kind"]: kind["rupiah"] for kind in said["kinds"]} == {
        "redemption": 450_000,
        "conflict": 150_000,
        "reversal": -150_000,
    }
    assert sum(benefit["owed_rupiah"] for benefit in said["benefits"]) == 450_000
    assert {row["act"] for row in said["acts"]} == {"drawn_up", "sent"}
    assert said["may_agree"] is False, "a system has no right to agree"
    read = {}
    for name, address in said["links"].items():
        answer = await client.get(address, headers=system)
        assert answer.status_code == 200, name
        read[name] = answer
    assert read["pdf"].content.startswith(b"%PDF-")
    rows = list(csv.DictReader(io.StringIO(read["csv"].text.lstrip("\ufeff")), delimiter=";"))
    assert sum(int(row["rupiah"]) for row in rows) == 450_000
    noted = await column(
        world,
        "SELECT action FROM audit_log WHERE subject_id = :id AND actor = 'khbs-system-1'",
        id=str(one.id),
    )
    assert {"settlement.read", "settlement.downloaded"} <= set(noted)


async def test_lines_come_in_pages_that_join_without_a_gap_and_as_one_file(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    shop = await a_shop(world)
    lines = await gave(world, client, shop, 4)
    await undone(client, lines[1])
    one = await sent(world, shop)
    system, address = a_system(shop), f"{SETTLEMENTS}/{one.id}/lines"
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = (
            await client.get(address, params={"rows": 2, "after": after}, headers=system)
        ).json()
        found += page["lines"]
        after = page["next"]
    assert [line["line_id"] for line in found if line["kind"] == "redemption"] == lines
    assert sum(line["amount_rupiah"] for line in found) == one.owed_rupiah
    assert len({(line["kind"], line["line_id"]) for line in found}) == one.lines == 5
    whole = await client.get(address, headers={**system, "accept": "text/csv"})
    assert whole.headers["content-type"] == "text/csv; charset=utf-8"
    monkeypatch.setattr("redemption.settlement.lines.FILE_PAGE", 2)
    pieces = [piece async for piece in csv_of(world.engine, one.id)]
    assert b"".join(pieces) == whole.content
    assert len(pieces) == 4, "a line of names, and three pages"


@pytest.mark.parametrize("after", ["x", "_", "2026-01-01_redemption_x", "2026-01-01_x_" + "0" * 32,
                                   "2026-01-01T00:00:00_redemption_" + "0" * 32,
                                   "0001-01-01T00:00:00+14:00_redemption_" + "0" * 32])  # fmt: skip
async def test_a_cursor_that_nobody_gave_is_refused(
    world: World, client: httpx.AsyncClient, after: str
):
    shop = await a_shop(world)
    await gave(world, client, shop)
    address = f"{SETTLEMENTS}/{(await sent(world, shop)).id}/lines"
    answer = await client.get(address, params={"after": after}, headers=a_system(shop))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_a_cursor_is_read_as_it_was_written():
    place = Place.read("2026-01-01T00:00:00.000005Z_reversal_01930000-0000-7000-8000-000000000003")
    assert Place.read(str(place)) == place


async def test_a_partners_admin_agrees_once_to_the_sum_that_was_read_and_nobody_else_does(
    world: World, client: httpx.AsyncClient
):
    shop = await a_shop(world)
    await gave(world, client, shop)
    one = await sent(world, shop)
    address = f"{SETTLEMENTS}/{one.id}/agreement"
    body = {"id": str(new_id()), "owed_rupiah": 150_000}
    admin = an_operator(shop, "partner_admin", subject=str(new_id()))
    for who in (a_system(shop), an_operator(shop), bearer("finance"), bearer("auditor")):
        refused = await client.post(address, json=body, headers=who)
        assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    other = an_operator(await a_shop(world), "partner_admin")
    assert (await client.post(address, json=body, headers=other)).status_code == 404
    wrong = await client.post(address, json={**body, "owed_rupiah": 150_001}, headers=admin)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "settlement_sum_differs")
    answers = await asyncio.gather(
        *(client.post(address, json=body, headers=admin) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["state"] for answer in answers} == {"agreed"}
    acts = await column(
        world, "SELECT act FROM settlement_acts WHERE settlement_id = :id ORDER BY at", id=one.id
    )
    assert acts.count("agreed") == 1
    late = await client.post(address, json={**body, "id": str(new_id())}, headers=admin)
    assert late.json()["code"] == "settlement_elsewhere"
    reused = await client.post(address, json=body, headers=an_operator(shop, "partner_admin"))
    assert reused.json()["code"] == "id_reused"
    assert (await seen(world, one.id)).state == "agreed"
