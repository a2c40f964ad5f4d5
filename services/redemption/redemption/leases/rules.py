"""Rights set aside for one terminal: who may redeem them, until when, and which may be asked for.

Pure. The row of the right says for whom it is set aside, so that two terminals can never hold the
same one. Past its hour a lease means nothing, whether or not anybody has tidied it away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from common.regions import covers

# A week, as policies say.
HOURS_MAX = 168
# A lease is one village's or one school's; with more than this it would not fit a cheap phone.
FAMILIES_MAX = 2_000
# What one terminal holds at once, and whom it is told of in a day: enough for the largest point,
# and not the names of a district for whoever finds a telephone with somebody signed in on it.
HELD_MAX = 2 * FAMILIES_MAX
TOLD_MAX = 5 * FAMILIES_MAX
TOLD_WITHIN = timedelta(days=1)
# What was given under a lease that is over is taken to be owed when it arrives this soon after it;
# later ones wait for a person. Nobody can gather old leases and be paid for lines made up since.
OWED_WITHIN = timedelta(days=7)
REGIONS_MAX = 20
CARD_ENDS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Lease:
    """What a terminal holds, or held."""

    id: UUID
    terminal_id: UUID
    partner_id: UUID
    taken_at: datetime
    expires_at: datetime
    # Given back by the terminal, or taken from it by a person, before its hour.
    ended_at: datetime | None = None

    @property
    def until(self) -> datetime:
        """When it stopped, or will stop, to mean anything."""
        return min(self.expires_at, self.ended_at or self.expires_at)

    def stands(self, at: datetime) -> bool:
        """Tell whether it still means something; at its very hour it does not."""
        return at < self.until


@dataclass(frozen=True, slots=True)
class Holding:
    """How many families a terminal's leases hold now, and of how many it was told in a day."""

    held: int
    told: int

    def why_not(self, families: int) -> tuple[str, int] | None:
        """Return why so many families more are too many, with the limit; None when they are not."""
        if self.held + families > HELD_MAX:
            return "lease_holds_enough", HELD_MAX
        return ("lease_told_enough", TOLD_MAX) if self.told + families > TOLD_MAX else None


@dataclass(frozen=True, slots=True)
class SetAside:
    """What the row of a right says about its lease; all None where there is none."""

    lease_id: UUID | None = None
    terminal_id: UUID | None = None
    until: datetime | None = None

    def holder(self, at: datetime) -> UUID | None:
        """Return the terminal for which the right is set aside at this moment, or None."""
        return self.terminal_id if self.until is not None and at < self.until else None


def may_redeem(right: SetAside, terminal_id: UUID | None, at: datetime) -> bool:
    """Tell whether a terminal (None: a counter without one) may redeem a right at this moment."""
    return right.holder(at) in (None, terminal_id)


def expiry(taken_at: datetime, hours: int, hours_max: int) -> datetime:
    """Return until when a lease stands that is asked for so many hours."""
    return taken_at + timedelta(hours=max(1, min(hours, hours_max, HOURS_MAX)))


def regions_within(asked: Sequence[str], served: Sequence[str]) -> tuple[str, ...]:
    """Return the regions that were asked for, without those that lie in another; () when the
    partner does not serve one of them."""
    if not all(any(covers(scope, one) for scope in served) for one in asked):
        return ()
    wide = [one for one in asked if not any(covers(other, one) for other in asked if other != one)]
    return tuple(sorted(set(wide)))


def ends_asked(text: str) -> tuple[str, ...]:
    """Return the last characters of card numbers that a lease is limited to; () means all."""
    return tuple(sorted(set(text.upper()) & set(CARD_ENDS)))
