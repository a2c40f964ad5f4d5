"""One message in, one answer out: the way that every path of the interface goes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from registry.dci import answer, enrolled, envelope, outbound, receive, work
from registry.dci.answer import Answer
from registry.dci.doors import ENROLLED, UPDATES
from registry.dci.envelope import Door, Incoming
from registry.dci.find import Tools
from registry.dci.profiles import Profile
from registry.dci.rules import ItemRejected, Rejected, page_of
from registry.jobs.request import request as ask_job

LATER = frozenset(work.RESPONSES)
OK, ACCEPTED, BAD = 200, 202, 400


async def converse(
    tx: AsyncConnection, profile: Profile, tools: Tools, door: Door, body: Any
) -> tuple[int, Answer]:
    """Return the HTTP status and the body that answers a message."""
    try:
        envelope.demand_form(door, body)
        if not door.is_sync and door.action in LATER:
            _demand_way_back(profile, door, body)
        incoming = await envelope.take(tx, profile, tools.sealer, door, body)
        if door.is_sync:
            return OK, await _at_once(tx, profile, tools, incoming)
        if door.action in LATER:
            await ask_job(tx, profile.actor, work.ANSWER_JOB, incoming.correlation_id)
        else:
            await _told(tx, profile, tools, incoming)
        return ACCEPTED, envelope.acknowledgement(incoming.correlation_id)
    except Rejected as rejected:
        await _note_refusal(tx, profile, door, rejected)
        return BAD, await _refusal(tx, profile, tools, door, rejected)


def _demand_way_back(profile: Profile, door: Door, body: Mapping[str, Any]) -> None:
    uri = body["header"].get("sender_uri")
    if not isinstance(uri, str) or not outbound.is_agreed(uri, profile.callback_addresses):
        words = "sender_uri: the answer goes only to an address of your agreement"
        raise Rejected("err.sender_uri.invalid", words)
    if door.action == "search":
        _demand_pages(body)


def _demand_pages(body: Mapping[str, Any]) -> None:
    """Refuse a page that cannot be, while the sender still listens."""
    for one in body["message"]["search_request"]:
        try:
            page_of(one["search_criteria"].get("pagination"))
        except ItemRejected as rejected:
            raise Rejected("err.request.bad", f"{rejected.code}: {rejected.message}") from None


async def _at_once(
    tx: AsyncConnection, profile: Profile, tools: Tools, incoming: Incoming
) -> Answer:
    door = incoming.door
    if door in {ENROLLED, UPDATES}:
        ask = enrolled.enrolled_response if door == ENROLLED else receive.updates_response
        message = await ask(tx, profile, tools, incoming)
        outcome = answer.outcome_of("enrolled_response", message["enrolled_response"])
        await work.keep_outcome(tx, incoming, outcome)
    else:
        message = await work.respond(tx, profile, tools, incoming)
    header = envelope.header_of(door.reply or "", receiver=profile.sender_id, status="succ")
    whole = await envelope.signed(tx, tools.sealer, header, message)
    # The definition of these two names the bare message as the answer; both readers are served.
    return {**whole, **message} if "enrolled_response" in message else whole


async def _told(tx: AsyncConnection, profile: Profile, tools: Tools, incoming: Incoming) -> None:
    """Keep what another registry tells; enrolments in it wait for a person like all others."""
    listed = []
    if incoming.door.action == "notify" and incoming.door.registry == "ibr":
        events = incoming.message.get("notify_event") or []
        listed = [one["data"]["reg_records"] for one in events]
    await receive.keep(tx, profile, tools, incoming, listed)
    await work.keep_outcome(tx, incoming, answer.outcome_of("", []))


async def _note_refusal(
    tx: AsyncConnection, profile: Profile, door: Door, rejected: Rejected
) -> None:
    details = {"action": door.action, "registry": door.registry, "code": rejected.code}
    if rejected.reason:
        details["reason"] = rejected.reason
    await audit.record(
        tx, profile.actor, "exchange.refused", "agency", profile.client_id, details=details
    )


async def _refusal(
    tx: AsyncConnection, profile: Profile, tools: Tools, door: Door, rejected: Rejected
) -> Answer:
    if not door.is_sync:
        return envelope.refusal(rejected)
    header = envelope.refused_header(rejected, door.reply or "", profile.sender_id)
    whole = await envelope.signed(tx, tools.sealer, header, None)
    if door in {ENROLLED, UPDATES}:
        return {**whole, "transaction_id": "", "correlation_id": "", "enrolled_response": []}
    return whole
