"""Messages of other agencies: signed, fresh, taken once; answered in form, limited, on record."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.registry.agencies import (
    Agency,
    an_agency,
    by_expression,
    by_number,
    search_message,
)
from tests.registry.conftest import Registry
from tests.registry.files import Someone, a_kk, a_village, csv_bytes

from common.clock import utc_now
from common.ids import new_id
from registry.dci import contract, message_keys, signatures

SYNC, ASYNC = "/registry/sync/search", "/registry/search"


@pytest.fixture(scope="session")
async def agency(registry: Registry) -> Agency:
    return await an_agency(registry)


async def a_family(registry: Registry, **changes: Any) -> tuple[str, Someone, Someone]:
    village, kk = a_village(), a_kk()
    head = Someone(name="SITI AMINAH", kk=kk, **changes)
    child = Someone(name="BUDI", kk=kk, sex="1", born="2012-01-02", relation="4")
    await registry.committed(csv_bytes([head, child]), region=village)
    return village, head, child


async def refused(agency: Agency, body: Any, path: str = ASYNC) -> tuple[int, str]:
    answer = await agency.send(path, body)
    return answer.status_code, answer.json()["message"]["error"]["code"]


# ------------------------------------------------------------------------------ what is found


async def test_a_person_is_found_by_nik_and_a_family_by_kk(
    registry: Registry, agency: Agency
) -> None:
    village, head, child = await a_family(registry)
    person, family = await agency.search(
        by_number(head.nik), by_number(head.kk, "KK", response_entity="Group")
    )
    member = person["data"]["reg_records"][0]
    assert member["member_identifier"][0]["identifier_value"] == head.nik
    assert member["demographic_info"]["name"]["given_name"] == "SITI AMINAH"
    assert person["pagination"] == {"page_size": 10, "page_number": 1, "total_count": 1}
    group = family["data"]["reg_records"][0]
    assert group["group_identifier"][0]["identifier_value"] == head.kk
    assert group["place"]["identifier"] == village
    assert [one["demographic_info"]["name"]["given_name"] for one in group["member_list"]] == [
        "SITI AMINAH", "BUDI",
    ]  # fmt: skip
    assert str(child.nik) in json.dumps(group)


async def test_a_system_sees_only_the_fields_of_its_agreement(registry: Registry) -> None:
    village, head, _ = await a_family(registry)
    narrow = await an_agency(registry, fields=["sex"])
    (found,) = await narrow.search(by_number(head.nik, response_entity="Group"))
    text = json.dumps(found)
    for hidden in (head.nik, head.kk, "SITI", "1980", village):
        assert str(hidden) not in text
    (asked,) = await narrow.search(by_expression({"birth_date": {"$eq": "1980-05-17"}}))
    assert asked["status_reason_code"] == "rjct.filter.invalid"


async def test_a_family_elsewhere_is_like_none(registry: Registry) -> None:
    _, head, _ = await a_family(registry)
    far = await an_agency(registry, regions=("62.71",))
    by_nik, by_kk = await far.search(by_number(head.nik), by_number(head.kk, "KK"))
    for found in (by_nik, by_kk):
        assert (found["status"], found["pagination"]["total_count"]) == ("succ", 0)


async def test_the_token_and_the_agreement_limit_each_other(registry: Registry) -> None:
    village, head, _ = await a_family(registry)
    wide = await an_agency(registry, regions=("62",))
    wide.regions = ("62.71",)
    assert (await wide.search(by_number(head.nik)))[0]["pagination"]["total_count"] == 0
    wide.regions = (village,)
    assert (await wide.search(by_number(head.nik)))[0]["pagination"]["total_count"] == 1


async def test_expressions_and_predicates_find_the_same(registry: Registry, agency: Agency) -> None:
    village, head, child = await a_family(registry)
    narrow = {"region_code": village}
    young = [
        {
            "seq_num": 1,
            "expression1": {"attribute_name": "age", "operator": "lt", "attribute_value": "25"},
            "condition": "and",
            "expression2": {
                "attribute_name": "region_code", "operator": "eq", "attribute_value": village,
            },
        }
    ]  # fmt: skip
    answers = await agency.search(
        by_expression({"$and": [narrow, {"age": {"$lt": 25}}]}, response_entity="Member"),
        {"query_type": "predicate", "query": young},
        by_expression({**narrow, "$not": {"sex": "female"}}, response_entity="Member"),
        by_expression({**narrow, "group_size": {"$ge": 2}}, response_entity="Group"),
        by_expression({**narrow, "$or": [{"age": {"$lt": 25}}, {"UIN": {"$eq": head.nik}}]}),
    )
    niks = [
        [one["member_identifier"][0]["identifier_value"] for one in found["data"]["reg_records"]]
        for found in (*answers[:3], answers[4])
    ]
    assert niks[0] == niks[1] == niks[2] == [child.nik]
    assert sorted(niks[3]) == sorted([str(head.nik), str(child.nik)])
    assert answers[3]["pagination"]["total_count"] == 1


async def test_pages_are_sorted_and_do_not_overlap(registry: Registry, agency: Agency) -> None:
    village, _, _ = await a_family(registry)
    ask = {"sort": [{"attribute_name": "birth_date", "sort_order": "desc"}]}
    pages = await agency.search(
        *(
            by_expression(
                {"region_code": village},
                response_entity="Member",
                pagination={"page_size": 1, "page_number": number},
                **ask,
            )
            for number in (1, 2, 3)
        )
    )
    born = [[one["demographic_info"]["birth_date"] for one in page["data"]["reg_records"]]
            for page in pages]  # fmt: skip
    assert born == [["2012-01-02"], ["1980-05-17"], []]


@pytest.mark.parametrize(
    ("criteria", "code"),
    [
        (by_number("6203", "BRN"), "rjct.search_criteria.invalid"),
        (by_number("6203", reg_record_type="Vehicle"), "rjct.search_criteria.invalid"),
        (by_expression({"religion": "x"}), "rjct.filter.invalid"),
        (by_expression({"name": {"$regex": "."}}), "rjct.filter.invalid"),
        (by_expression({"age": {"$lt": "'; DROP TABLE persons; --"}}), "rjct.filter.invalid"),
        (by_expression({"$where": "1"}), "rjct.filter.invalid"),
        (by_number("1", sort=[{"attribute_name": "nik"}]), "rjct.sort.invalid"),
        (by_number("1", pagination={"page_size": 0}), "rjct.pagination.invalid"),
        (by_number("1", pagination={"page_size": 101}), "rjct.pagination.invalid"),
        (by_number("1", pagination={"page_size": 5, "page_number": -1}), "rjct.pagination.invalid"),
    ],
)
async def test_a_request_that_cannot_be_done_says_why(
    agency: Agency, criteria: dict[str, Any], code: str
) -> None:
    bad, good = await agency.search(criteria, by_number("1"))
    assert (bad["status"], bad["status_reason_code"], good["status"]) == ("rjct", code, "succ")


async def test_too_many_records_are_refused(
    registry: Registry, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    village, _, _ = await a_family(registry)
    monkeypatch.setattr("registry.dci.find.FOUND_MAX", 1)
    (found,) = await agency.search(by_expression({"region_code": village}))
    assert found["status_reason_code"] == "rjct.search.too_many_records_found"


async def test_a_restricted_family_is_not_given_out(registry: Registry, agency: Agency) -> None:
    _, head, _ = await a_family(registry)
    async with registry.engine.begin() as tx:
        from sqlalchemy import text

        await tx.execute(
            text("""
                INSERT INTO flags (id, subject_kind, subject_id, household_id, region_code, kind,
                    severity, source, source_on, raised_by, raised_by_name)
                SELECT uuidv7(), 'person', id, household_id, '62', 'restricted', 'blocking', 'uji',
                    current_date, 'x', 'X' FROM persons WHERE household_id =
                    (SELECT household_id FROM persons WHERE name = 'SITI AMINAH'
                     ORDER BY id DESC LIMIT 1)
                LIMIT 1
            """)
        )
    assert (await agency.search(by_number(head.nik)))[0]["pagination"]["total_count"] == 0


async def test_every_family_given_is_on_record_and_no_number_is(
    registry: Registry, agency: Agency
) -> None:
    _, head, _ = await a_family(registry)
    await agency.search(by_number(head.nik, consent={"purpose": {"code": "layanan"}}))
    rows = await registry.rows(
        "SELECT action, subject_type, details FROM audit_log WHERE actor = :a", a=agency.client_id
    )
    actions = [row.action for row in rows]
    for action in ("household.shared", "exchange.received", "exchange.grounds_stated"):
        assert action in actions
    assert str(head.nik) not in str(rows)


# ------------------------------------------------------------------------- what is not taken


async def test_a_message_without_a_valid_signature_is_refused(agency: Agency) -> None:
    message = search_message(by_number("1"))
    header = agency.header("search")
    good = agency.sealed(header, message)
    forged = [
        {**good, "signature": "invalid-signature"},
        agency.sealed(header, message, key=Ed25519PrivateKey.generate()),
        agency.sealed(header, message, sender="lain"),
        agency.sealed(header, message, algorithm="rs256"),
        agency.sealed(header, message, namespace="lain"),
        {**good, "message": search_message(by_number("2"))},
        {**good, "header": {**header, "message_id": str(new_id())}},
    ]
    for body in forged:
        assert await refused(agency, body) == (400, "err.signature.invalid")
    unsigned = {"header": header, "message": message}
    assert await refused(agency, unsigned) == (400, "err.signature.missing")
    assert (await agency.send(ASYNC, good)).status_code == 202


async def test_the_older_namespace_is_taken_too(agency: Agency) -> None:
    body = agency.sealed(agency.header("search"), search_message(by_number("1")), namespace="dci")
    assert (await agency.send(SYNC, body)).status_code == 200


async def test_an_expired_or_everlasting_signature_is_refused(agency: Agency) -> None:
    now = int(utc_now().timestamp())
    for created, expires in ((now - 900, now - 600), (now, now + 86_400), (now + 600, now + 900)):
        body = agency.sealed(
            agency.header("search"),
            search_message(by_number("1")),
            created=created,
            expires=expires,
        )
        assert await refused(agency, body) == (400, "err.signature.invalid")


async def test_a_replayed_message_is_refused_also_at_the_same_moment(agency: Agency) -> None:
    body = agency.sealed(agency.header("search"), search_message(by_number("1")))
    answers = await asyncio.gather(*(agency.send(SYNC, body) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 400, 400, 400]
    said = [one.json()["header"] for one in answers if one.status_code == 400]
    assert {one["status_reason_code"] for one in said} == {"rjct.message_id.duplicate"}
    assert await refused(agency, {**body, "header": {**body["header"], "action": "search"}})


@pytest.mark.parametrize(
    ("changes", "code", "reason"),
    [
        ({"version": "2.0.0"}, "err.version.not_supported", "rjct.version.invalid"),
        ({"action": "subscribe"}, "err.request.bad", "rjct.action.invalid"),
        ({"action": "drop"}, "err.request.bad", "rjct.action.not_supported"),
        ({"message_ts": "2026-01-01T00:00:00Z"}, "err.request.bad", "rjct.message_ts.invalid"),
        ({"message_ts": "2026-11-22T00:00:00"}, "err.request.bad", "rjct.message_ts.invalid"),
        ({"total_count": 7}, "err.request.bad", "rjct.total_count.invalid"),
        ({"sender_id": "lain"}, "err.sender_id.invalid", ""),
        ({"receiver_id": "lain"}, "err.receiver_id.invalid", ""),
        ({"sender_uri": "https://elsewhere.example/x"}, "err.sender_uri.invalid", ""),
        ({"is_msg_encrypted": True}, "err.encryption.invalid", ""),
    ],
)
async def test_a_header_that_does_not_fit_is_refused(
    agency: Agency, changes: dict[str, Any], code: str, reason: str
) -> None:
    body = agency.sealed({**agency.header("search"), **changes}, search_message(by_number("1")))
    answer = (await agency.send(ASYNC, body)).json()["message"]["error"]
    assert (answer["code"], reason in answer["message"]) == (code, True)


async def test_a_message_has_at_most_twenty_requests(agency: Agency) -> None:
    message = search_message(*[by_number("1")] * 21)
    answer = await agency.say(SYNC, "search", message, total_count=21)
    header = answer.json()["header"]
    assert header["status_reason_code"] == "rjct.total_count.limit_exceeded"


@pytest.mark.parametrize("raw", [b"", b"[]", b'"x"', b"{}", b"[" * 5000, b'{"header":1}'])
async def test_what_is_no_message_is_refused_in_form(agency: Agency, raw: bytes) -> None:
    url = f"/dci/social/v1{ASYNC}"
    answer = await agency.registry.client.post(url, content=raw, headers=agency.headers)
    assert (answer.status_code, answer.json()["message"]["ack_status"]) == (400, "ERR")


async def test_a_system_without_agreement_or_whose_agreement_is_over_is_refused(
    registry: Registry,
) -> None:
    stranger = Agency(registry, "orang-asing")
    over = await an_agency(registry, valid_until=utc_now().date() - timedelta(days=1))
    for one, code in ((stranger, "exchange_not_agreed"), (over, "exchange_ended")):
        answer = await one.say(SYNC, "search", search_message(by_number("1")))
        assert (answer.status_code, answer.json()["code"]) == (403, code)


async def test_a_system_that_asks_too_often_waits(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = await an_agency(registry)
    pace = registry.client._transport.app.state.exchange_pace  # type: ignore[attr-defined]
    monkeypatch.setattr(pace, "_per_minute", 2)
    answers = [await busy.say(SYNC, "search", search_message(by_number("1"))) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]


# ---------------------------------------------------------------------------- how it answers


async def test_answers_are_signed_with_a_published_key(registry: Registry, agency: Agency) -> None:
    answer = (await agency.say(SYNC, "search", search_message(by_number("1")))).json()
    keys = (await registry.client.get("/dci/social/v1/.well-known/jwks.json")).json()["keys"]
    assert all({"kty", "kid", "use", "alg"} <= set(one) and "d" not in one for one in keys)
    signatures.demand(answer["signature"], answer["header"], answer["message"], keys, utc_now())
    async with registry.engine.begin() as tx:
        sealer = registry.client._transport.app.state.sealer  # type: ignore[attr-defined]
        await message_keys.rotate(tx, sealer)
    later = (await agency.say(SYNC, "search", search_message(by_number("1")))).json()
    both = (await registry.client.get("/dci/ibr/v1/.well-known/jwks.json")).json()["keys"]
    for one in (answer, later):
        signatures.demand(one["signature"], one["header"], one["message"], both, utc_now())
    assert len(both) == len(keys) + 1


async def test_places_are_published_as_a_tree(registry: Registry) -> None:
    found = (await registry.client.get("/dci/social/v1/.well-known/locations.json")).json()
    places = {one["id"]: one for one in found["locations"]}
    assert len(places) == 1 + 14 + 136 + 1571
    assert all(one["containedInPlace"] in places for key, one in places.items() if key != "62")


async def test_a_definition_is_published_with_our_address(registry: Registry) -> None:
    found = (await registry.client.get("/dci/ibr/v1/openapi.json")).json()
    assert found["servers"] == [{"url": "http://testserver/dci/ibr/v1"}]
    assert found["paths"] == contract.definition("ibr")["paths"]
