"""Whose journal it is, and which cards its lines name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.problems import Refused
from redemption.cards.identify import TrustedKeys, identify, identify_again
from redemption.partners.rules import Partner
from redemption.policies.rules import LEASE_HOURS_MAX

# A card that ran out, or whose key did, since the longest lease began was good when it was shown.
SINCE_THEN = timedelta(hours=LEASE_HOURS_MAX)
RAN_OUT = frozenset({"card_expired", "card_must_be_replaced"})


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose journal it is: a terminal, its partner, and who could ever sign in on it."""

    terminal_id: UUID
    partner: Partner
    operators: Mapping[UUID, tuple[str, str]]

    def as_principal(self, operator: UUID) -> Principal:
        """Return who wrote a line, as one who acts; without a subject where nobody is known."""
        subject, name = self.operators.get(operator, ("", ""))
        return Principal(
            subject=subject,
            name=name,
            roles=frozenset(),
            permissions=frozenset(),
            partner_id=self.partner.id,
            terminal_id=self.terminal_id,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """The card of a line: which one, and why it is none (`fault`) or counts no more (`past`)."""

    card_id: str | None
    reading: str
    fault: str | None = None
    past: str | None = None


async def see(tx: AsyncConnection, trusted: TrustedKeys, text: str, at: datetime) -> Shown:
    """Return which card a line names; its signature is checked where the QR was read."""
    try:
        presented = await identify(tx, trusted, text, at)
    except Refused as refusal:
        if refusal.code not in RAN_OUT:
            return Shown(None, "scanned", fault=refusal.code)
        past = refusal.code
    else:
        return Shown(presented.card_id, presented.reading)
    try:
        presented = identify_again(trusted, text, at - SINCE_THEN)
    except Refused as refusal:
        return Shown(None, "scanned", fault=refusal.code)
    return Shown(presented.card_id, presented.reading, past=past)
