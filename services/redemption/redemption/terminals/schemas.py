"""What a terminal sends and gets about itself."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from redemption.partners.rules import Partner
from redemption.terminals.operators import Operator
from redemption.terminals.wanted import NewTerminal

LABEL_MAX = 60
CODE_MAX = 24
BASE64_MAX = 120
PIN_MAX = 12
UNSENT_MAX = 1_000_000
REASON_MIN, REASON_MAX = 5, 500


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EnrolmentRequest(Strict):
    """A device shows a code, its public key, and that it has the private one."""

    code: str = Field(max_length=CODE_MAX, description="As it was typed or scanned.")
    terminal_id: UUID = Field(description="UUIDv7, made by the device.")
    label: str = Field(min_length=1, max_length=LABEL_MAX)
    algorithm: Literal["ecdsa-p256-sha256", "ed25519"]
    public_key: str = Field(
        max_length=BASE64_MAX, description="Base64: 65 bytes of P-256, or 32 of Ed25519."
    )
    proof: str = Field(
        max_length=BASE64_MAX,
        description='Base64 signature (64 bytes) over "khbs-enrol:" + code + ":" + terminal_id.',
    )

    def wanted(self) -> NewTerminal:
        """Return what is asked for, in the words of the rules."""
        label = " ".join(self.label.split()) or "Terminal"
        return NewTerminal(**{**self.model_dump(), "label": label})


class PartnerOfTerminal(BaseModel):
    id: UUID
    name: str
    kind: str
    region_codes: list[str]
    is_active: bool

    @classmethod
    def of(cls, partner: Partner) -> Self:
        """Return a partner as its terminals know it."""
        return cls(
            id=partner.id,
            name=partner.name,
            kind=partner.kind,
            region_codes=list(partner.region_codes),
            is_active=partner.is_active,
        )


class Enrolled(BaseModel):
    terminal_id: UUID
    partner: PartnerOfTerminal
    server_now: datetime


class OperatorOfTerminal(BaseModel):
    operator_id: UUID
    name: str
    role: str
    needs_full_sign_in: bool
    full_sign_in_until: datetime

    @classmethod
    def of(cls, operator: Operator) -> Self:
        """Return an operator as the sign-in page shows it."""
        return cls(**{name: getattr(operator, name) for name in cls.model_fields})


class TerminalState(BaseModel):
    """What a terminal needs to know before it serves anybody."""

    terminal_id: UUID
    label: str
    partner: PartnerOfTerminal
    operators: list[OperatorOfTerminal]
    server_now: datetime
    trust: dict[str, Any]
    offline_policies: list[dict[str, Any]]
    rule_version: str


class PinRequest(Strict):
    pin: str = Field(max_length=PIN_MAX)


class OperatorSessionRequest(Strict):
    operator_id: UUID
    pin: str = Field(max_length=PIN_MAX)


class OperatorSession(BaseModel):
    token: str
    expires_at: datetime
    name: str
    role: str
