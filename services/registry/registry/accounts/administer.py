"""What an administrator does with accounts: make, change, disable, reset, sign out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from registry.accounts import passwords, queries, rules
from registry.accounts.end_sign_ins import end_sign_ins


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person may do: one role, for regions or for a partner."""

    role: str
    regions: tuple[str, ...] = ()
    partner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NewAccount:
    id: UUID
    username: str
    display_name: str
    standing: Standing


async def create(
    tx: AsyncConnection, actor: Principal, new: NewAccount, kept_hash: str, *, one_time: bool = True
) -> None:
    """Make an account whose password must be changed at the first sign-in.

    Raises Refused username_taken, outside_your_regions.
    """
    _demand_reach(actor, new.standing.regions)
    now = clock.utc_now()
    row = {
        "id": new.id,
        "username": new.username,
        "display_name": new.display_name,
        "role": new.standing.role,
        "regions": list(new.standing.regions),
        "partner_id": new.standing.partner_id,
        "password_hash": kept_hash,
        "must_change_password": one_time,
        "password_changed_at": now,
        "created_at": now,
        "created_by": actor.subject,
    }
    if (await tx.execute(queries.INSERT_ACCOUNT, row)).first() is None:
        raise Refused("username_taken")
    await _note(tx, actor, "account.created", new.id, new.standing)


async def change_standing(
    tx: AsyncConnection, actor: Principal, account_id: UUID, standing: Standing
) -> None:
    """Give a person another role, region or partner; tokens of before are over within minutes.

    Raises Refused own_account, last_administrator, outside_your_regions, not_found.
    """
    administrators = await _hold_administrators(tx)
    account = await for_update(tx, actor, account_id)
    _demand_reach(actor, standing.regions)
    if account["role"] == "administrator" and standing.role != "administrator":
        _demand_another(administrators, account_id)
    given = {
        "account_id": account_id,
        "role_": standing.role,
        "regions_": list(standing.regions),
        "partner_id_": standing.partner_id,
    }
    await tx.execute(queries.SET_ROLE, given)
    # A sign-in without a code must not become one of a role that needs it.
    await end_sign_ins(tx, account_id, clock.utc_now())
    await _note(tx, actor, "account.role_changed", account_id, standing)


async def disable(tx: AsyncConnection, actor: Principal, account_id: UUID) -> None:
    """Let a person sign in no more, and end what is signed in.

    Raises Refused own_account, last_administrator, outside_your_regions, not_found.
    """
    administrators = await _hold_administrators(tx)
    account = await for_update(tx, actor, account_id)
    if account["disabled_at"] is not None:
        return
    if account["role"] == "administrator":
        _demand_another(administrators, account_id)
    now = clock.utc_now()
    await tx.execute(queries.SET_DISABLED, {"account_id": account_id, "at": now})
    await end_sign_ins(tx, account_id, now)
    await _note(tx, actor, "account.disabled", account_id)


async def enable(tx: AsyncConnection, actor: Principal, account_id: UUID) -> None:
    """Let a disabled person sign in again."""
    await for_update(tx, actor, account_id)
    await tx.execute(queries.SET_DISABLED, {"account_id": account_id, "at": None})
    await _note(tx, actor, "account.enabled", account_id)


async def reset_password(
    tx: AsyncConnection, actor: Principal, account_id: UUID, kept_hash: str
) -> None:
    """Replace a password by one that must be changed at the next sign-in."""
    await for_update(tx, actor, account_id)
    now = clock.utc_now()
    given = {"account_id": account_id, "hash": kept_hash, "must_change": True, "at": now}
    await tx.execute(queries.SET_PASSWORD, given)
    await end_sign_ins(tx, account_id, now)
    await _note(tx, actor, "account.password_reset", account_id)


async def reset_second_factor(
    tx: AsyncConnection, actor: Principal, account_id: UUID, kept_hash: str
) -> None:
    """Take away a lost second factor; a role that needs one enrols another at the next sign-in.

    The password is replaced with it: whoever knows it could enrol a phone of their own.
    """
    await reset_password(tx, actor, account_id, kept_hash)
    await tx.execute(queries.REMOVE_TOTP, {"account_id": account_id})
    await _note(tx, actor, "account.second_factor_reset", account_id)


async def sign_out(tx: AsyncConnection, actor: Principal, account_id: UUID) -> None:
    """End every sign-in of a person."""
    await for_update(tx, actor, account_id, may_be_own=True)
    await end_sign_ins(tx, account_id, clock.utc_now())
    await _note(tx, actor, "account.signed_out", account_id)


async def find(tx: AsyncConnection, actor: Principal, account_id: UUID) -> RowMapping:
    """Return an account that the administrator may manage; raises Refused not_found."""
    row = (await tx.execute(queries.SELECT_ACCOUNT, {"account_id": account_id})).mappings().first()
    if row is None:
        raise Refused("not_found")
    _demand_reach(actor, row["regions"])
    return row


async def for_update(
    tx: AsyncConnection, actor: Principal, account_id: UUID, *, may_be_own: bool = False
) -> RowMapping:
    """Return a locked account to be changed by someone else than its owner.

    Raises Refused own_account, not_found, outside_your_regions.
    """
    if actor.subject == str(account_id) and not may_be_own:
        raise Refused("own_account")
    found = await tx.execute(queries.SELECT_ACCOUNT_FOR_UPDATE, {"account_id": account_id})
    row = found.mappings().first()
    if row is None:
        raise Refused("not_found")
    _demand_reach(actor, row["regions"])
    return row


async def one_time_password() -> tuple[str, str]:
    """Return a new one-time password and what is kept of it."""
    password = passwords.one_time_password()
    return password, await passwords.hash_password(password)


def _demand_reach(actor: Principal, regions: Sequence[str]) -> None:
    if not rules.may_manage(actor.regions, regions):
        raise Refused("outside_your_regions")


async def _hold_administrators(tx: AsyncConnection) -> list[UUID]:
    """Lock who may administer, before the account itself and always in the same order.

    Two who disable each other at once then wait; each with their own row first, they deadlock.
    """
    return [row.id for row in await tx.execute(queries.SELECT_ADMINISTRATORS_FOR_UPDATE)]


def _demand_another(administrators: Sequence[UUID], account_id: UUID) -> None:
    if set(administrators) <= {account_id}:
        raise Refused("last_administrator")


async def _note(
    tx: AsyncConnection,
    actor: Principal,
    action: str,
    account_id: UUID,
    standing: Standing | None = None,
) -> None:
    details = {}
    if standing is not None:
        partner = str(standing.partner_id) if standing.partner_id else None
        details = {"role": standing.role, "regions": standing.regions, "partner_id": partner}
    await audit.record(tx, actor, action, "account", account_id, details=details)
