"""What counts as a right PIN, how often one may be wrong, and the form of what is kept."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

ATTEMPTS = 5
# Wrong PINs of any cards at one terminal (or by one person, where there is none) in a while: more
# are not families that forget, and would lock the cards of a whole village.
FAILURES_MAX = 30
FAILURES_WITHIN = timedelta(hours=1)
# argon2id of at most this cost: a message that claims more would keep a counter from working.
MEMORY_KIB_MAX, PASSES_MAX, LANES_MAX = 65_536, 4, 4
KEPT_FORM = re.compile(
    r"\$argon2id\$v=19\$m=(\d{4,6}),t=(\d{1,2}),p=(\d{1,2})\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43,}"
)


@dataclass(frozen=True, slots=True)
class PinAnswer:
    """What a typed PIN came to. `attempts_left` after this one; 0 is locked."""

    word: Literal["ok", "wrong", "locked", "none_set", "paused"]
    attempts_left: int = 0
    # Whether this attempt was a wrong one that counts; a locked card's are not looked at.
    is_failure: bool = field(default=False, compare=False)


def is_kept_form(text: str) -> bool:
    """Tell whether a text is an argon2id hash of a cost that a counter can bear."""
    found = KEPT_FORM.fullmatch(text)
    if found is None:
        return False
    memory, passes, lanes = (int(part) for part in found.groups())
    return memory <= MEMORY_KIB_MAX and passes <= PASSES_MAX and lanes <= LANES_MAX


def after_attempt(is_right: bool, attempts_left: int) -> PinAnswer:
    """Return the answer to an attempt at a card that is not locked."""
    if is_right:
        return PinAnswer("ok", ATTEMPTS)
    left = attempts_left - 1
    return PinAnswer("wrong" if left else "locked", left, is_failure=True)
