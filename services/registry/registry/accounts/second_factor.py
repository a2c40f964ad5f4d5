"""The second factor: time-based codes (RFC 6238), each good once."""

import hmac
from datetime import datetime
from io import BytesIO
from uuid import UUID

import pyotp
import qrcode
from qrcode.image.svg import SvgPathImage
from sqlalchemy.ext.asyncio import AsyncConnection

from common.sealed import Sealer
from registry.accounts import queries

STEP_S = 30
# A phone's clock may be this many steps off, either way.
STEPS_OFF_MAX = 1
ISSUER_NAME = "Kartu Huma Betang"


async def propose_secret(tx: AsyncConnection, sealer: Sealer, account_id: UUID) -> str:
    """Make a new secret for an account that has none in use; return it as base32."""
    secret = pyotp.random_base32()
    await store_secret(tx, sealer, account_id, secret)
    return secret


async def store_secret(tx: AsyncConnection, sealer: Sealer, account_id: UUID, secret: str) -> None:
    """Keep a secret that is not confirmed yet; a confirmed one is never replaced by this."""
    sealed = sealer.seal_text(secret, _place(account_id))
    await tx.execute(queries.SET_TOTP_SECRET, {"account_id": account_id, "secret": sealed})


def opened(sealer: Sealer, account_id: UUID, sealed: bytes) -> str:
    """Return an account's secret as base32."""
    return sealer.open_text(sealed, _place(account_id))


async def use_code(
    tx: AsyncConnection, account_id: UUID, secret: str, code: str, now: datetime
) -> bool:
    """Take a code; False when it is wrong, or was taken before."""
    step = step_of(secret, code, now)
    if step is None:
        return False
    used = await tx.execute(queries.USE_TOTP_STEP, {"account_id": account_id, "step": step})
    return used.rowcount == 1


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is, or None."""
    digits = "".join(character for character in code if character.isascii() and character.isdigit())
    here = int(now.timestamp()) // STEP_S
    maker = pyotp.TOTP(secret, interval=STEP_S)
    found = None
    for step in range(here - STEPS_OFF_MAX, here + STEPS_OFF_MAX + 1):
        if hmac.compare_digest(maker.at(step * STEP_S), digits):
            found = step
    return found


def address_of(secret: str, username: str) -> str:
    """Return what an authenticator app reads from the picture."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(
        name=username, issuer_name=ISSUER_NAME
    )


def picture_of(address: str) -> bytes:
    """Return the QR code of an address as SVG."""
    code = qrcode.QRCode(border=4, image_factory=SvgPathImage)
    code.add_data(address)
    out = BytesIO()
    code.make_image().save(out)
    return out.getvalue()


def _place(account_id: UUID) -> str:
    return f"accounts.totp_secret:{account_id}"
