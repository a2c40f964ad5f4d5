"""The ready-made logins of the demonstration, all with the same password."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock, ids
from common.demo import LOGINS, PARTNERS_OF_LOGINS
from common.regions import PROVINCE
from common.sealed import Sealer
from registry.accounts import administer, notes, passwords, queries, rules, second_factor
from registry.accounts.administer import NewAccount, Standing
from registry.accounts.end_sign_ins import end_sign_ins
from registry.settings import Settings

# Invented people, with names as they are common here.
NAMES = {
    "operator": "Rusdiana (operator desa)",
    "verifikator": "Hendra Silam (verifikator)",
    "penyetuju": "Yulia Ngantung (penyetuju)",
    "penyetuju2": "Rinto Bahat (penyetuju kedua)",
    "program": "Ratna Sihombing (pemilik program)",
    "walidata": "Eko Prasetyo (walidata)",
    "pelindung": "Norhayati (pelindungan data)",
    "kartu": "Siti Rahmah (loket kartu)",
    "kartu2": "Marni Lestari (loket kartu kedua)",
    "pendamping": "Yanto Kuling (pendamping desa)",
    "cetak": "Budi Santoso (percetakan)",
    "mitra-admin": "Lia Tundan (pengelola mitra)",
    "mitra": "Ahmad Fauzi (petugas mitra)",
    "guru": "Yuliana Sandan (guru)",
    "perawat": "Fitri Handayani (perawat)",
    "keuangan": "Dewi Kartika (keuangan)",
    "keuangan2": "Agus Salundik (keuangan kedua)",
    "pengawas": "Mariani Tuwan (pengawas penyaluran)",
    "auditor": "Tono Garing (auditor)",
    "admin": "Maya Undap (administrator)",
}
# The two regencies of the small demonstration province, so that limits show.
LIMITED_REGIONS = ("62.03", "62.06")
LIMITED = ("operator", "verifikator", "pendamping")
MAKER = notes.command("seed-demo")


def standing_of(username: str, role: str) -> Standing:
    """Return what a login of the demonstration may do."""
    if rules.is_partner_role(role):
        return Standing(role, partner_id=PARTNERS_OF_LOGINS[username])
    return Standing(role, LIMITED_REGIONS if username in LIMITED else (PROVINCE,))


async def put_demo_logins(tx: AsyncConnection, settings: Settings) -> int:
    """Make the logins that are missing; return how many were made.

    The password is not one-time and the second factor is ready, as a demonstration needs.
    Nothing happens without a password for them, or when an outside provider has the accounts.
    """
    password = settings.demo_password.get_secret_value()
    if not password or settings.oidc_issuer:
        return 0
    kept = await passwords.hash_password(password)
    missing = [name for name in LOGINS if not await _is_known(tx, name)]
    for username in missing:
        await _put(tx, settings, username, kept)
    return len(missing)


async def shut_demo_logins(tx: AsyncConnection) -> None:
    """Disable the ready-made logins and end their sign-ins: their password is no secret.

    For a site that was tried out as a demonstration and is one no longer.
    """
    found = await tx.execute(queries.SELECT_MADE_BY, {"maker": MAKER.subject})
    now = clock.utc_now()
    for account_id in found.scalars().all():
        await tx.execute(queries.SET_DISABLED, {"account_id": account_id, "at": now})
        await end_sign_ins(tx, account_id, now)
        await audit.record(tx, MAKER, "account.disabled", "account", account_id)


async def _is_known(tx: AsyncConnection, username: str) -> bool:
    """Tell whether a login is there; one that was shut is opened again."""
    found = await tx.execute(queries.SELECT_BY_USERNAME, {"username": username})
    account = found.mappings().first()
    if account is None:
        return False
    if account["disabled_at"] is not None and account["created_by"] == MAKER.subject:
        await tx.execute(queries.SET_DISABLED, {"account_id": account["id"], "at": None})
    return True


async def _put(tx: AsyncConnection, settings: Settings, username: str, kept: str) -> None:
    role = LOGINS[username]
    new = NewAccount(ids.new_id(), username, NAMES[username], standing_of(username, role))
    await administer.create(tx, MAKER, new, kept, one_time=False)
    if rules.needs_second_factor(role):
        sealer = Sealer(settings.sealing_key.get_secret_value())
        secret = settings.demo_totp_secret.get_secret_value()
        await second_factor.store_secret(tx, sealer, new.id, secret)
        confirmed = {"account_id": new.id, "at": clock.utc_now()}
        await tx.execute(queries.CONFIRM_TOTP, confirmed)
