"""The beneficiary registry: overlap questions, and reports of others that people judge."""

from typing import Any

import pytest
from tests.clients import bearer
from tests.registry.agencies import Agency, an_agency
from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_village, csv_bytes
from tests.registry.lists import approve, verified_list

from common.ids import new_id
from registry.dci import contract
from registry.eligibility.demo import PROGRAMME_CODE

ENROLLED, UPDATES = "/registry/sync/enrolled", "/registry/sync/enrollment/updates"


def question(number: str | None, programme: str = "", word: str = "person_identifier") -> Any:
    query: dict[str, Any] = {word: {"eq": number}}
    if programme:
        query["programme_identifier.program.programme_identifier"] = {"eq": programme}
    criteria = {"query_type": "expression", "query": query}
    return {"transaction_id": str(new_id()), "enrolled_criteria": criteria}


async def enrolled(agency: Agency, message: Any) -> Any:
    answer = await agency.say(ENROLLED, "search", message, "ibr")
    assert answer.status_code == 200, answer.text
    assert contract.fault_of_schema("ibr", "EnrolledResponse", answer.json()) is None
    return answer.json()["enrolled_response"][0]


def report(*records: Any) -> Any:
    listed = {"beneficiaries": list(records)}
    return {"transaction_id": str(new_id()), "enrolled_updates": listed}


def on_pkh(number: str | None, **changes: Any) -> dict[str, Any]:
    identifier = {"identifier_type": "UIN", "identifier_value": number}
    return {
        "@type": "Beneficiary",
        "assistance_unit": "1",
        "member": {"member_identifier": [identifier]},
        "programme_identifier": [{"programme_identifier": "PKH", "programme_name": "PKH"}],
        "enrollment_date": "2026-01-15T00:00:00Z",
        "enrollment_status": "1",
        "benefits": [],
        **changes,
    }


async def tell(agency: Agency, *records: Any) -> Any:
    header = {"status": "succ", "total_count": len(records)}
    answer = await agency.say(UPDATES, "notify", report(*records), "ibr", **header)
    assert answer.status_code == 200, answer.text
    assert contract.fault_of_schema("ibr", "EnrollmentUpdatesResponse", answer.json()) is None
    return [(one["status"], one["status_reason_message"])
            for one in answer.json()["enrolled_response"]]  # fmt: skip


async def facts_of(registry: Registry, village: str) -> list[Any]:
    return await registry.rows(
        "SELECT code, value, source FROM facts f JOIN households h ON h.id = f.household_id "
        "WHERE h.region_code = :v AND code LIKE 'roster.%' ORDER BY f.id",
        v=village,
    )


async def batch_of(registry: Registry, agency: Agency) -> str:
    return str(
        await registry.value(
            "SELECT id FROM received_batches WHERE client_id = :c ORDER BY id DESC LIMIT 1",
            c=agency.client_id,
        )
    )


async def judge(
    registry: Registry, batch: str, verb: str, headers: dict[str, str], **form: str
) -> Any:
    return await registry.client.post(f"/received/{batch}/{verb}", data=form, headers=headers)


async def test_an_overlap_is_answered_yes_or_no(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id, families=1)
    agency = await an_agency(registry)
    rows = await registry.client.get(
        "/v1/exchange/households",
        params={"region_code": one["region_code"]},
        headers=agency.headers,
    )
    family = rows.json()["households"][0]
    nik, kk = family["members"][0]["nik"], family["kk"]
    assert (await enrolled(agency, question(nik)))["enrolled_status"] == "no"
    await approve(registry, one)
    await registry.do_jobs()
    for asked in (
        question(nik),
        question(nik, PROGRAMME_CODE),
        question(kk, word="group_identifier"),
    ):
        said = await enrolled(agency, asked)
        assert (said["status"], said["enrolled_status"]) == ("succ", "yes")
    far = await an_agency(registry, regions=("62.71",))
    assert (await enrolled(far, question(nik)))["enrolled_status"] == "no"


@pytest.mark.parametrize(
    "message",
    [
        question("1", "program_lain"),
        question("1", word="name"),
        {"transaction_id": "t", "enrolled_criteria": {"query_type": "expression", "query": {}}},
        {"transaction_id": "t", "enrolled_criteria": {"query": {"person_identifier": {"lt": "1"}}}},
    ],
)
async def test_an_unclear_overlap_question_is_refused(registry: Registry, message: Any) -> None:
    said = await enrolled(await an_agency(registry), message)
    assert said["status"] == "rjct"
    assert said["status_reason_message"].startswith("rjct.filter.invalid")


async def test_a_report_counts_only_when_a_person_has_taken_it_in(registry: Registry) -> None:
    village = a_village()
    head = Someone(name="PENERIMA")
    await registry.committed(csv_bytes([head]), region=village)
    agency = await an_agency(registry, agency_name="Dinas Sosial Uji")
    assert await tell(agency, on_pkh(head.nik)) == [("rcvd", "kept; a person decides")]
    assert await facts_of(registry, village) == []
    batch = await batch_of(registry, agency)
    shown = await registry.client.get(
        f"/received/{batch}", headers={**operator(village), "accept": "text/html"}
    )
    assert "PENERIMA" in shown.text
    assert str(head.nik) not in shown.text
    far = await judge(registry, batch, "take", operator("62.71"))
    assert (far.status_code, far.json()["code"]) == (409, "nothing_waiting")
    taken = await judge(registry, batch, "take", operator(village))
    assert taken.status_code == 303
    (fact,) = await facts_of(registry, village)
    assert (fact.code, fact.value, fact.source) == ("roster.pkh", "yes", "Dinas Sosial Uji")
    again = await judge(registry, batch, "take", operator(village))
    assert again.json()["code"] == "nothing_waiting"
    asked = "SELECT count(*) FROM jobs WHERE kind = 'decisions.evaluate' AND state = 'queued'"
    assert await registry.value(asked) >= 1
    await registry.do_jobs()


async def test_a_refused_report_becomes_no_fact(registry: Registry) -> None:
    village = a_village()
    head = Someone()
    await registry.committed(csv_bytes([head]), region=village)
    agency = await an_agency(registry)
    await tell(agency, on_pkh(head.nik))
    batch = await batch_of(registry, agency)
    short = await judge(registry, batch, "refuse", operator(village), reason="tidak")
    assert short.json()["code"] == "reason_too_short"
    reason = "Daftarnya dari tahun lalu"
    done = await judge(registry, batch, "refuse", operator(village), reason=reason)
    assert done.status_code == 303
    assert await facts_of(registry, village) == []


async def test_rows_that_cannot_be_used_say_why_and_unknown_people_are_not_told_apart(
    registry: Registry,
) -> None:
    village, elsewhere = a_village(), Someone()
    await registry.committed(csv_bytes([elsewhere]), region=village)
    agency = await an_agency(registry, regions=("62.71",))
    said = await tell(
        agency,
        on_pkh("TEST-1"),
        on_pkh(elsewhere.nik, programme_identifier="sembako"),
        on_pkh(elsewhere.nik, enrollment_status="maybe"),
        on_pkh(elsewhere.nik, enrollment_date="2999-01-01"),
        on_pkh(elsewhere.nik),
        on_pkh("6299999999999999"),
    )
    assert said == [
        ("rjct", "number_missing"),
        ("rjct", "programme_not_agreed"),
        ("rjct", "status_unknown"),
        ("rjct", "date_missing"),
        ("rcvd", "kept; a person decides"),
        ("rcvd", "kept; a person decides"),
    ]


async def test_the_shapes_in_which_the_standard_writes_a_beneficiary_are_read(
    registry: Registry,
) -> None:
    village = a_village()
    people = [Someone(name=f"ORANG {letter}") for letter in "ABC"]
    await registry.committed(csv_bytes(people), region=village)
    agency = await an_agency(registry)
    nested = {"person": {"identifier_type": "NID", "identifier_value": people[0].nik}}
    inner = {
        "programme": {"programme_identifier": "pkh"},
        "enrolment_date": "2026-02-01T00:00",
        "enrolment_status": "Active",
    }
    group = {"group_identifier": [{"identifier_type": "KK", "identifier_value": people[2].kk}]}
    said = await tell(
        agency,
        on_pkh(None, member={"member_identifier": "HS1", "demographic_info": nested}),
        {"member": {"member_identifier": people[1].nik}, "programme_identifier": inner},
        on_pkh(None, member={}, group=group, enrollment_status="3"),
    )
    assert [one[0] for one in said] == ["rcvd"] * 3
    await judge(registry, await batch_of(registry, agency), "take", operator(village))
    values = [fact.value for fact in await facts_of(registry, village)]
    assert sorted(values) == ["no", "yes", "yes"]
    await registry.do_jobs()


async def test_enrolments_that_are_notified_wait_like_those_that_are_sent(
    registry: Registry,
) -> None:
    village, head = a_village(), Someone()
    await registry.committed(csv_bytes([head]), region=village)
    agency = await an_agency(registry)
    data = {"reg_event_type": "enrollement", "reg_record_type": "Beneficiary"}
    event = {"reference_id": "1", "timestamp": "2026-11-22T00:00:00Z"}
    message = {
        "transaction_id": "t",
        "notify_event": [{**event, "data": {**data, "reg_records": on_pkh(head.nik)}}],
    }
    answer = await agency.say("/registry/notify", "notify", message, "ibr", status="succ")
    assert answer.json()["message"]["ack_status"] == "ACK"
    waiting = "SELECT count(*) FROM received_rows WHERE region_code = :v AND state = 'waiting'"
    assert await registry.value(waiting, v=village) == 1


async def test_only_those_who_may_commit_an_import_judge_reports(registry: Registry) -> None:
    for role in ("auditor", "provincial_approver"):
        answer = await registry.client.get("/received", headers=bearer(role))
        assert answer.json()["code"] == "permission_missing"
