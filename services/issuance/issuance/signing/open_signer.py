"""Find the key that signs now and open it; opened keys are kept for the life of the process."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from common.sealed import Sealer
from issuance.settings import Settings
from issuance.signing import private_keys, queries
from issuance.signing.private_keys import Signer


class NoSigningKey(Exception):
    """No key may sign now: none is active, or this process has no master key."""


class KeyRoom:
    """Where a process that may sign keeps its opened keys."""

    def __init__(self, settings: Settings) -> None:
        if settings.signing_master_key is None:
            raise NoSigningKey("SIGNING_MASTER_KEY is not given to this process")
        self.master = Sealer(settings.signing_master_key.get_secret_value())
        self._opened: dict[str, Signer] = {}

    async def signer(self, tx: AsyncConnection, now: datetime) -> Signer:
        """Return the signer of this moment; raises NoSigningKey, SealBroken."""
        row = await queries.signing_key(tx, now)
        if row is None or row["sealed_private_key"] is None:
            raise NoSigningKey("no active key: python -m issuance.cli keys list")
        if row["kid"] not in self._opened:
            self._opened[row["kid"]] = private_keys.open_signer(
                row["algorithm"], row["kid"], row["sealed_private_key"], self.master
            )
        return self._opened[row["kid"]]
