"""The answer to a search message: each of its requests done or refused by itself."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from registry.dci import filters, find
from registry.dci.attributes import Entity, order_of
from registry.dci.envelope import Incoming
from registry.dci.find import Tools
from registry.dci.profiles import Profile
from registry.dci.rules import (
    REG_TYPES,
    VERSION,
    ItemRejected,
    Page,
    Registry,
    demand_reference,
    grounds_of,
    page_of,
    record_type_of,
    stamp,
)

Answer = dict[str, Any]


async def search_response(
    tx: AsyncConnection, profile: Profile, tools: Tools, incoming: Incoming
) -> Answer:
    """Return the message of `on-search`."""
    responses: list[Answer] = []
    seen: set[str] = set()
    for request in incoming.message["search_request"]:
        reference = request["reference_id"]
        said = {"reference_id": reference, "timestamp": stamp(clock.utc_now())}
        said["locale"] = request.get("locale", "ind")
        try:
            demand_reference(reference, seen)
            found = await _found(tx, profile, tools, incoming, request["search_criteria"])
        except ItemRejected as rejected:
            found = refused_item(rejected)
        seen.add(reference)
        responses.append(said | found)
    return {
        "transaction_id": incoming.transaction_id,
        "correlation_id": str(incoming.correlation_id),
        "search_response": responses,
    }


async def _found(
    tx: AsyncConnection,
    profile: Profile,
    tools: Tools,
    incoming: Incoming,
    criteria: Mapping[str, Any],
) -> Answer:
    registry = incoming.door.registry
    entity, record_type = entity_of(registry, criteria)
    if entity == "Beneficiary":
        demand_enrolments(profile)
    page = page_of(criteria.get("pagination"))
    reader = filters.Reader(entity, profile.fields, tools.index.of)
    condition = reader.read(criteria["query_type"], criteria["query"])
    order = order_of(criteria.get("sort") or (), entity, profile.fields)
    await _note_grounds(tx, profile, incoming, criteria)
    found = await find.search(
        tx, profile, tools, entity=entity, condition=condition, order=order, page=page
    )
    return {
        "status": "succ",
        "data": {
            "version": VERSION,
            "reg_type": REG_TYPES[registry],
            "reg_record_type": record_type,
            "reg_records": found.records,
        },
        "pagination": _pagination(page, found.total),
    }


def entity_of(registry: Registry, criteria: Mapping[str, Any]) -> tuple[Entity, str]:
    """Return what is looked for, and the name under which it is answered; raises ItemRejected."""
    named = criteria.get("reg_record_type")
    known = record_type_of(registry, named) if named else None
    if named and known is None:
        raise ItemRejected("rjct.search_criteria.invalid", "reg_record_type: not offered here")
    if known is None and registry == "ibr":
        return "Beneficiary", "Beneficiary"
    asked = known or criteria.get("response_entity") or "Member"
    if asked == "Beneficiary":
        return "Beneficiary", "Beneficiary"
    return ("Group", "Group") if asked == "Group" else ("Member", "Member")


def demand_enrolments(profile: Profile) -> None:
    """Refuse a system whose agreement has no enrolments; raises ItemRejected."""
    if "enrolments" not in profile.fields:
        raise ItemRejected("rjct.search_criteria.invalid", "enrolments: not in your agreement")


def refused_item(rejected: ItemRejected) -> Answer:
    """Return how the refusal of one request is said."""
    return {
        "status": "rjct",
        "status_reason_code": rejected.code,
        "status_reason_message": rejected.message[:999],
    }


def outcome_of(key: str, responses: list[Answer]) -> Answer:
    """Return what is kept of an answer: which request ended how, nothing of whom it was about."""
    told = ("reference_id", "timestamp", "status", "status_reason_code")
    return {
        "key": key,
        "references": [one["reference_id"] for one in responses],
        "responses": [{name: one[name] for name in told if name in one} for one in responses],
    }


def _pagination(page: Page, total: int) -> Answer:
    return {"page_size": page.size, "page_number": page.number, "total_count": total}


async def _note_grounds(
    tx: AsyncConnection, profile: Profile, incoming: Incoming, criteria: Mapping[str, Any]
) -> None:
    """Record that consent or authorisation was stated; its words stay in the sealed message."""
    grounds = grounds_of(criteria)
    if grounds:
        await audit.record(
            tx,
            profile.actor,
            "exchange.grounds_stated",
            "exchange",
            incoming.correlation_id,
            details={"stated": sorted(grounds)},
        )
