"""Approvals and what they lead to, valid by default; a test overrides what matters to it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from tests.clients import key_text, settings_values

from common import clock, events
from common.auth.principal import Principal
from common.database import in_transaction
from common.ids import new_id
from common.sealed import Sealer
from common.sealed_to import public_key_of
from common.settings import encode_key
from common.worker import deliver
from issuance.cards.handlers import handlers
from issuance.cards.jobs import card_signer
from issuance.cards.move_many import move_many
from issuance.cards.rules import ON_ITS_WAY
from issuance.cards.sign import sign_batch
from issuance.settings import Settings
from issuance.signing.create_key import create_first_key

VILLAGE = "62.01.01.2001"
OTHER_VILLAGE = "62.02.01.2001"
PIN_PRIVATE_KEY = bytes(range(32))
WAY = (*ON_ITS_WAY, "active")


def settings_for(database_url: str, **others: Any) -> Settings:
    """Settings of a process that may sign."""
    return Settings(
        **{
            **settings_values(database_url),
            "signing_master_key": key_text(9),
            "pin_public_key": encode_key(public_key_of(PIN_PRIVATE_KEY)),
            **others,
        }
    )


def an_enrolment(
    name: str = "SITI AMINAH",
    *,
    household_id: UUID | None = None,
    region_code: str = VILLAGE,
    kk_number: str = "",
) -> events.EnrolledHousehold:
    household_id = household_id or new_id()
    sealer = Sealer(bytes([3]) * 32)
    told = {"head_name": name} | ({"kk_number": kk_number} if kk_number else {})
    return events.EnrolledHousehold(
        enrolment_id=new_id(),
        household_id=household_id,
        region_code=region_code,
        sealed=sealer.seal_json(told, f"enrolment:{household_id}"),
    )


def an_approval(
    enrolments: Sequence[events.EnrolledHousehold], list_id: UUID | None = None
) -> events.EnrolmentsApprovedV1:
    return events.EnrolmentsApprovedV1(
        list_id=list_id or new_id(),
        programme_code="PANGAN",
        cycle_id=new_id(),
        batch=1,
        batches=1,
        enrolments=tuple(enrolments),
    )


def a_list(list_id: UUID) -> events.BeneficiaryListApprovedV1:
    return events.BeneficiaryListApprovedV1(
        list_id=list_id,
        programme_code="PANGAN",
        programme_name_id="Bantuan Pangan",
        programme_name_en="Food aid",
        decree_number="188.44/12/2026",
        decree_on=date(2026, 1, 2),
        region_code="62",
        cycle=events.Cycle(
            cycle_id=new_id(), name="2026-1", opens_on=date(2026, 1, 1), closes_on=date(2026, 3, 31)
        ),
        benefits=(),
        subjects=1,
        batches=1,
        approved_at=datetime(2026, 1, 2, tzinfo=UTC),
    )


def a_message(event: events.Event, event_id: UUID | None = None) -> bytes:
    envelope = events.enclose(
        event,
        event_id=event_id or new_id(),
        source="registry",
        subject="list:1",
        sequence=1,
        time=clock.utc_now(),
    )
    return envelope.model_dump_json().encode()


@dataclass
class Desk:
    """An issuance service without its processes: its database, and its acts by name."""

    settings: Settings
    engine: AsyncEngine
    told: list[UUID] = field(default_factory=list)

    async def do(self, act: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
        return await in_transaction(self.engine, act)

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async def read(tx: AsyncConnection) -> list[Any]:
            return list((await tx.execute(text(statement), values)).all())

        return list(await self.do(read))

    async def hear(self, event: events.Event, event_id: UUID | None = None) -> bool:
        return await deliver(self.engine, handlers(self.settings), a_message(event, event_id))

    async def make_key(self) -> None:
        signer = card_signer(self.settings)
        await self.do(
            lambda tx: create_first_key(
                tx, signer.keys.master, now=clock.utc_now(), card_valid_years=5
            )
        )

    async def sign(self) -> int:
        """Sign everything that is ordered."""
        tools, total = card_signer(self.settings), 0
        while True:
            signed = await self.do(lambda tx: sign_batch(tx, tools, clock.utc_now()))
            if not signed:
                return total
            total += signed

    async def card_of(self, household_id: UUID) -> Any:
        """The household's newest card."""
        found = await self.rows(
            "SELECT * FROM cards WHERE household_id = :id ORDER BY ordered_at DESC", id=household_id
        )
        return found[0] if found else None

    async def a_card(
        self, name: str = "SITI AMINAH", *, region_code: str = VILLAGE, state: str = "signed"
    ) -> Any:
        """Return a card of a new household, brought step by step to this state of its way."""
        enrolment = an_enrolment(name, region_code=region_code)
        assert await self.hear(an_approval([enrolment]))
        await self.sign()
        card = await self.card_of(enrolment.household_id)
        return card if state == "signed" else await self.bring(card, state)

    async def bring(self, card: Any, state: str) -> Any:
        """Bring a card along its way to this state, without the desk, and return it."""
        await self.do(lambda tx: bring(tx, card.card_id, card.state, state))
        return (await self.rows("SELECT * FROM cards WHERE card_id = :id", id=card.card_id))[0]


async def bring(tx: AsyncConnection, card_id: str, state: str, wanted: str) -> None:
    by = Principal("carrier", "Carrier", frozenset(), frozenset(), regions=("62",))
    for old, new in pairwise(WAY[WAY.index(state) : WAY.index(wanted) + 1]):
        moved = await move_many(tx, by, [card_id], old=old, new=new, reason="test", place="62")
        assert moved == [card_id]


async def a_desk(database_url: str, **settings: Any) -> Desk:
    desk = Desk(settings_for(database_url, **settings), create_async_engine(database_url))
    await desk.make_key()
    return desk
