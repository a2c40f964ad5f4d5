"""A phone for tests: it takes leases, writes a journal without network, and sends it."""

import copy
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2 as httpx
from tests.redemption.a_terminal import ED25519, Terminal, a_terminal
from tests.redemption.world import FOOD_POINT, VILLAGE, Card

from common import events
from common.ids import new_id
from redemption.terminals.rules import operator_id_of

START = "0" * 64
SEGMENT_MAX = 500


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Phone:
    """A terminal with a journal of its own. `lines` are texts with their signatures."""

    terminal: Terminal
    operator: str
    journal_id: UUID = field(default_factory=new_id)
    lines: list[dict[str, str]] = field(default_factory=list)

    @property
    def last_hash(self) -> str:
        return hash_of(self.lines[-1]["line"]) if self.lines else START

    def body(self, card: str, **said: Any) -> dict[str, Any]:
        """What the next line says; `said` changes it."""
        return {
            "v": 1,
            "journal": str(self.journal_id),
            "sequence": len(self.lines) + 1,
            "previous": self.last_hash,
            "id": str(new_id()),
            "kind": "redemption",
            "card": card,
            "entitlement_id": None,
            "cycle_id": str(new_id()),
            "benefit_id": str(new_id()),
            "subject_id": None,
            "lease_id": None,
            "quantity": None,
            "amount_rupiah": None,
            "goods_category": None,
            "companion": None,
            "holder_check": "name_compared",
            "operator": str(operator_id_of(self.operator)),
            "said_at": datetime.now(UTC).isoformat(),
            "verdict": "valid",
            "redemption_id": None,
            "reason": None,
            **said,
        }

    def add(self, body: dict[str, Any]) -> dict[str, Any]:
        """Hash and sign a line, and put it at the end."""
        text = json.dumps(body, separators=(",", ":"))
        signature = self.terminal.key.sign(text.encode())
        self.lines.append({"line": text, "signature": signature})
        return body

    def give(
        self,
        card: Card | str,
        approved: events.BeneficiaryListApprovedV1,
        nth: int = 0,
        /,
        **said: Any,
    ) -> dict[str, Any]:
        """Give a family one of a list's benefits, without network."""
        shown = card if isinstance(card, str) else card.token
        names = {
            "cycle_id": str(approved.cycle.cycle_id),
            "benefit_id": str(approved.benefits[nth].benefit_id),
        }
        return self.add(self.body(shown, **{**names, **said}))

    def undo(self, line: dict[str, Any], operator: str, reason: str = "salah keluarga") -> Any:
        """Undo a line of this journal, by somebody else."""
        names = {name: line[name] for name in ("card", "cycle_id", "benefit_id")}
        said = {"kind": "reversal", "redemption_id": line["id"], "reason": reason}
        own = str(operator_id_of(operator))
        return self.add(self.body(names.pop("card"), **names, **said, operator=own))

    async def begin(self) -> httpx.Response:
        """Begin this journal at the server."""
        return await self.terminal.post("/v1/journals", {"id": str(self.journal_id)}, operator="")

    def segment(self, first: int = 1, last: int | None = None, **changes: Any) -> dict[str, Any]:
        """The request that sends lines from the first to the last."""
        return {
            "id": str(new_id()),
            "journal_id": str(self.journal_id),
            "first_sequence": first,
            "lines": self.lines[first - 1 : last],
            **changes,
        }

    async def send(self, segment: dict[str, Any]) -> httpx.Response:
        """Send a segment; nobody need be signed in."""
        return await self.terminal.post("/v1/journal/segments", segment, operator="")

    async def sync(self) -> list[dict[str, Any]]:
        """Send all that the server has not, and return every outcome."""
        state = (await self.terminal.get("/v1/journal", operator="")).json()
        if state["journal_id"] != str(self.journal_id):
            assert (await self.begin()).status_code == 201
            state = {"last_sequence": 0}
        outcomes: list[dict[str, Any]] = []
        at = state["last_sequence"]
        while at < len(self.lines):
            answer = await self.send(self.segment(at + 1, at + SEGMENT_MAX))
            assert answer.status_code == 200, answer.text
            outcomes += answer.json()["outcomes"]
            at += SEGMENT_MAX
        return outcomes

    async def lease(self, *regions: str, hours: int = 12, **more: Any) -> httpx.Response:
        """Ask for the rights of some villages."""
        asked = {"id": str(new_id()), "region_codes": list(regions or (VILLAGE,)), "hours": hours}
        return await self.terminal.post("/v1/leases", {**asked, **more})

    async def take(self, *regions: str, **more: Any) -> dict[str, Any]:
        """Take a lease, and return it."""
        answer = await self.lease(*regions, **more)
        assert answer.status_code == 201, answer.text
        taken: dict[str, Any] = answer.json()
        return taken

    def restored(self, lines: int) -> "Phone":
        """The same phone as a backup of it was, after so many lines."""
        return Phone(self.terminal, self.operator, self.journal_id, copy.copy(self.lines[:lines]))


async def a_phone(
    client: httpx.AsyncClient, partner_id: UUID = FOOD_POINT, *, algorithm: str = ED25519
) -> Phone:
    """A new terminal with somebody signed in, and an empty journal."""
    terminal = await a_terminal(client, partner_id, algorithm=algorithm, signed_in=False)
    return Phone(terminal, await terminal.sign_in())
