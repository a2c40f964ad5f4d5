"""The events about cards: signed, on their way to a family, and what verifiers hear of them."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from common.event import BATCH_MAX, Event


class IssuedCard(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    # The 8 random bytes of the token's cti, hex; the printed number is the same in base32.
    card_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    household_id: UUID
    region_code: str
    kid: str
    status_index: int = Field(ge=0)
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    # common.sealed JSON {"printed_name": str}, context "card:<card_id>".
    sealed: str


class CardsIssuedV1(Event):
    """Cards were signed; each household has at most one that is valid."""

    event_type: ClassVar[str] = "cards.issued.v1"

    batch_id: UUID
    cards: tuple[IssuedCard, ...] = Field(max_length=BATCH_MAX)
    # Cards of before the rule counted from their signature; since then a card counts once it was
    # handed over, which card.status_changed tells.
    counts_at_once: bool = True


class CardStatusChangedV1(Event):
    """A card became usable, blocked or ended. `sequence` of the envelope orders the changes."""

    event_type: ClassVar[str] = "card.status_changed.v1"

    card_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    household_id: UUID
    # "not_active": signed, and not yet in its family's hands.
    status: Literal["valid", "suspended", "revoked", "not_active"]
    reason: str
    changed_at: AwareDatetime


class CardStep(BaseModel):
    """One change of one card."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    card_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    household_id: UUID
    # Of where the step was taken: a desk's, a print shop's, or the card's own.
    region_code: str
    # Counts the card's changes: an older step than what is known says nothing any more.
    version: int = Field(ge=1)
    state: str
    reason: str = ""


class CardsStateChangedV1(Event):
    """Cards went on their way: to the printer, to a desk, to a family, or out of use."""

    event_type: ClassVar[str] = "cards.state_changed.v1"

    changed_at: AwareDatetime
    steps: tuple[CardStep, ...] = Field(max_length=BATCH_MAX)


class CardPinSetV1(Event):
    """A family chose the PIN of its card. Only redemption can open it."""

    event_type: ClassVar[str] = "card.pin_set.v1"

    card_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    household_id: UUID
    # common.sealed_to redemption: JSON {"argon2id": str}, context "card_pin:<card_id>".
    sealed: str
    set_at: AwareDatetime


class CardPinLockedV1(Event):
    """The PIN of a card was typed wrongly too often: it opens nothing until a new one is set."""

    event_type: ClassVar[str] = "card.pin_locked.v1"

    card_id: str = Field(pattern=r"^[0-9a-f]{16}$")
    household_id: UUID
    # Which of the card's PINs it was: the envelope's sequence of its card.pin_set.
    pin_sequence: int = Field(ge=1)
    locked_at: AwareDatetime
