"""What must hold for accounts, passwords and sign-ins; nothing here asks a database."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Literal

from common.auth.permissions import APPROVING_ROLES, PARTNER_ROLES, ROLES
from common.regions import PROVINCE, covers

# A letter first: nobody takes a NIK as a user name.
USERNAME = re.compile(r"[a-z][a-z0-9.-]{2,31}")
DISPLAY_NAME_CHARACTERS_MAX = 80
LONG_NUMBER = re.compile(r"\d{16}")

PASSWORD_CHARACTERS_MIN = 12
PASSWORD_CHARACTERS_MAX = 128
PASSWORD_DISTINCT_MIN = 5
# Long enough to pass the rule on length, and among the first that anyone would try.
WELL_KNOWN = ("khbs", "kalteng", "humabetang", "palangkaraya", "indonesia", "password", "qwerty")
# Such a word may be a part of a password when this much else is in it.
BESIDE_WELL_KNOWN_MIN = 8

# A person has ten minutes to take every step; then a working day, with pauses, not over night.
STEPS_MAX = timedelta(minutes=10)
SIGN_IN_MAX = timedelta(hours=10)
SIGN_IN_IDLE_MAX = timedelta(hours=2)

SYSTEM_ROLES = ("integrator", "registry_client")
# Roles that people have; the others are for systems.
PERSON_ROLES = tuple(role for role in ROLES if role not in SYSTEM_ROLES)

Step = Literal["code", "new-password", "enrol", "done"]


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures are free; each further one doubles the wait, up to a bound.

    The bound is low on purpose: whoever fails in another's name must not lock that person out
    for the day. Failures are forgotten one by one as time passes.
    """

    name: str
    free: int
    first_wait_s: int
    longest_wait_s: int
    forgets_one_after_s: int


ACCOUNT_LIMIT = Limit("account", 5, 30, 900, 3600)
CODE_LIMIT = Limit("code", 5, 30, 900, 3600)
# Phones of a whole district can come from one address of their operator.
ADDRESS_LIMIT = Limit("address", 100, 10, 300, 30)

# By each process. A client's secret cannot be guessed (256 bits), so nobody is locked out for
# another's failures; these only bound the work that strangers and broken programs make.
SIGN_INS_PER_MINUTE = 300
CLIENT_FAILURES_PER_MINUTE = 30
SYSTEM_TOKENS_PER_MINUTE = 30


def wait_s(limit: Limit, failures: int) -> int:
    """Return how long nobody may try again after so many failures in a row."""
    if failures < limit.free:
        return 0
    doublings = min(failures - limit.free, 16)
    return min(limit.first_wait_s << doublings, limit.longest_wait_s)


def left_over(limit: Limit, failures: int, passed_s: float) -> tuple[int, float]:
    """Return the failures that are not forgotten yet, and the time that counts for the next."""
    forgotten, rest_s = divmod(max(passed_s, 0.0), limit.forgets_one_after_s)
    return max(failures - int(forgotten), 0), rest_s


def network_of(address: str) -> str:
    """Return what counts as one address: all of it, or the half of IPv6 that a subscriber has."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return found.exploded[:19] if isinstance(found, IPv6Address) else address


def password_fault(password: str, username: str) -> str | None:
    """Return why a password is not good enough ("short", "long", "simple", "known"), or None."""
    lowered = password.lower()
    if len(password) < PASSWORD_CHARACTERS_MIN:
        return "short"
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return "long"
    if len(set(lowered)) < PASSWORD_DISTINCT_MIN or lowered in "0123456789" * 13:
        return "simple"
    for word in (username.lower(), *WELL_KNOWN):
        if word in lowered and len(lowered.replace(word, "")) < BESIDE_WELL_KNOWN_MIN:
            return "known"
    return None


def needs_second_factor(role: str) -> bool:
    """Tell whether a person in this role signs in with a code as well."""
    return role in APPROVING_ROLES


def is_partner_role(role: str) -> bool:
    """Tell whether this role belongs to one partner, and to no region."""
    return role in PARTNER_ROLES


def next_step(
    *, role: str, has_second_factor: bool, used_second_factor: bool, must_change_password: bool
) -> Step:
    """Return what a person who gave the right password has to do next.

    The code comes before a new password: otherwise a stolen password would be enough to set one.
    """
    if has_second_factor and not used_second_factor:
        return "code"
    if must_change_password:
        return "new-password"
    if needs_second_factor(role) and not has_second_factor:
        return "enrol"
    return "done"


def is_in_use(*, expires_at: datetime, active_at: datetime, now: datetime) -> bool:
    """Tell whether a sign-in is neither over nor left alone for too long."""
    return now < expires_at and now - active_at < SIGN_IN_IDLE_MAX


def may_manage(own_regions: Collection[str], regions: Collection[str]) -> bool:
    """Tell whether an administrator of some regions may manage an account of others.

    An account of a partner has no region: it is for those who have the whole province.
    """
    wanted = regions or (PROVINCE,)
    return all(any(covers(own, region) for own in own_regions) for region in wanted)
