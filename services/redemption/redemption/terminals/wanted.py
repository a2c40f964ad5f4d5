"""What a device asks for when it is enrolled, in the words of the rules."""

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from common.problems import Refused


@dataclass(frozen=True, slots=True)
class NewTerminal:
    # As it was typed; the proof speaks of exactly this text.
    code: str
    terminal_id: UUID
    label: str
    algorithm: str
    # Base64, both.
    public_key: str
    proof: str

    @property
    def key(self) -> bytes:
        """Return the raw public key; raises Refused terminal_key_malformed."""
        try:
            return base64.b64decode(self.public_key, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused("terminal_key_malformed") from error
