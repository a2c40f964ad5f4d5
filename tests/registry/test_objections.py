"""Objections: received by one, decided by another who did not decide before, within a clock."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.registry.conftest import Registry, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes, roster_xlsx

from common.clock import utc_now
from common.ids import new_id
from common.web.formats import in_wib
from registry.objections.rules import add_working_days, media_type, receipt_number

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
WORDS = "Anak saya tiga dan rumah saya bocor, mengapa tidak layak?"
REASON = "Rumah dan penghasilan sudah dilihat petugas"


def today() -> date:
    return in_wib(utc_now()).date()


class Case:
    """A family of a village that a person found ineligible."""

    def __init__(self, registry: Registry, village: str, row: Any, reviewer: str) -> None:
        self.registry, self.village, self.reviewer = registry, village, reviewer
        self.household_id, self.decision_id = row.household_id, row.decision_id

    def body(self, **more: Any) -> dict[str, Any]:
        return {
            "id": str(new_id()),
            "decision_id": str(self.decision_id),
            "objector": "SITI AMINAH",
            "words": WORDS,
            "came_by": "counter",
            "letter_on": today().isoformat(),
            **more,
        }

    async def post(self, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        return await self.registry.client.post(f"/v1/objections{path}", json=body, headers=headers)

    async def received(self, subject: str = "penerima", **more: Any) -> Any:
        answer = await self.post("", self.body(**more), operator(self.village, subject=subject))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def examined(self, subject: str = "penerima", **more: Any) -> Any:
        one = await self.received(subject, **more)
        body = {
            "how": "visit",
            "examined_on": today().isoformat(),
            "findings": "Dinding papan, atap bocor",
        }
        answer = await self.post(
            f"/{one['id']}/examination", body, operator(self.village, subject="pengunjung")
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def outcome(self, one: Any, subject: str, *, upheld: bool = True) -> httpx.Response:
        body = {"is_upheld": upheld, "reason": REASON}
        return await self.post(f"/{one['id']}/outcome", body, verifier(subject=subject))


async def a_case(registry: Registry, cycle_id: str) -> Case:
    village, reviewer = a_village(), f"peninjau-{new_id()}"
    await registry.committed(csv_bytes([Someone(name="SITI AMINAH")]), region=village)
    find = text(
        "SELECT household_id, decision_id FROM current_decisions "
        "WHERE region_code = :v AND cycle_id = :c"
    )
    asked = {"v": village, "c": UUID(cycle_id)}
    async with registry.engine.connect() as tx:
        row = (await tx.execute(find, asked)).one()
    review = {
        "household_ids": [str(row.household_id)],
        "outcome": "ineligible",
        "reason": "Menurut data tidak memenuhi",
    }
    answer = await registry.client.post(
        f"/v1/cycles/{cycle_id}/reviews", json=review, headers=verifier(subject=reviewer)
    )
    assert answer.status_code == 200, answer.text
    async with registry.engine.connect() as tx:
        row = (await tx.execute(find, asked)).one()
    return Case(registry, village, row, reviewer)


async def test_an_upheld_objection_makes_a_new_decision_and_leaves_the_first_as_it_was(
    registry: Registry, cycle_id: str
):
    case = await a_case(registry, cycle_id)
    one = await case.examined()
    assert one["due_on"] == add_working_days(today(), 14).isoformat()
    answer = await case.outcome(one, "pemutus")
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "upheld"
    rows = await registry.rows(
        "SELECT n.outcome, d.supersedes_id, d.reviewed_by, d.id FROM current_decisions n "
        "JOIN decisions d ON d.id = n.decision_id WHERE n.household_id = :h",
        h=case.household_id,
    )
    (now,) = [row for row in rows if str(row.id) == answer.json()["new_decision_id"]]
    assert (now.outcome, now.supersedes_id) == ("eligible", case.decision_id)
    assert now.reviewed_by == "pemutus"
    first = await registry.value("SELECT outcome FROM decisions WHERE id = :d", d=case.decision_id)
    assert first == "ineligible"
    assert await open_flags(case) == 0


async def open_flags(case: Case) -> int:
    return int(
        await case.registry.value(
            "SELECT count(*) FROM flags WHERE subject_id = :h AND kind = 'objection_open' "
            "AND cleared_at IS NULL",
            h=case.household_id,
        )
    )


async def test_who_received_it_or_decided_first_does_not_decide_it(
    registry: Registry, cycle_id: str
):
    case = await a_case(registry, cycle_id)
    one = await case.examined("penerima-dan-pemutus")
    assert await open_flags(case) == 1
    for subject, code in (
        ("penerima-dan-pemutus", "same_person_received"),
        (case.reviewer, "same_person_decided_first"),
    ):
        refused = await case.outcome(one, subject)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    given_up = {"reason": "Katanya keluarga sudah menerima"}
    refused = await case.post(f"/{one['id']}/withdrawal", given_up, verifier(subject=case.reviewer))
    assert refused.json()["code"] == "same_person_decided_first"
    by_hand = text(
        "UPDATE objections SET state = 'rejected', decided_by = :who, decided_by_name = 'x', "
        "decided_at = now(), decided_reason = 'x' WHERE id = :id"
    )
    for subject, rule in (
        ("penerima-dan-pemutus", "decider_not_receiver"),
        (case.reviewer, "decider_is_new"),
    ):
        async with registry.engine.connect() as tx:
            with pytest.raises(IntegrityError, match=rule):
                await tx.execute(by_hand, {"who": subject, "id": one["id"]})


async def test_who_verified_the_list_it_stood_on_does_not_decide_it_either(
    registry: Registry, cycle_id: str
):
    case = await a_case(registry, cycle_id)
    one = await case.examined()
    listed = """
        INSERT INTO beneficiary_lists (id, programme_id, cycle_id, region_code, state, subjects,
            proposed_by, proposed_by_name, verified_by, verified_by_name, verified_at, content_hash)
        SELECT :l, programme_id, id, :v, 'verified', 1, 'a', 'A', 'verifikator-daftar', 'B', now(),
               '\\x00' FROM cycles WHERE id = :c
    """
    member = """
        INSERT INTO list_members (list_id, household_id, region_code, decision_id)
        VALUES (:l, :h, :v, :d)
    """
    values = {
        "l": new_id(),
        "c": UUID(cycle_id),
        "v": case.village,
        "h": case.household_id,
        "d": case.decision_id,
    }
    async with registry.engine.begin() as tx:
        for statement in (listed, member):
            names = {name: values[name] for name in values if f":{name}" in statement}
            await tx.execute(text(statement), names)
    refused = await case.outcome(one, "verifikator-daftar")
    assert refused.json()["code"] == "same_person_decided_first"


async def test_of_two_who_decide_at_once_one_does(registry: Registry, cycle_id: str):
    case = await a_case(registry, cycle_id)
    one = await case.examined()
    answers = await asyncio.gather(
        *(case.outcome(one, f"pemutus-{n}", upheld=n % 2 == 0) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    decisions = await registry.value(
        "SELECT count(*) FROM decisions WHERE household_id = :h AND supersedes_id = :d",
        h=case.household_id,
        d=case.decision_id,
    )
    (done,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert decisions == (1 if done["state"] == "upheld" else 0)


async def test_a_repeat_is_one_objection_and_other_words_under_its_id_are_refused(
    registry: Registry, cycle_id: str
):
    case = await a_case(registry, cycle_id)
    body, clerk = case.body(), operator(case.village, subject="penerima")
    answers = await asyncio.gather(*(case.post("", body, clerk) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["receipt_number"] for answer in answers} == {
        receipt_number(UUID(body["id"]))
    }
    other = await case.post("", {**body, "words": "Kata-kata yang lain"}, clerk)
    assert other.json()["code"] == "id_reused"
    second = await case.post("", case.body(), clerk)
    assert second.json()["code"] == "objection_open_already"
    stranger = await case.post("", case.body(), operator("62.71.01.1001"))
    assert stranger.json()["code"] == "outside_your_regions"


async def test_a_late_objection_is_received_and_a_person_judges_its_lateness(
    registry: Registry, cycle_id: str
):
    case = await a_case(registry, cycle_id)
    early = today() - timedelta(days=40)
    async with registry.engine.begin() as tx:
        await tx.execute(text("ALTER TABLE decisions DISABLE TRIGGER USER"))
        earlier = text("UPDATE decisions SET decided_at = :at WHERE id = :d")
        at = utc_now() - timedelta(days=41)
        await tx.execute(earlier, {"at": at, "d": case.decision_id})
        await tx.execute(text("ALTER TABLE decisions ENABLE TRIGGER USER"))
    one = await case.examined(letter_on=early.isoformat())
    assert one["is_late"] is True
    waits = await case.outcome(one, "pemutus")
    assert waits.json()["code"] == "objection_late_waits"
    body = {"is_accepted": True, "reason": "Keluarga dirawat di rumah sakit"}
    own = await case.post(f"/{one['id']}/lateness", body, verifier(subject="penerima"))
    assert own.json()["code"] == "same_person_received"
    let_in = await case.post(f"/{one['id']}/lateness", body, verifier(subject="lain"))
    assert let_in.json()["late_accepted"] is True
    assert (await case.outcome(one, "pemutus", upheld=False)).json()["state"] == "rejected"


async def test_words_and_evidence_are_sealed_and_a_file_is_what_its_bytes_say(
    registry: Registry, cycle_id: str
):
    case = await a_case(registry, cycle_id)
    one, clerk = await case.received(), operator(case.village)
    path = f"/v1/objections/{one['id']}/evidence"

    async def add(content: bytes, name: str) -> httpx.Response:
        return await registry.client.post(
            path, data={"id": str(new_id())}, files={"file": (name, content)}, headers=clerk
        )

    first = await add(PNG, "surat.exe")
    assert (first.status_code, first.json()["media_type"]) == (201, "image/png")
    assert (await add(PNG, "lagi.png")).json()["id"] == first.json()["id"]
    assert (await add(b"<script>alert(1)</script>", "foto.png")).json()[
        "code"
    ] == "evidence_kind_unknown"
    assert (await add(PNG + bytes(5 * 1024 * 1024), "besar.png")).json()[
        "code"
    ] == "evidence_too_large"
    for n in range(4):
        assert (await add(PNG + bytes([n]), "x.png")).status_code == 201
    assert (await add(PNG + b"xyz", "x.png")).json()["code"] == "evidence_too_many"
    stored = await registry.rows(
        "SELECT p.content, o.sealed_words FROM objection_evidence_pieces p "
        "JOIN objection_evidence e ON e.id = p.evidence_id JOIN objections o "
        "ON o.id = e.objection_id WHERE o.id = :o",
        o=UUID(one["id"]),
    )
    assert all(b"PNG" not in row.content and b"bocor" not in row.sealed_words for row in stored)
    page = await registry.client.get(
        f"/objections/{one['id']}/evidence/{first.json()['id']}", headers=clerk
    )
    assert (page.content, page.headers["content-type"]) == (PNG, "image/png")
    assert page.headers["content-disposition"].startswith("attachment")


async def test_statistics_count_each_village_and_come_as_a_table(registry: Registry, cycle_id: str):
    case = await a_case(registry, cycle_id)
    await case.outcome(await case.examined(), "pemutus")
    answer = await registry.client.get(
        "/v1/objections/statistics.csv", headers=operator(case.village)
    )
    head, line = answer.text.splitlines()
    counted = dict(zip(head.split(","), line.split(","), strict=True))
    assert counted["region_code"] == case.village
    assert (counted["received"], counted["upheld"], counted["upheld_percent"]) == ("1", "1", "100")


async def test_aid_of_another_programme_is_a_part_that_can_be_contested(registry: Registry):
    village, one = a_village(), Someone(name="SITI AMINAH")
    await registry.committed(csv_bytes([one]), region=village)
    roster = roster_xlsx("PKH", [(str(one.kk), str(one.nik))])
    await registry.committed(roster, region=village, name="pkh.xlsx")
    asking = {"accept": "text/html", **operator(village)}
    found = await registry.client.post(
        "/v1/households/search",
        json={"region_code": village, "name": "SITI"},
        headers=operator(village),
    )
    family = found.json()["households"][0]["id"]
    page = await registry.client.get(f"/objections/new?household_id={family}", headers=asking)
    assert 'value="overlap:pkh"' in page.text


async def test_what_is_overdue_comes_first(registry: Registry, cycle_id: str):
    one, two = await a_case(registry, cycle_id), await a_case(registry, cycle_id)
    overdue = await one.received()
    await two.received()
    late = text("UPDATE objections SET due_on = :day WHERE id = :id")
    async with registry.engine.begin() as tx:
        day = today() - timedelta(days=400)
        await tx.execute(late, {"day": day, "id": overdue["id"]})
    answer = await registry.client.get("/v1/objections", headers=verifier())
    first, *_ = answer.json()["objections"]
    assert (first["id"], first["is_overdue"]) == (overdue["id"], True)
    clerk = operator(one.village)
    back = await one.post(
        f"/{overdue['id']}/withdrawal", {"reason": "Keluarga menarik di loket desa"}, clerk
    )
    assert back.json()["state"] == "withdrawn"


def test_working_days_and_kinds_of_files():
    friday = date(2026, 11, 20)
    assert add_working_days(friday, 1) == date(2026, 11, 23)
    assert add_working_days(friday, 14) == date(2026, 12, 10)
    assert media_type(b"%PDF-1.7") == "application/pdf"
    assert media_type(b"PK\x03\x04") is None
