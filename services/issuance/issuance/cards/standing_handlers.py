"""What issuance does when enrolments wait, end or go on, and when families' lives change."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.events import (
    EnrolmentsEndedV1,
    EnrolmentsResumedV1,
    EnrolmentsSuspendedV1,
    Envelope,
    HouseholdChangedV1,
)
from common.sealed import BlindIndex, Sealer
from common.settings import ServiceSettings
from common.worker import Handlers
from issuance.cards import queries, standing_queries
from issuance.cards.follow import follow
from issuance.cards.order import head_name_context, kk_index_of, new_pseudonym
from issuance.cards.settle import settle


def standing_handlers(settings: ServiceSettings) -> Handlers:
    """Return the handlers of what happens to enrolments and families after an approval."""
    sealer = Sealer(settings.sealing_key.get_secret_value())
    event_sealer = Sealer(settings.event_sealing_key.get_secret_value())
    index = BlindIndex(settings.blind_index_key.get_secret_value())

    async def on_household_changed(
        tx: AsyncConnection, event: HouseholdChangedV1, envelope: Envelope
    ) -> None:
        """Follow the family's name and place, and see to its card."""
        opened = event_sealer.open_json(event.sealed, f"household:{event.household_id}")
        now_is = _Now(str(opened["head_name"]), kk_index_of(index, opened))
        await _follow(tx, sealer, event, envelope, now_is)

    return {
        HouseholdChangedV1: on_household_changed,
        EnrolmentsEndedV1: on_enrolments_ended,
        EnrolmentsSuspendedV1: on_enrolments_suspended,
        EnrolmentsResumedV1: on_enrolments_resumed,
    }


@dataclass(frozen=True, slots=True)
class _Now:
    """What was opened of a family's change."""

    head_name: str
    kk_index: bytes | None


async def _follow(
    tx: AsyncConnection,
    sealer: Sealer,
    event: HouseholdChangedV1,
    envelope: Envelope,
    now_is: _Now,
) -> None:
    household_id, now = event.household_id, clock.utc_now()
    change = {
        "household_id": household_id,
        "sequence": envelope.sequence,
        "kind": event.kind,
        "card_action": event.card_action,
    }
    if (await tx.execute(standing_queries.NOTE_CHANGE, change)).first() is None:
        return
    home = {
        "household_ids": [household_id],
        "pseudonyms": [new_pseudonym()],
        "region_codes": [event.region_code],
        "sealed_names": [sealer.seal_text(now_is.head_name, head_name_context(household_id))],
        "told_at": [envelope.time],
        "kk_indices": [now_is.kk_index],
    }
    await tx.execute(queries.UPSERT_HOUSEHOLDS, home)
    # What ends or goes on because of its enrolments comes first, then what its life asks for.
    await settle(tx, [household_id], now)
    await follow(tx, event, now)


async def on_enrolments_ended(
    tx: AsyncConnection, event: EnrolmentsEndedV1, _envelope: Envelope
) -> None:
    """Revoke the cards of families that nothing gives one any more, when their grace is over."""
    rows = [
        {
            **_said(one.enrolment_id, one.household_id, one.version, "ended"),
            "ends_at": max(one.ended_at, one.grace_until or one.ended_at),
        }
        for one in event.ended
    ]
    await _note(tx, rows)


async def on_enrolments_suspended(
    tx: AsyncConnection, event: EnrolmentsSuspendedV1, _envelope: Envelope
) -> None:
    """Suspend the cards of families of which nothing runs meanwhile."""
    await _note(
        tx,
        [
            _said(one.enrolment_id, one.household_id, one.version, "suspended")
            for one in event.suspended
        ],
    )


async def on_enrolments_resumed(
    tx: AsyncConnection, event: EnrolmentsResumedV1, _envelope: Envelope
) -> None:
    """Let cards count again that were suspended for that reason only."""
    await _note(
        tx,
        [
            _said(one.enrolment_id, one.household_id, one.version, "running")
            for one in event.resumed
        ],
    )


def _said(enrolment_id: UUID, household_id: UUID, version: int, standing: str) -> dict[str, Any]:
    return {
        "enrolment_id": enrolment_id,
        "household_id": household_id,
        "version": version,
        "standing": standing,
        "ends_at": None,
    }


async def _note(tx: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    ordered = sorted(rows, key=lambda row: str(row["enrolment_id"]))
    await tx.execute(standing_queries.NOTE_STANDING, ordered)
    await settle(tx, sorted({row["household_id"] for row in rows}), clock.utc_now())
