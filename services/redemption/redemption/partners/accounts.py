"""Bank accounts of partners, opened where money is paid and nowhere else."""

import dataclasses
import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.sealed import Sealer
from redemption.partners import account_queries as queries
from redemption.partners.account_rules import Account


def seal_account(sealer: Sealer, partner_id: UUID, account: Account) -> bytes:
    """Return an account as it is kept, good for this partner only."""
    return sealer.seal_text(json.dumps(dataclasses.asdict(account)), _context(partner_id))


def open_account(sealer: Sealer, partner_id: UUID, sealed: bytes) -> Account:
    """Return a kept account; raises SealBroken."""
    return Account(**json.loads(sealer.open_text(sealed, _context(partner_id))))


async def accounts_of(
    tx: AsyncConnection, sealer: Sealer, partner_ids: Sequence[UUID]
) -> dict[UUID, Account]:
    """Return the accounts of those partners that have one. Who asks notes it in the audit log."""
    found = await tx.execute(queries.ACCOUNTS, {"partner_ids": list(partner_ids)})
    return {row.id: open_account(sealer, row.id, row.account_sealed) for row in found}


def _context(partner_id: UUID) -> str:
    return f"partners.account:{partner_id}"
