"""What a terminal without network may say of a card: the reference for every scanner.

    keeper = Kept(bundle)                    # bundle from common.trust_bundle.verify_bundle
    keeper.take_list(data), keeper.take_delta(data), keeper.take_bundle(data, now)
    verdict = check(text, keeper, now)       # .outcome is "valid", "refused" or "unknown"

Four rules decide what lists, deltas and time are worth:

1. Age takes away the right to say "valid", never the knowledge of a refusal. Past the `exp` of the
   bundle or of the card's list nothing is valid any more; a card last known to be suspended or
   revoked stays refused.
2. Of two statements about a card the younger counts. A delta counts beside the very lists it builds
   on, or younger ones that are not younger than itself. Beside an older list it is not whole: then
   only what it refuses counts.
3. Nothing older is ever taken in the place of what is kept.
4. A list says nothing of a card that was signed after it: a stolen print batch is not valid by a
   list that has not heard of it.

"unknown" is not "valid": what is done then is the programme's low-risk rule, and it is recorded.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from common.card_token import CardRefused, CardToken, verify
from common.status_delta import StatusDelta, StatusDeltaRefused, open_status_delta
from common.status_list import StatusList, StatusListRefused, open_status_list
from common.trust_bundle import TrustBundle, verify_bundle

Outcome = Literal["valid", "refused", "unknown"]
# Stay refusals however old the list is: that a card waits to be handed over passes, these do not.
_STAY = ("revoked", "suspended")
Note = Literal[
    "list_past_ttl",  # still good, and to be fetched again as soon as there is a network
    "delta_missing",
    "delta_expired",  # what it refused stays refused, what it allowed has become unknown
    "delta_needs_newer_list",
    "delta_older_than_list",
]
UnknownReason = Literal[
    "trust_expired", "list_missing", "list_older_than_card", "list_expired", "delta_expired"
]
# A card's moment is that in which its signing began; so long after it, every list knows the card.
SIGNING_TAKES_MAX = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said of a card, why, and since when it cannot be said better.

    `reason` is empty for "valid", for "refused" a word of card_token.CARD_REFUSAL_CODES or a status
    of status_list.NAMES, for "unknown" one of UnknownReason; `since` is set for "unknown".
    """

    outcome: Outcome
    reason: str = ""
    since: datetime | None = None
    token: CardToken | None = None
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class Kept:
    """What a terminal keeps between two contacts: all of it signed, none of it ever goes back."""

    bundle: TrustBundle
    lists: dict[str, StatusList] = field(default_factory=dict)
    delta: StatusDelta | None = None
    _list_files: dict[str, bytes] = field(default_factory=dict, repr=False)
    _delta_file: bytes = field(default=b"", repr=False)

    def take_bundle(self, data: bytes, now: datetime) -> bool:
        """Go by a newer bundle; tell whether it is new. Raises BundleRefused.

        Lists and delta are looked at again: what was signed under a key that is not trusted any
        more is forgotten.
        """
        newer = verify_bundle(data, self.bundle.roots, now, known=self.bundle)
        if newer.sha256 == self.bundle.sha256:
            return False
        list_files, delta_file = self._list_files, self._delta_file
        self.bundle, self.lists, self.delta = newer, {}, None
        self._list_files, self._delta_file = {}, b""
        for file in list_files.values():
            with suppress(StatusListRefused):
                self.take_list(file)
        with suppress(StatusDeltaRefused):
            self.take_delta(delta_file)
        return True

    def take_list(self, data: bytes) -> bool:
        """Keep a list unless a younger one is kept; tell whether. Raises StatusListRefused."""
        found = open_status_list(data, self.bundle.ring)
        kept = self.lists.get(found.uri)
        if kept is not None and found.issued_at < kept.issued_at:
            return False
        self.lists[found.uri], self._list_files[found.uri] = found, data
        return True

    def take_delta(self, data: bytes) -> bool:
        """Keep a delta unless a younger one is kept; tell whether. Raises StatusDeltaRefused."""
        found = open_status_delta(data, self.bundle.ring, uri=self.bundle.delta_uri)
        if self.delta is not None and found.issued_at < self.delta.issued_at:
            return False
        self.delta, self._delta_file = found, data
        return True

    def not_before(self) -> datetime:
        """Return the moment of the youngest statement: a clock that shows less is wrong."""
        moments = [self.bundle.issued_at, *(one.issued_at for one in self.lists.values())]
        return max(moments + ([self.delta.issued_at] if self.delta else []))


def check(text: str, kept: Kept, now: datetime) -> Verdict:
    """Return what may be said of a scanned text with what is kept and no network."""
    bundle, now = kept.bundle, max(now, kept.not_before())
    is_old = now >= bundle.expires_at
    try:
        token = verify(text, bundle.ring, now)
    except CardRefused as refusal:
        # A key made since is not known to an old bundle, and that is no fault of the card.
        if is_old and refusal.code == "unknown_key":
            return Verdict("unknown", "trust_expired", bundle.expires_at)
        return Verdict("refused", refusal.code)
    verdict = _by_status(token, kept, now)
    if is_old and verdict.outcome == "valid":
        return Verdict("unknown", "trust_expired", bundle.expires_at, token, verdict.notes)
    return verdict


def _by_status(token: CardToken, kept: Kept, now: datetime) -> Verdict:
    found, delta = kept.lists.get(token.status.uri), kept.delta
    if found is None:
        return Verdict("unknown", "list_missing", kept.bundle.issued_at, token)
    notes: list[Note] = [] if now < found.issued_at + found.ttl else ["list_past_ttl"]
    listed = found.status(token.status.index)
    said = _by_delta(token, kept, found, notes)
    status = listed if said is None else said
    if status in _STAY:
        return Verdict("refused", status, token=token, notes=tuple(notes))
    if now >= found.expires_at:
        return Verdict("unknown", "list_expired", found.expires_at, token, tuple(notes))
    if said is None and status == "valid" and not _knows(found, token):
        return Verdict("unknown", "list_older_than_card", found.issued_at, token, tuple(notes))
    if status != listed and delta and now >= delta.expires_at:
        notes.append("delta_expired")
        return Verdict("unknown", "delta_expired", delta.expires_at, token, tuple(notes))
    if status == "valid":
        return Verdict("valid", token=token, notes=tuple(notes))
    return Verdict("refused", status, token=token, notes=tuple(notes))


def _knows(found: StatusList, token: CardToken) -> bool:
    return found.issued_at >= token.issued_at + SIGNING_TAKES_MAX


def _by_delta(token: CardToken, kept: Kept, found: StatusList, notes: list[Note]) -> str | None:
    """Return what the delta says of the card, where it may say something beside this list."""
    delta = kept.delta
    if delta is None:
        notes.append("delta_missing")
        return None
    number = next((n for n, uri in kept.bundle.lists.items() if uri == found.uri), None)
    if number is None or delta.issued_at < found.issued_at:
        notes.append("delta_older_than_list")
        return None
    said = delta.entry(number, token.status.index)
    base = delta.base.get(number)
    if base is None or base > found.issued_at:
        notes.append("delta_needs_newer_list")
        return said if said in _STAY else None
    return said
