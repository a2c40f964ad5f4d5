"""Builders: a signing key, cards, lists and partners, told to the service as others tell it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.clients import bearer, settings_values

from common import demo, events
from common.card_encoding import encode_claims, protected_header, qr_text, to_be_signed
from common.card_token import StatusReference, card_number
from common.cose import thumbprint
from common.ids import new_id
from common.sealed import Sealer
from common.worker import deliver
from redemption.settings import Settings
from redemption.worker import handlers

NOW = datetime.now(UTC)
FOOD_POINT, MARKET = demo.PARTNER_FOOD_POINT_ID, demo.PARTNER_MARKET_ID
VILLAGE = "62.71.01.1001"


@dataclass(frozen=True)
class Issuer:
    """Signs cards, as the issuance service does, under a key of its own."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def kid(self) -> bytes:
        return thumbprint("Ed25519", self.key.public_key().public_bytes_raw())[:4]

    def published(self, state: str = "active") -> events.SigningKeyPublishedV1:
        return events.SigningKeyPublishedV1.model_validate(
            {
                "kid": self.kid.hex(),
                "algorithm": "Ed25519",
                "public_key": self.key.public_key().public_bytes_raw().hex(),
                "state": state,
                "not_before": NOW - timedelta(days=30),
                "sign_until": NOW + timedelta(days=300),
                "verify_until": NOW + timedelta(days=2000),
            }
        )

    def token(
        self, card: "Card", *, expires_at: datetime | None = None, kid: bytes | None = None
    ) -> str:
        protected = protected_header("Ed25519", kid or self.kid)
        payload = encode_claims(
            card.card_id,
            household_pseudonym="ABCDEFGHIJKLM",
            printed_name=card.printed_name,
            issued_at=NOW - timedelta(days=1),
            expires_at=expires_at or NOW + timedelta(days=1000),
            status=StatusReference(7, "https://khbs.test/s/1"),
        )
        signature = self.key.sign(to_be_signed(protected, payload))
        return qr_text(protected, payload, signature)


@dataclass(frozen=True)
class Card:
    issuer: Issuer
    household_id: UUID = field(default_factory=new_id)
    card_id: str = field(default_factory=lambda: os.urandom(8).hex())
    printed_name: str = "SITI AMINAH BINTI RAHMAN"
    region_code: str = VILLAGE
    expires_at: datetime = NOW + timedelta(days=1000)

    @property
    def token(self) -> str:
        return self.issuer.token(self, expires_at=self.expires_at)

    @property
    def number(self) -> str:
        return card_number(self.card_id)

    def issued(self, sealer: Sealer) -> events.IssuedCard:
        return events.IssuedCard(
            card_id=self.card_id,
            household_id=self.household_id,
            region_code=self.region_code,
            kid=self.issuer.kid.hex(),
            status_index=7,
            issued_at=NOW - timedelta(days=1),
            expires_at=self.expires_at,
            sealed=sealer.seal_json({"printed_name": self.printed_name}, f"card:{self.card_id}"),
        )


def a_benefit(**changes: Any) -> events.Benefit:
    values = {
        "benefit_id": new_id(),
        "code": "PANGAN",
        "kind": "parcel",
        "name_id": "Paket pangan",
        "name_en": "Food parcel",
        "quantity": 1,
        "amount_rupiah": 150_000,
        "partner_kinds": ("food_point", "market"),
    }
    return events.Benefit.model_validate({**values, **changes})


def a_cycle(**changes: Any) -> events.Cycle:
    today = datetime.now(UTC).date()
    values = {
        "cycle_id": new_id(),
        "name": "Tahap I",
        "opens_on": today - timedelta(days=10),
        "closes_on": today + timedelta(days=20),
    }
    return events.Cycle.model_validate({**values, **changes})


def a_list(
    cycle: events.Cycle, benefits: Sequence[events.Benefit]
) -> events.BeneficiaryListApprovedV1:
    return events.BeneficiaryListApprovedV1(
        list_id=new_id(),
        programme_code="PANGAN",
        programme_name_id="Bantuan pangan",
        programme_name_en="Food aid",
        decree_number="188.44/1/2026",
        decree_on=date(2026, 2, 20),
        region_code="62",
        cycle=cycle,
        benefits=tuple(benefits),
        subjects=1,
        batches=1,
        approved_at=NOW,
    )


def enrolments(
    approved: events.BeneficiaryListApprovedV1, household_ids: Sequence[UUID], batch: int = 1
) -> events.EnrolmentsApprovedV1:
    return events.EnrolmentsApprovedV1(
        list_id=approved.list_id,
        programme_code=approved.programme_code,
        cycle_id=approved.cycle.cycle_id,
        batch=batch,
        batches=batch,
        enrolments=tuple(
            events.EnrolledHousehold(
                enrolment_id=new_id(), household_id=one, region_code=VILLAGE, sealed="x"
            )
            for one in household_ids
        ),
    )


def envelope(event: events.Event, *, sequence: int = 1, event_id: UUID | None = None) -> bytes:
    closed = events.enclose(
        event,
        event_id=event_id or new_id(),
        source="test",
        subject="test",
        sequence=sequence,
        time=NOW,
    )
    return closed.model_dump_json().encode()


@dataclass(frozen=True)
class World:
    """One database of the redemption service, and those who speak to it."""

    engine: AsyncEngine
    settings: Settings
    issuer: Issuer

    async def tell(self, event: events.Event, *, sequence: int = 1) -> None:
        assert await self.deliver(envelope(event, sequence=sequence))

    async def deliver(self, body: bytes) -> bool:
        return await deliver(self.engine, handlers(self.settings), body)

    async def cards(self, *cards: Card) -> None:
        """Cards that their families hold: issued, and since handed over."""
        await self.waiting_cards(*cards)
        for card in cards:
            await self.status(card, "valid", 1)

    async def waiting_cards(self, *cards: Card, counts_at_once: bool = False) -> None:
        """Cards that were signed and nothing more; before the rule they counted from then on."""
        sealer = Sealer(self.settings.event_sealing_key.get_secret_value())
        await self.tell(
            events.CardsIssuedV1(
                batch_id=new_id(),
                cards=tuple(card.issued(sealer) for card in cards),
                counts_at_once=counts_at_once,
            )
        )

    async def a_family(
        self, *benefits: events.Benefit, cycle: events.Cycle | None = None, **card: Any
    ) -> tuple[Card, events.BeneficiaryListApprovedV1]:
        """A family with a card and a right to each benefit (one parcel when none is named)."""
        family = Card(self.issuer, **card)
        approved = a_list(cycle or a_cycle(), benefits or [a_benefit()])
        await self.cards(family)
        await self.tell(approved)
        await self.tell(enrolments(approved, [family.household_id]))
        return family, approved

    async def status(self, card: Card, status: str, sequence: int) -> None:
        await self.tell(
            events.CardStatusChangedV1.model_validate(
                {
                    "card_id": card.card_id,
                    "household_id": card.household_id,
                    "status": status,
                    "reason": "test",
                    "changed_at": NOW,
                }
            ),
            sequence=sequence,
        )


def settings(database_url: str, amqp_url: str = "amqp://localhost:1/") -> Settings:
    values = settings_values(database_url, amqp_url)
    return Settings(**values, payment_account="RKUD-UJI-0001")


def an_operator(
    partner_id: UUID = FOOD_POINT, role: str = "partner_operator", **options: Any
) -> dict[str, str]:
    """The header of somebody who works at a partner; a new person unless `subject` is given."""
    return bearer(role, partner_id=partner_id, regions=(), **options)


def body_of(
    card: Card, approved: events.BeneficiaryListApprovedV1, nth: int = 0, /, **changes: Any
) -> dict[str, Any]:
    """The request by which a counter redeems one of a list's benefits."""
    return {
        "id": str(new_id()),
        "card": card.token,
        "benefit_id": str(approved.benefits[nth].benefit_id),
        "cycle_id": str(approved.cycle.cycle_id),
        "holder_check": "name_compared",
        **changes,
    }


async def left(world: World, household_id: UUID) -> list[tuple[int, int]]:
    async with world.engine.connect() as tx:
        rows = await tx.execute(
            text(
                "SELECT remaining_quantity, remaining_rupiah FROM entitlements "
                "WHERE household_id = :h"
            ),
            {"h": household_id},
        )
        return [tuple(row) for row in rows]
