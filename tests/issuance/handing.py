"""People who hand over cards, and the journal of a phone, for the tests of this folder."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2 as httpx
from tests.clients import bearer
from tests.issuance.builders import Desk

from common.auth.permissions import ROLES, permissions_of
from common.auth.principal import Principal
from common.ids import new_id
from common.sealed import BlindIndex, Sealer
from issuance.handing_over.declare import declare
from issuance.handing_over.hand_over import HandOver
from issuance.handing_over.hand_over import hand_over as verb

SEALER, INDEX = Sealer(bytes([1]) * 32), BlindIndex(bytes([2]) * 32)
START = "0" * 64
# Later in the day than any card of a test was issued, and never at night.
NOON = datetime(2030, 5, 6, 5, 0, tzinfo=UTC)


def nik(number: int) -> str:
    return f"62010155{number:08d}"


def a_giver(
    name: str, *roles: str, regions: Iterable[str] = ("62",), subject: str = ""
) -> Principal:
    chosen = frozenset(roles or ("village_companion",)) & frozenset(ROLES)
    return Principal(
        subject=subject or f"{name}-{new_id()}",
        name=name,
        roles=chosen,
        permissions=permissions_of(chosen),
        regions=tuple(regions),
    )


def calls_as(person: Principal) -> dict[str, str]:
    return bearer(*person.roles, subject=person.subject, regions=person.regions, name=person.name)


async def declares(desk: Desk, person: Principal, own_nik: str = "", own_kk: str = "") -> Principal:
    number = new_id().int % 10**8
    await desk.do(
        lambda tx: declare(
            tx,
            person,
            INDEX,
            declaration_id=new_id(),
            nik=own_nik or nik(number),
            kk=own_kk or f"62019999{number:08d}",
        )
    )
    return person


async def gives(desk: Desk, giver: Principal, wish: HandOver) -> Any:
    return await desk.do(lambda tx: verb(tx, giver, SEALER, wish, index=INDEX))


def to_the_head(card: Any, **others: Any) -> HandOver:
    told = {
        "handover_id": new_id(),
        "card_id": card.card_id,
        "collector": "head",
        "document": "ktp",
        "handed_at": datetime.now(UTC),
    }
    return HandOver(**{**told, **others})


def to_a_representative(card: Any, collector_nik: str, **others: Any) -> HandOver:
    told = {
        "collector": "representative",
        "document": "surat_kuasa",
        "relation": "neighbour",
        "collector_name": "BUDI",
        "collector_nik": collector_nik,
    }
    return to_the_head(card, **{**told, **others})


@dataclass
class Phone:
    """What a companion's phone writes down; sent, whole or in parts, as often as wanted."""

    holder: Principal
    round_id: UUID
    journal_id: UUID = field(default_factory=new_id)
    lines: list[dict[str, str]] = field(default_factory=list)

    def note(self, act: str, card: Any, **body: Any) -> dict[str, str]:
        """Write the next line."""
        told = {
            "id": str(new_id()),
            "journal": str(self.journal_id),
            "sequence": len(self.lines) + 1,
            "before": self.lines[-1]["hash"] if self.lines else START,
            "act": act,
            "card": card.card_id,
            "at": datetime.now(UTC).isoformat(),
            **body,
        }
        text = json.dumps(told)
        self.lines.append({"text": text, "hash": hashlib.sha256(text.encode()).hexdigest()})
        return self.lines[-1]

    def gives(self, card: Any, **body: Any) -> dict[str, str]:
        return self.note("hand_over", card, **{"collector": "head", "document": "ktp", **body})

    def returns(self, card: Any, reason: str = "not_at_home", **body: Any) -> dict[str, str]:
        return self.note("return", card, reason=reason, **body)

    async def sends(
        self, client: httpx.AsyncClient, lines: list[dict[str, str]] | None = None
    ) -> list[tuple[str, str]]:
        """Send lines (all, unless given) and return what became of each."""
        body = {
            "journal_id": str(self.journal_id),
            "round_id": str(self.round_id),
            "lines": self.lines if lines is None else lines,
        }
        answer = await client.post(
            "/v1/handovers/journal", json=body, headers=calls_as(self.holder)
        )
        assert answer.status_code == 200, answer.text
        return [(line["state"], line["refusal"]) for line in answer.json()["lines"]]
