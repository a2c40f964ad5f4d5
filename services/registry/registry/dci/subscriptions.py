"""Asking to be told of changes, and asking no longer."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock, ids
from registry.dci import filters, queries, search_queries
from registry.dci.answer import Answer, demand_enrolments, refused_item
from registry.dci.envelope import Incoming
from registry.dci.filters import Condition
from registry.dci.find import Tools
from registry.dci.profiles import Profile
from registry.dci.rules import (
    REG_TYPES,
    ItemRejected,
    Registry,
    demand_reference,
    event_of,
    moment,
    record_type_of,
    stamp,
)


async def subscribe_response(
    tx: AsyncConnection, profile: Profile, tools: Tools, incoming: Incoming
) -> Answer:
    """Return the message of `on-subscribe`; what was asked for holds from now on."""
    responses: list[Answer] = []
    seen: set[str] = set()
    for request in incoming.message["subscribe_request"]:
        reference = request["reference_id"]
        said: Answer = {"reference_id": reference, "timestamp": stamp(clock.utc_now())}
        try:
            demand_reference(reference, seen)
            made = await _subscribe(tx, profile, tools, incoming, request["subscribe_criteria"])
            said |= {"status": "succ", "subscriptions": [made]}
        except ItemRejected as rejected:
            said |= refused_item(rejected)
        seen.add(reference)
        responses.append(said)
    return {
        "transaction_id": incoming.transaction_id,
        "correlation_id": str(incoming.correlation_id),
        "subscribe_response": responses,
    }


async def _subscribe(
    tx: AsyncConnection,
    profile: Profile,
    tools: Tools,
    incoming: Incoming,
    criteria: Mapping[str, Any],
) -> Answer:
    registry = incoming.door.registry
    event, record_type = _wanted(profile, registry, criteria)
    filter_type = criteria.get("filter_type") or _type_of(criteria["filter"])
    await _demand_filter(tx, profile, tools, filter_type, criteria["filter"])
    starts, ends = _times(criteria.get("frequency"))
    code = ids.new_id()
    kept = json.dumps([filter_type, criteria["filter"]], sort_keys=True)
    row = {
        "code": code,
        "client_id": profile.client_id,
        "registry": registry,
        "event": event,
        "record_type": record_type,
        "filter_type": filter_type,
        "filter_sealed": tools.sealer.seal_text(kept, filter_place(code)),
        "filter_index": tools.index.of("exchange.filter", kept),
        "sender_uri": incoming.sender_uri,
        "starts_at": starts,
        "ends_at": ends,
    }
    if (await tx.execute(queries.SUBSCRIBE, row)).first() is None:
        raise ItemRejected("rjct.event.already_subscribed", "the same is subscribed to already")
    details = {"event": event, "registry": registry}
    await audit.record(tx, profile.actor, "exchange.subscribed", "exchange", code, details=details)
    return {
        "code": str(code),
        "status": "subscribe",
        "timestamp": stamp(incoming.received_at),
        "reg_type": REG_TYPES[registry],
        "reg_event_type": event,
        "notify_record_type": record_type,
    }


def _wanted(profile: Profile, registry: Registry, criteria: Mapping[str, Any]) -> tuple[str, str]:
    if registry == "ibr":
        demand_enrolments(profile)
    event = event_of(registry, criteria["reg_event_type"])
    if event is None:
        raise ItemRejected("rjct.notify_types.invalid", "this event is not told of here")
    record_type = record_type_of(registry, criteria["notify_record_type"])
    if record_type is None:
        raise ItemRejected("rjct.notify_details.invalid", "notify_record_type: not offered here")
    return event, record_type


def _type_of(given: Any) -> str:
    if isinstance(given, list):
        return "predicate"
    is_number = isinstance(given, Mapping) and not isinstance(given.get("value"), Mapping)
    return "idtype-value" if is_number else "expression"


async def _demand_filter(
    tx: AsyncConnection, profile: Profile, tools: Tools, filter_type: str, given: Any
) -> None:
    try:
        condition = condition_of(profile, tools, filter_type, given)
    except ItemRejected as rejected:
        raise ItemRejected("rjct.notify_details.invalid", rejected.message) from rejected
    if filter_type != "idtype-value":
        return
    counting = search_queries.count_of("Group", condition.sql)
    values = {**condition.values, "scopes": list(profile.scopes), "limit": 1}
    if not await tx.scalar(counting, values):
        raise ItemRejected("rjct.person_id.invalid", "nobody with this number in your regions")


def condition_of(profile: Profile, tools: Tools, filter_type: str, given: Any) -> Condition:
    """Return which families a filter means; raises ItemRejected."""
    reader = filters.Reader("Group", profile.fields, tools.index.of)
    return reader.read(filter_type, given)


def kept_condition(profile: Profile, tools: Tools, row: RowMapping) -> Condition:
    """Return which families a kept subscription means; raises ItemRejected."""
    kept = json.loads(tools.sealer.open_text(row["filter_sealed"], filter_place(row["code"])))
    return condition_of(profile, tools, kept[0], kept[1])


def filter_place(code: UUID) -> str:
    """Return what a kept filter is bound to."""
    return f"exchange_subscriptions.filter:{code}"


def _times(frequency: Any) -> tuple[Any, Any]:
    if not isinstance(frequency, Mapping):
        return None, None
    starts, ends = moment(frequency.get("start_time")), moment(frequency.get("end_time"))
    if starts is not None and ends is not None and starts >= ends:
        raise ItemRejected("rjct.notify_details.invalid", "end_time: after start_time")
    return starts, ends


async def unsubscribe_response(
    tx: AsyncConnection, profile: Profile, _tools: Tools, incoming: Incoming
) -> Answer:
    """Return the message of `on-unsubscribe`. One wrong code and nothing is ended."""
    codes = list(dict.fromkeys(incoming.message["subscription_codes"]))
    said = {
        "transaction_id": incoming.transaction_id,
        "correlation_id": str(incoming.correlation_id),
        "timestamp": stamp(clock.utc_now()),
    }
    try:
        rows = [await _own(tx, profile, code) for code in codes]
    except ItemRejected as rejected:
        return said | refused_item(rejected)
    for row in rows:
        await tx.execute(queries.UNSUBSCRIBE, {"subscription": row["code"]})
        await audit.record(tx, profile.actor, "exchange.unsubscribed", "exchange", row["code"])
    ended = [{"code": code, "status": "unsubscribe"} for code in codes]
    return said | {"status": "succ", "subscription_status": ended}


async def _own(tx: AsyncConnection, profile: Profile, code: str) -> RowMapping:
    try:
        asked = {"subscription": UUID(code), "client": profile.client_id}
    except ValueError as error:
        raise ItemRejected("rjct.subscription_code.invalid", "no such subscription") from error
    row = (await tx.execute(queries.SUBSCRIPTION, asked)).mappings().one_or_none()
    if row is None:
        raise ItemRejected("rjct.subscription_code.invalid", "no such subscription of yours")
    if row["unsubscribed_at"] is not None:
        raise ItemRejected("rjct.event.already_unsubscribed", "ended already")
    return row
