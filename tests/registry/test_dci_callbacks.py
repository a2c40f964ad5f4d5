"""Answers that come later and notices: sent by the worker, to agreed addresses, until taken."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from tests.registry.agencies import (
    BACK,
    Agency,
    an_agency,
    by_number,
    do_exchange_jobs,
    search_message,
)
from tests.registry.conftest import Registry
from tests.registry.files import Someone, a_kk, a_village, csv_bytes
from tests.registry.listening import Listener, listening
from tests.registry.lists import approve, verified_list

from common.clock import utc_now
from common.ids import new_id
from registry.dci import callbacks, notices, outbound, profiles, signatures
from registry.dci.outbound import NotCallable, Policy
from registry.dci.work import exchange_loops, tools_of

HERE = Policy(loopback=True)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening() as one:
        yield one


async def calling_back(registry: Registry, listener: Listener, **changes: Any) -> Agency:
    """An agency whose answers go to the listener."""
    return await an_agency(registry, callback_addresses=[listener.address], **changes)


async def send_due(registry: Registry, policy: Policy = HERE) -> None:
    sealer = tools_of(registry.settings).sealer
    while await callbacks.send_next(registry.engine, sealer, policy):
        pass


async def ask(agency: Agency, listener: Listener, path: str, action: str, message: Any) -> str:
    """Send a message whose answer comes later; return its correlation id."""
    uri, count = listener.address, len(message.get("search_request", "1"))
    answer = await agency.say(path, action, message, sender_uri=uri, total_count=count)
    assert answer.status_code == 202, answer.text
    assert not listener.bodies  # Nothing is called while the request lasts.
    await do_exchange_jobs(agency.registry)
    await send_due(agency.registry)
    return str(answer.json()["message"]["correlation_id"])


def subscription(event: str = "REGISTER", record: str = "Group", **more: Any) -> dict[str, Any]:
    criteria = {"reg_event_type": event, "notify_record_type": record, **more}
    one = {"reference_id": "langganan", "timestamp": utc_now().isoformat()}
    return {
        "transaction_id": str(new_id()),
        "subscribe_request": [{**one, "subscribe_criteria": criteria}],
    }


def in_region(code: str) -> dict[str, Any]:
    term = {"attribute_name": "region_code", "operator": "eq", "attribute_value": code}
    return {"filter_type": "predicate", "filter": [{"seq_num": 1, "expression1": term}]}


async def state_of(registry: Registry, agency: Agency) -> Any:
    (row,) = await registry.rows(
        "SELECT id, state, attempts, last_fault, next_try_at > now() AS is_later "
        "FROM exchange_callbacks WHERE client_id = :c", c=agency.client_id,
    )  # fmt: skip
    return row


async def test_a_search_is_answered_at_the_senders_address(
    registry: Registry, listener: Listener
) -> None:
    head = Someone()
    await registry.committed(csv_bytes([head]), region=a_village())
    agency = await calling_back(registry, listener)
    correlation = await ask(
        agency, listener, "/registry/search", "search", search_message(by_number(head.nik))
    )
    (body,) = listener.bodies
    assert listener.paths == ["/dci/registry/on-search"]
    assert body["message"]["correlation_id"] == correlation
    assert body["message"]["search_response"][0]["pagination"]["total_count"] == 1
    keys = (await registry.client.get("/dci/social/v1/.well-known/jwks.json")).json()["keys"]
    signatures.demand(body["signature"], body["header"], body["message"], keys, utc_now())


async def test_the_worker_answers_and_calls_by_itself(
    registry: Registry, listener: Listener
) -> None:
    agency = await calling_back(registry, listener)
    settings = registry.settings.model_copy(update={"demo": True})
    uri, message = listener.address, search_message(by_number("1"))
    await agency.say("/registry/search", "search", message, sender_uri=uri)
    running = [asyncio.ensure_future(loop(registry.engine)) for loop in exchange_loops(settings)]
    try:
        async with asyncio.timeout(20):
            await listener.came.wait()
    finally:
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert listener.bodies[0]["message"]["transaction_id"] == message["transaction_id"]


async def test_a_callback_is_tried_again_under_the_same_id_until_it_is_taken(
    registry: Registry, listener: Listener
) -> None:
    agency = await calling_back(registry, listener)
    listener.statuses = [500]
    await ask(agency, listener, "/registry/search", "search", search_message(by_number("1")))
    row = await state_of(registry, agency)
    assert (row.state, row.attempts, row.last_fault, row.is_later) == (
        "waiting", 1, "not_taken", True,
    )  # fmt: skip
    await make_due(registry)
    await send_due(registry)
    assert (await state_of(registry, agency)).state == "sent"
    first, second = listener.bodies
    assert first["header"]["message_id"] == second["header"]["message_id"]


async def make_due(registry: Registry) -> None:
    async with registry.engine.begin() as tx:
        await tx.execute(text("UPDATE exchange_callbacks SET next_try_at = now() - interval '1s'"))


async def test_a_callback_that_nobody_takes_is_given_up_and_can_be_sent_again(
    registry: Registry, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency = await calling_back(registry, listener)
    monkeypatch.setattr(callbacks, "ATTEMPTS_MAX", 1)
    listener.statuses = [503]
    await ask(agency, listener, "/registry/search", "search", search_message(by_number("1")))
    row = await state_of(registry, agency)
    assert (row.state, row.attempts) == ("dead", 1)
    async with registry.engine.begin() as tx:
        await callbacks.send_again(tx, agency_admin(), agency.client_id, row.id)
    await send_due(registry)
    assert (await state_of(registry, agency)).state == "sent"


def agency_admin() -> Any:
    from tests.registry.agencies import ADMINISTRATOR

    return ADMINISTRATOR


async def test_what_was_sent_is_forgotten_and_what_is_old_too(
    registry: Registry, listener: Listener
) -> None:
    agency = await calling_back(registry, listener)
    await ask(agency, listener, "/registry/search", "search", search_message(by_number("1")))
    size = "SELECT length(body_sealed) FROM {} WHERE client_id = :c"
    assert await registry.value(size.format("exchange_callbacks"), c=agency.client_id) == 0
    assert await registry.value(size.format("exchange_messages"), c=agency.client_id) > 0
    async with registry.engine.begin() as tx:
        older = "UPDATE exchange_messages SET received_at = received_at - interval '2 years'"
        await tx.execute(text(f"{older} WHERE client_id = :c"), {"c": agency.client_id})
        await callbacks.forget(tx)
    assert await registry.value(size.format("exchange_messages"), c=agency.client_id) == 0


async def test_a_redirect_is_not_followed(registry: Registry, listener: Listener) -> None:
    agency = await calling_back(registry, listener)
    listener.statuses, listener.location = [307], f"{listener.address}/elsewhere"
    await ask(agency, listener, "/registry/search", "search", search_message(by_number("1")))
    assert len(listener.paths) == 1
    assert (await state_of(registry, agency)).last_fault == "led_elsewhere"


async def test_an_address_that_left_the_agreement_is_not_called(
    registry: Registry, listener: Listener
) -> None:
    agency = await calling_back(registry, listener)
    uri = listener.address
    message = search_message(by_number("1"))
    await agency.say("/registry/search", "search", message, sender_uri=uri)
    await do_exchange_jobs(registry)
    async with registry.engine.begin() as tx:
        await tx.execute(
            text("UPDATE exchange_clients SET callback_addresses = :a WHERE client_id = :c"),
            {"a": [BACK], "c": agency.client_id},
        )
    await send_due(registry)
    assert not listener.bodies
    row = await state_of(registry, agency)
    assert (row.state, row.last_fault) == ("dead", "address_not_agreed")


async def test_after_the_agreement_nothing_is_answered_any_more(
    registry: Registry, listener: Listener
) -> None:
    agency = await calling_back(registry, listener)
    uri = listener.address
    message = search_message(by_number("1"))
    await agency.say("/registry/search", "search", message, sender_uri=uri)
    async with registry.engine.begin() as tx:
        await profiles.disable(tx, agency_admin(), agency.client_id)
    await do_exchange_jobs(registry)
    await send_due(registry)
    assert not listener.bodies


@pytest.mark.parametrize(
    "address",
    [
        "http://layanan.example.go.id/dci",
        "https://user:pw@layanan.example.go.id/dci",
        "https://layanan.example.go.id/dci?x=1",
        "https://layanan.example.go.id/a/../b",
        "ftp://layanan.example.go.id/",
        "https:///dci",
    ],
)
def test_an_address_that_cannot_be_agreed_on(address: str) -> None:
    with pytest.raises(NotCallable):
        outbound.demand_address(address, Policy())


@pytest.mark.parametrize(
    ("address", "policy"),
    [
        ("https://127.0.0.1/", Policy()),
        ("https://localhost/", Policy(private=True)),
        ("https://10.1.2.3/", Policy()),
        ("https://192.168.0.1/", Policy()),
        ("https://169.254.169.254/", Policy(private=True)),
        ("https://[::1]/", Policy(private=True)),
        ("https://[::ffff:10.0.0.1]/", Policy()),
        ("https://0.0.0.0/", Policy(private=True)),
        ("http://127.0.0.1:1/", Policy()),
    ],
)
async def test_machines_of_our_own_network_are_not_called(address: str, policy: Policy) -> None:
    with pytest.raises(NotCallable):
        await outbound.post(address, {}, policy)


def test_only_what_lies_below_an_agreed_address_is_agreed() -> None:
    agreed = ["https://a.example/dci"]
    assert outbound.is_agreed("https://a.example/dci/registry/on-search", agreed)
    for other in (
        "https://a.example/dcix", "https://a.example/", "https://b.example/dci",
        "http://a.example/dci", "https://a.example:444/dci", "https://a.example.evil/dci",
    ):  # fmt: skip
        assert not outbound.is_agreed(other, agreed), other


# ------------------------------------------------------------------------------------ notices


async def tell(registry: Registry) -> None:
    """Look for changes and tell them, as the worker does in turns."""
    tools = tools_of(registry.settings)
    async with registry.engine.begin() as tx:
        await notices.note_changes(tx)
    told = 1
    while told:
        async with registry.engine.begin() as tx:
            told = await notices.tell_changes(tx, tools)
    await send_due(registry)


async def subscribed(
    agency: Agency, listener: Listener, message: dict[str, Any], registry: Any = "social"
) -> dict[str, Any]:
    await tell(agency.registry)  # What was before is not told.
    listener.bodies.clear()
    await agency.say(
        "/registry/subscribe", "subscribe", message, registry, sender_uri=listener.address
    )
    await do_exchange_jobs(agency.registry)
    await send_due(agency.registry)
    body: dict[str, Any] = listener.bodies.pop()
    (said,) = body["message"]["subscribe_response"]
    return dict(said)


async def test_a_subscriber_is_told_once_of_a_new_family_in_its_regions(
    registry: Registry, listener: Listener
) -> None:
    village, other = a_village(), a_village()
    agency = await calling_back(registry, listener)
    said = await subscribed(agency, listener, subscription(**in_region(village)))
    assert said["status"] == "succ", said
    head = Someone()
    await registry.committed(csv_bytes([head]), region=village)
    await registry.committed(csv_bytes([Someone()]), region=other)
    await tell(registry)
    await tell(registry)
    (body,) = listener.bodies
    (event,) = body["message"]["notify_event"]
    assert event["data"]["reg_event_type"] == "REGISTER"
    assert event["data"]["reg_records"]["group_identifier"][0]["identifier_value"] == head.kk


async def test_a_new_member_is_told_and_a_known_one_is_not(
    registry: Registry, listener: Listener
) -> None:
    village, kk = a_village(), a_kk()
    head, baby = Someone(kk=kk), Someone(kk=kk, born="2026-01-01", relation="4", name="BAYI")
    await registry.committed(csv_bytes([head]), region=village)
    agency = await calling_back(registry, listener)
    new_member = subscription("NewHouseHoldMember", "Member", **in_region(village))
    await subscribed(agency, listener, new_member)
    await registry.committed(csv_bytes([head, baby]), region=village)
    await tell(registry)
    (body,) = listener.bodies
    (event,) = body["message"]["notify_event"]
    assert event["data"]["reg_records"]["demographic_info"]["name"]["given_name"] == "BAYI"


async def test_an_enrolment_is_told_as_a_beneficiary(
    registry: Registry, listener: Listener, cycle_id: str
) -> None:
    agency = await calling_back(registry, listener)
    one = await verified_list(registry, cycle_id, families=2)
    message = subscription("enrollement", "Beneficiary", **in_region(one["region_code"]))
    said = await subscribed(agency, listener, message, "ibr")
    assert said["status"] == "succ", said
    await approve(registry, one)
    await registry.do_jobs()
    await tell(registry)
    events = [event for body in listener.bodies for event in body["message"]["notify_event"]]
    assert [one["data"]["reg_records"]["enrollment_status"] for one in events] == ["1", "1"]


async def test_who_may_not_know_of_enrolments_is_told_of_none(
    registry: Registry, listener: Listener, cycle_id: str
) -> None:
    one = await verified_list(registry, cycle_id, families=1)
    message = subscription("enrollement", "Member", **in_region(one["region_code"]))
    blind = await calling_back(registry, listener, fields=["nik", "region"])
    assert (await subscribed(blind, listener, message, "ibr"))["status"] == "rjct"
    agency = await calling_back(registry, listener)
    assert (await subscribed(agency, listener, message, "ibr"))["status"] == "succ"
    async with registry.engine.begin() as tx:
        await tx.execute(
            text("UPDATE exchange_clients SET fields = '{nik,region}' WHERE client_id = :c"),
            {"c": agency.client_id},
        )
    await approve(registry, one)
    await registry.do_jobs()
    await tell(registry)
    assert listener.bodies == []


async def test_what_a_rolled_back_transaction_wrote_is_not_told_and_a_slow_one_is(
    registry: Registry, listener: Listener
) -> None:
    """The slow one began before the look and commits after it."""
    village = a_village()
    head, late = Someone(), Someone(name="LAMBAT")
    await registry.committed(csv_bytes([head, late]), region=village)
    agency = await calling_back(registry, listener)
    await subscribed(agency, listener, subscription(**in_region(village)))
    touch = text("UPDATE households SET recorded_at = recorded_at WHERE region_code = :v")
    async with registry.engine.connect() as undone, registry.engine.connect() as slow:
        await undone.execute(touch, {"v": village})
        await undone.rollback()
        await slow.execute(touch, {"v": village})
        await tell(registry)
        assert not listener.bodies
        await slow.commit()
    await tell(registry)
    (body,) = listener.bodies
    assert len(body["message"]["notify_event"]) == 2


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (subscription("LiveBirth", **in_region("62")), "rjct.notify_types.invalid"),
        (subscription(record="Vehicle", **in_region("62")), "rjct.notify_details.invalid"),
        (subscription(filter={"type": "UIN", "value": "TEST-001"}), "rjct.person_id.invalid"),
        (
            subscription(filter_type="graphql", filter={"type": "x", "value": {}}),
            "rjct.notify_details.invalid",
        ),
    ],
)
async def test_a_subscription_that_cannot_be_is_refused(
    registry: Registry, listener: Listener, message: dict[str, Any], code: str
) -> None:
    agency = await calling_back(registry, listener)
    said = await subscribed(agency, listener, message)
    assert (said["status"], said["status_reason_code"]) == ("rjct", code)


async def test_a_subscription_is_made_once_and_ended_once_by_its_owner(
    registry: Registry, listener: Listener
) -> None:
    village = a_village()
    agency = await calling_back(registry, listener)
    other = await calling_back(registry, listener)
    made = await subscribed(agency, listener, subscription(**in_region(village)))
    again = await subscribed(agency, listener, subscription(**in_region(village)))
    assert again["status_reason_code"] == "rjct.event.already_subscribed"
    code = made["subscriptions"][0]["code"]
    reasons = []
    for who, known in ((other, code), (agency, "sub-1"), (agency, code), (agency, code)):
        message = {
            "transaction_id": str(new_id()),
            "timestamp": utc_now().isoformat(),
            "subscription_codes": [known],
        }
        listener.bodies.clear()
        await ask(who, listener, "/registry/unsubscribe", "unsubscribe", message)
        reasons.append(listener.bodies.pop()["message"].get("status_reason_code"))
    assert reasons == [
        "rjct.subscription_code.invalid",
        "rjct.subscription_code.invalid",
        None,
        "rjct.event.already_unsubscribed",
    ]
    await registry.committed(csv_bytes([Someone()]), region=village)
    await tell(registry)
    assert not listener.bodies


async def test_what_was_asked_can_be_followed_by_three_names(
    registry: Registry, listener: Listener
) -> None:
    agency = await calling_back(registry, listener)
    message = search_message(by_number("1"), by_number("2", "BRN"))
    correlation = await ask(agency, listener, "/registry/search", "search", message)
    for kind, value in (
        ("transaction_id", message["transaction_id"]),
        ("correlation_id", correlation),
        ("reference_id_list", ["ref-0", "ref-1"]),
    ):
        request: dict[str, Any] = {"reference_id": "s", "txn_type": "search"}
        request |= {"attribute_type": kind, "attribute_value": value}
        body = {"transaction_id": "status", "txnstatus_request": request}
        answer = await agency.say("/registry/sync/txn/status", "txn-status", body)
        found = answer.json()["message"]["txnstatus_response"]["txn_status"]
        assert found["correlation_id"] == correlation
        assert [one["status"] for one in found["search_response"]] == ["succ", "rjct"], kind
        stranger = await calling_back(registry, listener)
        nothing = await stranger.say("/registry/sync/txn/status", "txn-status", body)
        status = nothing.json()["message"]["txnstatus_response"]["txn_status"]
        assert status["search_response"] == []
