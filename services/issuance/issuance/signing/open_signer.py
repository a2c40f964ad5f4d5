"""Find the keys that sign now and open them; opened keys are kept for the life of the process."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.sealed import Sealer
from issuance.settings import Settings
from issuance.signing import private_keys, queries
from issuance.signing.pkcs11_keys import device_signer, is_in_device
from issuance.signing.private_keys import NoSigningKey, Signer
from issuance.signing.rules import key_of_all, key_of_place

__all__ = ["KeyRoom", "NoSigningKey", "Signers", "is_in_device"]

log = structlog.get_logger()


class Signers:
    """The keys that may sign in one transaction; none of them is stopped before its end."""

    def __init__(self, room: "KeyRoom", keys: Sequence[RowMapping]) -> None:
        self._room, self._keys = room, keys

    @property
    def regions(self) -> list[str]:
        """The parts of the province whose cards can be signed."""
        return sorted({key["region_code"] for key in self._keys})

    async def of_place(self, region_code: str) -> Signer:
        """Return the signer of the cards of a village; raises NoSigningKey, SealBroken.

        The most specific key that covers it; of several as specific, the youngest.
        """
        key = key_of_place(self._keys, region_code)
        if key is None:
            raise NoSigningKey(f"no active key for {region_code}: issuance.cli keys list")
        return await self._room.opened(key)

    async def for_messages(self, region_code: str) -> AsyncIterator[Signer]:
        """Give the signers of messages about a place: its own first, then every other.

        Messages are checked by those who know all keys, so that one of another part will do where
        the place's own is in a device that is away. Raises NoSigningKey, SealBroken.
        """
        own = key_of_place(self._keys, region_code) or key_of_all(self._keys)
        if own is None:
            raise NoSigningKey("no active key: python -m issuance.cli keys list")
        for key in sorted(self._keys, key=lambda one: one["kid"] != own["kid"]):
            try:
                signer = await self._room.opened(key)
            except NoSigningKey as error:
                log.warning("a key does not open", kid=key["kid"], reason=str(error))
                continue
            yield signer

    async def of_all(self) -> Signer:
        """Return the signer of what belongs to no village; raises NoSigningKey, SealBroken."""
        key = key_of_all(self._keys)
        if key is None:
            raise NoSigningKey("no active key: python -m issuance.cli keys list")
        return await self._room.opened(key)


class KeyRoom:
    """Where a process that may sign keeps its opened keys."""

    def __init__(self, settings: Settings) -> None:
        if settings.signing_master_key is None:
            raise NoSigningKey("SIGNING_MASTER_KEY is not given to this process")
        self.master = Sealer(settings.signing_master_key.get_secret_value())
        self._module = settings.pkcs11_module
        self._pin = settings.pkcs11_pin.get_secret_value()
        self._opened: dict[str, Signer] = {}

    async def signers(self, tx: AsyncConnection, now: datetime) -> Signers:
        """Return the keys of this moment; until the commit none of them is stopped."""
        return Signers(self, await queries.signing_keys_now(tx, now))

    async def signer(self, tx: AsyncConnection, now: datetime) -> Signer:
        """Return the signer of lists and messages; raises NoSigningKey, SealBroken."""
        return await (await self.signers(tx, now)).of_all()

    async def opened(self, key: Mapping[Any, Any]) -> Signer:
        """Return the signer of a key, opened once; raises NoSigningKey, SealBroken."""
        if key["kid"] not in self._opened:
            self._opened[key["kid"]] = await asyncio.to_thread(self._open, key)
        return self._opened[key["kid"]]

    def _open(self, key: Mapping[Any, Any]) -> Signer:
        algorithm, kid = key["algorithm"], key["kid"]
        if key["custody"] == "sealed":
            return private_keys.open_signer(algorithm, kid, key["sealed_private_key"], self.master)
        if not self._module:
            raise NoSigningKey("PKCS11_MODULE is not given to this process")
        return device_signer(algorithm, kid, key["device_uri"], module=self._module, pin=self._pin)
