"""Before a list is fixed: its sample is visited, findings are settled, flags are closed."""

import asyncio
import hashlib
import io
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import text
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.lists import approve, propose, ready_village, verified_list, visit

from common.auth.principal import Principal
from common.clock import utc_now
from common.ids import new_id
from common.web.formats import in_wib
from registry.enrolment.check_list import check_list
from registry.enrolment.end import end_enrolments
from registry.enrolment.rules import SAMPLE_RULE
from registry.enrolment.suspend import STOPPED, resume_enrolments, suspend_enrolments
from registry.flags.raise_flag import raise_flags
from registry.flags.rules import NewFlag

NOTE = "Rumah kosong, tetangga tidak mengenal"


async def proposed(registry: Registry, cycle_id: str, families: int = 3) -> dict[str, Any]:
    village = await ready_village(registry, cycle_id, families)
    found: dict[str, Any] = (await propose(registry, cycle_id, village)).json()
    return found


async def drawn(registry: Registry, one: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/v1/lists/{one['id']}/sample"
    answer = await registry.client.post(path, headers=verifier())
    assert answer.status_code == 201, answer.text
    families: list[dict[str, Any]] = answer.json()["families"]
    return families


async def verification(registry: Registry, one: dict[str, Any]) -> Any:
    return await registry.client.post(f"/v1/lists/{one['id']}/verification", headers=verifier())


async def act(registry: Registry, one: dict[str, Any], what: str, household: str) -> Any:
    body = {"household_id": household, "reason": "Menurut ketua RT, sudah diperiksa"}
    return await registry.client.post(
        f"/v1/lists/{one['id']}/{what}", json=body, headers=verifier()
    )


@pytest.mark.parametrize(
    ("families", "size"), [(3, 3), (5, 5), (400, 5), (1001, 11), (19_900, 199), (280_000, 200)]
)
def test_a_sample_is_a_share_with_a_floor_and_a_cap(families: int, size: int) -> None:
    assert SAMPLE_RULE.size(families) == size


async def test_an_auditor_draws_the_same_sample_from_what_is_recorded(
    registry: Registry, cycle_id: str
) -> None:
    one = await proposed(registry, cycle_id, families=9)
    families = await drawn(registry, one)
    members = await registry.client.get(f"/v1/lists/{one['id']}/members", headers=verifier())
    everybody = [row["household_id"] for row in members.json()["members"]]
    sample = await registry.client.get(f"/v1/lists/{one['id']}/sample", headers=verifier())
    seed = sample.json()["sample"]["seed"]
    by_lot = sorted(everybody, key=lambda id: hashlib.sha256(f"{seed} {id}".encode()).digest())
    assert {row["household_id"] for row in families} == set(by_lot[:5])
    # Taking somebody off the list afterwards changes neither the draw nor who can repeat it.
    await act(registry, one, "strikes", by_lot[7])
    again = await registry.client.post(f"/v1/lists/{one['id']}/sample", headers=verifier())
    assert [row["household_id"] for row in again.json()["families"]] == [
        row["household_id"] for row in families
    ]
    async with registry.engine.connect() as tx:
        assert (await check_list(tx, UUID(one["id"]))).problems == []


async def test_two_verifiers_who_draw_at_once_get_one_sample(
    registry: Registry, cycle_id: str
) -> None:
    one = await proposed(registry, cycle_id, families=9)
    samples = await asyncio.gather(*(drawn(registry, one) for _ in range(4)))
    assert all(sample == samples[0] for sample in samples)


async def test_a_list_is_not_fixed_until_its_sample_is_visited_and_settled(
    registry: Registry, cycle_id: str
) -> None:
    one = await proposed(registry, cycle_id)
    assert (await verification(registry, one)).json()["code"] == "sample_missing"
    first, second, third = await drawn(registry, one)
    assert (await verification(registry, one)).json()["code"] == "sample_incomplete"
    await visit(registry, one["id"], first, finding="differs", note=NOTE)
    await visit(registry, one["id"], second, finding="not_found", note=NOTE)
    await visit(registry, one["id"], third, finding="refuses", note="Tidak mau ditemui petugas")
    unsettled = await verification(registry, one)
    assert (unsettled.status_code, unsettled.json()["code"]) == (409, "sample_unsettled")
    assert (await act(registry, one, "kept", first["household_id"])).status_code == 204
    assert (await act(registry, one, "strikes", second["household_id"])).status_code == 201
    assert (await act(registry, one, "kept", third["household_id"])).json()["code"] == (
        "nothing_to_settle"
    )
    fixed = await verification(registry, one)
    assert (fixed.status_code, fixed.json()["subjects"]) == (200, 2)
    page = await registry.client.get(
        f"/households/{second['household_id']}", headers={**verifier(), "accept": "text/html"}
    )
    assert "Dicoret dari usulan" in page.text


async def test_a_newer_visit_that_differs_must_be_settled_anew(
    registry: Registry, cycle_id: str
) -> None:
    one = await proposed(registry, cycle_id, families=1)
    (family,) = await drawn(registry, one)
    await visit(registry, one["id"], family, finding="differs", note=NOTE)
    await act(registry, one, "kept", family["household_id"])
    await visit(registry, one["id"], family, finding="differs", note=f"{NOTE}, lagi")
    assert (await verification(registry, one)).json()["code"] == "sample_unsettled"
    await visit(registry, one["id"], family)
    assert (await verification(registry, one)).status_code == 200


async def test_a_visit_that_cannot_have_been_is_refused(registry: Registry, cycle_id: str) -> None:
    one = await proposed(registry, cycle_id, families=1)
    (family,) = await drawn(registry, one)
    today = in_wib(utc_now()).date()
    for changes, code in (
        ({"visited_on": (today + timedelta(days=1)).isoformat()}, "visit_not_possible"),
        ({"visited_on": (today - timedelta(days=1)).isoformat()}, "visit_not_possible"),
        ({"latitude": "-2.2"}, "visit_not_possible"),
        ({"place_code": "99.99"}, "region_unknown"),
        ({"finding": "differs", "note": "beda"}, "reason_too_short"),
        ({"household_id": str(new_id())}, "not_found"),
        ({"headers": operator()}, "permission_missing"),
        ({"headers": verifier("62.71")}, "outside_your_regions"),
    ):
        refused = await visit(registry, one["id"], family, **changes)
        assert refused.json()["code"] == code, changes
    id = str(new_id())
    where = {"id": id, "latitude": "-2.208331", "longitude": "113.916672"}
    me = verifier(subject="the-visitor")
    answers = [await visit(registry, one["id"], family, **where, headers=me) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    other = await visit(registry, one["id"], family, id=id, headers=me)
    assert other.json()["code"] == "id_reused"


async def test_a_blocking_flag_holds_a_list_until_it_is_cleared_or_the_family_struck(
    registry: Registry, cycle_id: str
) -> None:
    one = await proposed(registry, cycle_id, families=2)
    families = await drawn(registry, one)
    for family in families:
        await visit(registry, one["id"], family)
    await flag(registry, families[0])
    held = await verification(registry, one)
    assert (held.json()["code"], "1 keluarga" in held.json()["title"]) == (
        "list_has_open_flags",
        True,
    )
    await act(registry, one, "strikes", families[0]["household_id"])
    fixed = await verification(registry, one)
    assert fixed.json()["subjects"] == 1
    # One that is raised between checking and signing holds the signature.
    await flag(registry, families[1])
    assert (await approve(registry, fixed.json())).json()["code"] == "list_has_open_flags"


async def flag(registry: Registry, family: dict[str, Any]) -> None:
    """Raise a blocking flag on a family."""
    raised = NewFlag(
        subject_kind="household",
        subject_id=UUID(family["household_id"]),
        household_id=UUID(family["household_id"]),
        region_code=family["region_code"],
        kind="not_matched_dukcapil",
        source="uji",
        source_on=utc_now().date(),
        severity="blocking",
    )
    async with registry.engine.begin() as tx:
        assert await raise_flags(tx, SOMEBODY, [raised]) == 1


SOMEBODY = Principal("uji", "Uji", frozenset(), frozenset(), ("62",))


async def test_a_check_of_an_approved_list_names_whatever_was_altered(
    registry: Registry, cycle_id: str
) -> None:
    one = await verified_list(registry, cycle_id)
    await approve(registry, one)
    await registry.do_jobs()
    list_id = UUID(one["id"])
    async with registry.engine.connect() as tx:
        clean = await check_list(tx, list_id)
        assert (clean.problems, clean.hash_now) == ([], one["content_hash"])
        household = await tx.scalar(
            text("SELECT household_id FROM list_members WHERE list_id = :i LIMIT 1"), {"i": list_id}
        )
        await tx.execute(
            text("DELETE FROM list_members WHERE list_id = :i AND household_id = :h"),
            {"i": list_id, "h": household},
        )
        # Even one who also forges the list's own hash is caught by the audit log.
        forged = (await check_list(tx, list_id)).hash_now
        await tx.execute(
            text("UPDATE beneficiary_lists SET content_hash = decode(:d, 'hex') WHERE id = :i"),
            {"d": forged, "i": list_id},
        )
        altered = await check_list(tx, list_id)
        await tx.rollback()
    said = "\n".join(altered.lines())
    assert f"family {household}: enrolled by this list, but not signed" in said
    assert f"list.approved is in the audit log with {one['content_hash']}" in said


async def test_the_annex_is_the_signed_families_with_masked_numbers_and_the_hash(
    registry: Registry, cycle_id: str
) -> None:
    one = await verified_list(registry, cycle_id)
    path = f"/v1/lists/{one['id']}/annex"
    early = await registry.client.get(path, headers=approver())
    assert early.json()["code"] == "annex_not_ready"
    await approve(registry, one)
    await registry.do_jobs()
    taken = await registry.client.get(path, headers=approver())
    assert one["content_hash"] in taken.text
    assert taken.text.count("KEPALA ") == 3
    assert "********" in taken.text
    book = await registry.client.get(path, params={"form": "xlsx"}, headers=approver())
    sheets = openpyxl.load_workbook(io.BytesIO(book.content))
    assert sheets["Daftar"].max_row == 4
    assert (await registry.client.get(path, headers=verifier())).status_code == 403
    noted = "SELECT count(*) FROM audit_log WHERE action = 'list.downloaded' AND subject_id = :s"
    assert await registry.value(noted, s=one["id"]) == 2


async def test_an_enrolment_waits_goes_on_and_ends_once_each_step_with_its_event(
    registry: Registry, cycle_id: str
) -> None:
    one = await verified_list(registry, cycle_id, families=1)
    await approve(registry, one)
    await registry.do_jobs()
    enrolment = await registry.value(
        "SELECT id FROM enrolments WHERE list_id = :i", i=UUID(one["id"])
    )
    change = new_id()
    for verb, reason, counts in (
        (suspend_enrolments, "head_dead", [1, 0]),
        (resume_enrolments, "new_head", [1, 0]),
        (end_enrolments, "moved_out", [1, 0]),
        (suspend_enrolments, "suspected", [0]),
        # What has ended is not a suspension that is lifted: only undoing the end brings it back.
        (resume_enrolments, "cleared", [0]),
        (partial(resume_enrolments, states=STOPPED), "mistake", [1]),
    ):
        for count in counts:
            async with registry.engine.begin() as tx:
                assert await verb(tx, SOMEBODY, [enrolment], reason, change_id=change) == count
    told = await registry.rows(
        "SELECT event_type FROM outbox WHERE subject = :s ORDER BY position", s=f"change:{change}"
    )
    assert [row.event_type.split(".")[1] for row in told] == [
        "suspended",
        "resumed",
        "ended",
        "resumed",
    ]
    state = "SELECT state || ' ' || version FROM enrolments WHERE id = :i"
    assert await registry.value(state, i=enrolment) == "active 5"
