"""What a terminal's code, an operator's PIN and their limits are."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid5

from common.card_number import ALPHABET, check_character
from common.problems import Refused

CODE_CHARACTERS = 8
CODE_LIFE = timedelta(minutes=30)
_READ_AS = str.maketrans("OIL", "011", " -._\t\r\n\u00a0\u2010\u2011\u2013")
# Wrong codes in one window: from one address (a market's phones share one), and by everybody. With
# 32^8 codes and some hundred waiting, the second makes a lucky guess a matter of 10,000 years.
ATTEMPTS_WINDOW = timedelta(minutes=15)
ADDRESS_ATTEMPTS_MAX = 20
ALL_ATTEMPTS_MAX = 1000

PIN_TRIES = 5
PIN_FORM = re.compile(r"[0-9]{6}")
SESSION_LIFE = timedelta(hours=12)
FULL_SIGN_IN_LIFE = timedelta(days=30)
# A PIN is set by somebody who gave the password a moment ago: time to choose one, not to leave.
FULL_SIGN_IN_FRESH = timedelta(minutes=15)
OPERATOR_ROLES = frozenset({"partner_admin", "partner_operator"})
# What binds a partner as a whole is done by somebody who has signed in fully, not with a PIN.
NOT_BY_PIN = frozenset({"terminals.manage", "settlement.agree", "distributions.sign"})
# What a terminal may ask for by itself, while nobody has signed in on it.
DEVICE_PERMISSIONS = frozenset({"terminals.use"})
_OPERATORS = UUID("01930000-0000-7000-8000-00000000000f")


@dataclass(frozen=True, slots=True)
class Terminal:
    id: UUID
    partner_id: UUID
    label: str
    algorithm: str
    public_key: bytes
    enrolled_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_revoked(self) -> bool:
        """Whether it may do nothing any more."""
        return self.revoked_at is not None


def new_code() -> str:
    """Return a new enrolment code, "XXXXX-XXXX": eight random characters and their check."""
    plain = "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARACTERS))
    plain += check_character(plain)
    return f"{plain[:5]}-{plain[5:]}"


def read_code(text: str) -> str:
    """Return the nine characters of a typed code; raises Refused enrolment_code_mistyped.

    Lower case, spaces and hyphens anywhere, O for 0 and I or L for 1 are understood.
    """
    plain = text.upper().translate(_READ_AS)
    is_form = len(plain) == CODE_CHARACTERS + 1 and all(letter in ALPHABET for letter in plain)
    if not is_form or check_character(plain[:-1]) != plain[-1]:
        raise Refused("enrolment_code_mistyped")
    return plain


def enrolment_proof(code: str, terminal_id: UUID) -> bytes:
    """Return what a device signs to show that it has the key; the code as it was typed."""
    return f"khbs-enrol:{code}:{terminal_id}".encode()


def operator_id_of(subject: str) -> UUID:
    """Return the id of an operator: the account's own where it is a UUID, else one made of it."""
    try:
        return UUID(subject)
    except ValueError:
        return uuid5(_OPERATORS, subject)


def demand_good_pin(pin: str) -> None:
    """Refuse a PIN that has another form, or that anybody would try first."""
    if not PIN_FORM.fullmatch(pin):
        raise Refused("pin_malformed")
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    is_pair = pin in {pin[:2] * 3, pin[:3] * 2}
    if is_pair or (len(steps) == 1 and steps <= {0, 1, -1}):
        raise Refused("pin_too_simple")


def needs_full_sign_in(full_sign_in_at: datetime, tries_left: int, now: datetime) -> bool:
    """Tell whether a PIN is not enough now: it is locked, or the last full sign-in is too old."""
    return tries_left == 0 or now >= full_sign_in_at + FULL_SIGN_IN_LIFE


def permissions_by_pin(permissions: Iterable[str]) -> frozenset[str]:
    """Return what somebody may do who signed in on a terminal with a PIN."""
    return frozenset(permissions) - NOT_BY_PIN
