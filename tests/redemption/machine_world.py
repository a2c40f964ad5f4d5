"""One database, some terminals and families, and the verbs of leases and journals on them.

The state machine and the storm of terminals act through these, in the service's own transactions
but without HTTP: time is what they say it is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.redemption.a_journal import Phone
from tests.redemption.a_terminal import ED25519, Key, Terminal
from tests.redemption.world import (
    FOOD_POINT,
    Card,
    Issuer,
    World,
    a_benefit,
    a_cycle,
    a_list,
    enrolments,
    settings,
)

from common import events
from common.auth.principal import Principal
from common.database import in_transaction, new_engine
from common.ids import new_id
from common.sealed import BlindIndex, Sealer
from redemption.cards.identify import TrustedKeys
from redemption.journal.judge_lines import Tools
from redemption.journal.lines import Sent
from redemption.journal.put_aside import Segment
from redemption.journal.receive import Answer, receive
from redemption.journal.start_journal import start_journal
from redemption.leases.end_lease import give_back
from redemption.leases.read_lease import Taken
from redemption.leases.take import Asked, take
from redemption.partners import seed
from redemption.terminals.rules import operator_id_of

_TERMINAL = (
    "INSERT INTO terminal_codes (id, partner_id, code_index, made_at, made_by, made_by_name, "
    "expires_at, used_at) VALUES (:id, :partner, :key, :now, 'x', 'X', :now, :now)",
    "INSERT INTO terminals (id, partner_id, code_id, label, algorithm, public_key, enrolled_at, "
    "last_seen_at) VALUES (:id, :partner, :id, 'Uji', 'ed25519', :key, :now, :now)",
    "INSERT INTO terminal_operators (terminal_id, operator_id, subject, name, role, pin_sealed, "
    "full_sign_in_at, tries_left) VALUES "
    "(:id, :operator, :subject, 'Orang Uji', 'partner_operator', '\\x00', :now, 5)",
    "INSERT INTO terminal_sessions (token_hash, terminal_id, operator_id, subject, began_at, "
    "expires_at) VALUES (:key, :id, :operator, :subject, :now, "
    "CAST(:now AS timestamptz) + interval '400 days')",
)


@dataclass
class Field:
    """Families in villages, and the terminals that serve them."""

    world: World
    tools: Tools
    approved: events.BeneficiaryListApprovedV1
    families: list[Card]
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def a_phone(self) -> Phone:
        """A terminal that was enrolled, with one operator."""
        subject, key = str(new_id()), Key(ED25519)
        phone = Phone(Terminal(None, FOOD_POINT, key=key), subject)  # type: ignore[arg-type]
        values = {
            "id": phone.terminal.id,
            "partner": FOOD_POINT,
            "key": key.private.public_key().public_bytes_raw(),
            "now": self.now,
            "operator": operator_id_of(subject),
            "subject": subject,
        }
        async with self.world.engine.begin() as tx:
            for statement in _TERMINAL:
                asked = {name: one for name, one in values.items() if f":{name}" in statement}
                await tx.execute(text(statement), asked)
        await self.begin(phone)
        return phone

    def caller(self, phone: Phone) -> Principal:
        return Principal(
            subject=phone.operator,
            name="Orang Uji",
            roles=frozenset({"partner_operator"}),
            permissions=frozenset(),
            partner_id=FOOD_POINT,
            terminal_id=phone.terminal.id,
        )

    async def act(self, do: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
        return await in_transaction(self.world.engine, do)

    async def begin(self, phone: Phone) -> None:
        caller = self.caller(phone)
        await self.act(lambda tx: start_journal(tx, caller, phone.journal_id, self.now))

    async def send(self, phone: Phone, first: int, last: int) -> Answer:
        """Send a stretch of a phone's lines as they are."""
        sent = tuple(Sent(**one) for one in phone.lines[first - 1 : last])
        segment = Segment(new_id(), phone.journal_id, sent)
        caller = self.caller(phone)
        answer: Answer = await self.act(
            lambda tx: receive(tx, caller, self.tools, segment, self.now)
        )
        return answer

    async def take(self, phone: Phone, village: str, hours: int) -> Taken:
        asked = Asked(new_id(), phone.terminal.id, (village,), hours)
        caller = self.caller(phone)
        taken: Taken = await self.act(
            lambda tx: take(tx, caller, self.tools.sealer, asked, self.now)
        )
        return taken

    async def give_back(self, phone: Phone, lease_id: UUID) -> None:
        caller = self.caller(phone)
        await self.act(lambda tx: give_back(tx, caller, lease_id, self.now))

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.world.engine.connect() as tx:
            return list((await tx.execute(text(sql), values)).mappings())


async def a_field(url: str, villages: list[str], families_each: int, quantity: int) -> Field:
    """Families with parcels in some villages, in a database of their own."""
    own = settings(url)
    engine = new_engine(own.database_url, application_name="machine", pool_size=5)
    await in_transaction(engine, seed.seed_demo)
    world = World(engine, own, Issuer())
    await world.tell(world.issuer.published())
    return await more_families(world, villages, families_each, quantity)


async def more_families(
    world: World, villages: list[str], families_each: int, quantity: int
) -> Field:
    """A cycle of its own with new families."""
    today = datetime.now(UTC).date()
    cycle = a_cycle(closes_on=today + timedelta(days=300))
    approved = a_list(cycle, [a_benefit(quantity=quantity)])
    families = [
        Card(world.issuer, region_code=village)
        for village in villages
        for _ in range(families_each)
    ]
    await world.cards(*families)
    await world.tell(approved)
    await world.tell(enrolments(approved, [one.household_id for one in families]))
    sealer = Sealer(world.settings.sealing_key.get_secret_value())
    index = BlindIndex(world.settings.blind_index_key.get_secret_value())
    return Field(world, Tools(TrustedKeys(), sealer, index), approved, families)


def run(loop: asyncio.AbstractEventLoop, what: Awaitable[Any]) -> Any:
    return loop.run_until_complete(what)
