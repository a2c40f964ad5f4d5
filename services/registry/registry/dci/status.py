"""How far a message is that was sent before: which request ended how, without its records."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from registry.dci import queries
from registry.dci.answer import Answer
from registry.dci.envelope import Incoming
from registry.dci.find import Tools
from registry.dci.profiles import Profile
from registry.dci.rules import stamp

ACTIONS = {"search": ["search"], "subscribe": ["subscribe", "unsubscribe"], "receipt": ["notify"]}


async def status_response(
    tx: AsyncConnection, profile: Profile, _tools: Tools, incoming: Incoming
) -> Answer:
    """Return the message of `txn-on-status`. A name that is not known has no requests."""
    asked = incoming.message["txnstatus_request"]
    value = asked["attribute_value"]
    rows = await tx.execute(
        queries.STATUS_OF,
        {
            "client": profile.client_id,
            "registry": incoming.door.registry,
            "actions": ACTIONS[asked["txn_type"]],
            "by": asked["attribute_type"],
            "value": value if isinstance(value, str) else "",
            "references": value if isinstance(value, list) else [value],
        },
    )
    found = rows.mappings().all()
    responses: list[dict[str, Any]] = []
    for row in found:
        responses += row["outcome"]["responses"] if row["outcome"] else [_pending(row)]
    wanted = set(value) if isinstance(value, list) else None
    if wanted is not None:
        responses = [one for one in responses if one["reference_id"] in wanted]
    named = found[0] if found else None
    return {
        "transaction_id": incoming.transaction_id,
        "correlation_id": str(incoming.correlation_id),
        "txnstatus_response": {
            "txn_type": asked["txn_type"],
            "txn_status": {
                "transaction_id": named["transaction_id"] if named else incoming.transaction_id,
                "correlation_id": str(named["correlation_id"]) if named else "",
                "search_response": responses,
            },
        },
    }


def _pending(row: Any) -> dict[str, Any]:
    return {
        "reference_id": row["transaction_id"] or "-",
        "timestamp": stamp(row["received_at"] or clock.utc_now()),
        "status": "pdng",
    }
