"""Those who pay and are paid, and a bank that answers."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from tests.redemption.world import Card, World, a_benefit, a_cycle, a_list, enrolments

from common import demo, events
from common.auth.permissions import permissions_of
from common.auth.principal import Principal
from common.database import in_transaction
from common.ids import new_id
from common.sealed import Sealer
from common.web.formats import in_wib
from redemption.partners.account_rules import Account
from redemption.partners.accounts import seal_account
from redemption.payments import decide
from redemption.payments.draw_up import Payer, Wanted
from redemption.payments.draw_up_cash import draw_up_cash
from redemption.payments.rules import Batch
from redemption.payments.take_results import take_results

BANK = demo.PARTNER_BANK_ID
NOW = datetime.now(UTC)
TODAY = in_wib(NOW).date()


def somebody(*roles: str, partner_id: UUID | None = None) -> Principal:
    held = frozenset(roles)
    regions = () if partner_id else ("62",)
    return Principal(
        str(new_id()), "Orang Uji", held, permissions_of(held), regions, partner_id=partner_id
    )


def finance() -> Principal:
    return somebody("finance")


def sealer_of(world: World) -> Sealer:
    return Sealer(world.settings.sealing_key.get_secret_value())


def payer_of(world: World) -> Payer:
    own = world.settings
    return Payer(own.payment_payer, own.payment_account, own.payment_bank_code, sealer_of(world))


def cash(**changes: Any) -> events.Benefit:
    given = {
        "code": "TUNAI",
        "kind": "cash",
        "name_id": "Bantuan tunai",
        "name_en": "Cash aid",
        "amount_rupiah": 250_000,
        "partner_kinds": ("bank",),
    }
    return a_benefit(**{**given, **changes})


@dataclass(frozen=True)
class Drawn:
    """A batch of families' cash, and who drew it up."""

    world: World
    batch: Batch
    maker: Principal
    families: list[Card]
    cycle_id: UUID

    async def approved(self) -> "Drawn":
        checker, sealer = finance(), sealer_of(self.world)
        await in_transaction(
            self.world.engine,
            lambda tx: decide.approve(tx, checker, sealer, self.batch.id, NOW),
        )
        return self

    async def file(self, form: Any = "csv") -> bytes:
        _, content = await in_transaction(
            self.world.engine,
            lambda tx: decide.fetch_file(
                tx, self.maker, sealer_of(self.world), self.batch.id, form=form, now=NOW
            ),
        )
        return bytes(content)

    async def references(self) -> list[str]:
        return [row["id_instruksi"] for row in rows_of(await self.file())]

    async def answer(self, content: bytes, by: Principal | None = None) -> bool:
        return bool(
            await in_transaction(
                self.world.engine,
                lambda tx: take_results(
                    tx,
                    by or self.maker,
                    sealer_of(self.world),
                    batch_id=self.batch.id,
                    file_id=new_id(),
                    content=content,
                    now=NOW,
                ),
            )
        )

    async def states(self) -> list[str]:
        return await column(
            self.world,
            "SELECT state FROM payment_instructions WHERE batch_id = :id ORDER BY position",
            id=self.batch.id,
        )

    async def outcomes(self) -> list[str]:
        return await column(
            self.world,
            "SELECT l.outcome FROM payment_result_lines l JOIN payment_result_files f "
            "ON f.id = l.file_id WHERE f.batch_id = :id ORDER BY f.received_at, f.id, l.position",
            id=self.batch.id,
        )


async def a_cash_cycle(
    world: World, families: int, *benefits: events.Benefit
) -> tuple[list[Card], events.BeneficiaryListApprovedV1]:
    cards = [Card(world.issuer) for _ in range(families)]
    approved = a_list(a_cycle(), benefits or [cash()])
    await world.cards(*cards)
    await world.tell(approved)
    await world.tell(enrolments(approved, [card.household_id for card in cards]))
    return cards, approved


async def drawn_up(world: World, families: int = 3, maker: Principal | None = None) -> Drawn:
    cards, approved = await a_cash_cycle(world, families)
    return await drawn_again(world, cards, approved.cycle.cycle_id, maker)


async def drawn_again(
    world: World, cards: list[Card], cycle_id: UUID, maker: Principal | None = None
) -> Drawn:
    who = maker or finance()
    wanted = Wanted(new_id(), "family_cash", TODAY, cycle_id, BANK)
    batch = await in_transaction(
        world.engine,
        lambda tx: draw_up_cash(tx, who, payer_of(world), wanted, datetime.now(UTC)),
    )
    return Drawn(world, batch, who, cards, cycle_id)


async def sent(world: World, families: int = 3) -> Drawn:
    drawn = await (await drawn_up(world, families)).approved()
    await drawn.file()
    return drawn


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def result(*lines: tuple[str, Any, str, str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(("id_instruksi", "rupiah", "hasil", "kode_alasan", "referensi_bank"))
    writer.writerows(lines)
    return out.getvalue().encode()


def paid(reference: str, rupiah: int = 250_000, bank: str = "") -> tuple[str, int, str, str, str]:
    return reference, rupiah, "dibayar", "", bank or f"TRX-{reference[-6:]}"


def failed(reference: str, code: str = "AC04") -> tuple[str, int, str, str, str]:
    return reference, 250_000, "gagal", code, ""


async def column(world: World, statement: str, **values: Any) -> list[Any]:
    async with world.engine.connect() as tx:
        return list((await tx.execute(text(statement), values)).scalars())


async def a_shop(world: World, *, account: bool = True) -> UUID:
    """A partner of its own with a bank account, so that its lines are this test's only."""
    partner_id = new_id()
    sealed = seal_account(sealer_of(world), partner_id, Account("125", "TOKO UJI", "1234567890"))
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO partners (id, name, kind, address, region_codes, status, "
                "account_sealed) VALUES (:id, 'Toko Uji', 'market', '-', '{62}', 'active', :a)"
            ),
            {"id": partner_id, "a": sealed if account else None},
        )
    return partner_id


def later(days: int = 2) -> datetime:
    """A moment at which today is over."""
    return datetime.now(UTC) + timedelta(days=days)
