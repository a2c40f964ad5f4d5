"""Who may be given a card, what is held for checking, and what looks odd. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from common.problems import Refused

COLLECTORS = ("head", "family_member", "representative")
RELATIONS = (
    "spouse",
    "child",
    "parent",
    "sibling",
    "other_family",
    "neighbour",
    "village_staff",
    "other",
)
FAMILY_RELATIONS = RELATIONS[:5]
DOCUMENTS = ("ktp", "kk", "surat_kuasa", "ktp_and_surat_kuasa", "none_known_personally")
# A representative must show that the family sent him: Civil Code art. 1793 lets a mandate be
# written or spoken, and a card for a family's aid is not given on a spoken one.
MANDATES = frozenset({"surat_kuasa", "ktp_and_surat_kuasa"})
HOLD_REASONS = ("collects_for_many", "collector_is_staff")
FLAGS = ("many_at_once", "far_away", "odd_hour", "odd_clock")

NAME_CHARACTERS_MAX = 100
SIGNATURE_BYTES_MAX = 16 * 1024
PHOTO_BYTES_MAX = 256 * 1024
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# Lines drawn by a finger: move to, line to, numbers. Nothing that a browser could run.
PATH = re.compile(rb"[ML0-9 .,-]+")
NIK = re.compile(r"\d{16}")
WIB = timezone(timedelta(hours=7))


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is held or flagged; one place, so that an office can change them."""

    # Companions who collected many families' cards, and their PINs, drew their money
    # (Tangerang 2018-19: 3,600 families; detik d-5668594). Two are a neighbour's favour.
    families_per_collector: int = 2
    collector_window: timedelta = timedelta(days=30)
    # Reading a document and noting it takes the desk half a minute a family.
    per_minute: int = 3
    # A village of Kalimantan Tengah is 98 km2 on average (153,565 km2, 1,571 villages): its far
    # ends are about ten kilometres apart.
    far_km: float = 15.0
    neighbours_needed: int = 3
    # Nobody goes from house to house between nine at night and five in the morning.
    night_from_hour: int = 21
    night_to_hour: int = 5
    clock_ahead: timedelta = timedelta(minutes=10)


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Position:
    """Where it was, as coarse as it is kept: degrees with two digits."""

    latitude: float
    longitude: float
    accuracy_m: int

    @classmethod
    def coarse(cls, latitude: float, longitude: float, accuracy_m: float) -> "Position":
        """Round a device's position to about a kilometre."""
        # Zero stays zero without a sign: the same place has the same text.
        return cls(round(latitude, 2) + 0.0, round(longitude, 2) + 0.0, round(accuracy_m))


def check_collector(collector: str, relation: str, name: str, nik: str, document: str) -> None:
    """Refuse an unfinished word about who took the card.

    Raises Refused: collector_unknown, relation_missing, collector_name_missing,
    collector_nik_wrong, document_missing, mandate_missing.
    """
    if collector not in COLLECTORS:
        raise Refused("collector_unknown")
    if document not in DOCUMENTS:
        raise Refused("document_missing")
    if collector == "head":
        return
    known = FAMILY_RELATIONS if collector == "family_member" else RELATIONS
    if relation not in known:
        raise Refused("relation_missing")
    if not name.strip() or len(name) > NAME_CHARACTERS_MAX:
        raise Refused("collector_name_missing")
    if collector == "representative":
        if not NIK.fullmatch(nik):
            raise Refused("collector_nik_wrong")
        if document not in MANDATES:
            raise Refused("mandate_missing")


def check_pictures(signature: bytes, photo: bytes) -> None:
    """Refuse a signature that is no PNG or drawn path, a photo that is no PNG or JPEG, and both
    when they are too large; raises Refused: signature_wrong, photo_wrong."""
    drawn = signature.startswith(PNG) or PATH.fullmatch(signature)
    if signature and (len(signature) > SIGNATURE_BYTES_MAX or not drawn):
        raise Refused("signature_wrong", limit_kb=SIGNATURE_BYTES_MAX // 1024)
    if photo and (len(photo) > PHOTO_BYTES_MAX or not photo.startswith((PNG, JPEG))):
        raise Refused("photo_wrong", limit_kb=PHOTO_BYTES_MAX // 1024)


def hold_reason(others: int, *, is_staff: bool, limits: Limits = LIMITS) -> str | None:
    """Return why a representative's hand-over does not count yet, or None.

    `others` are further families for whom the same person collected within the window.
    """
    if is_staff:
        return "collector_is_staff"
    return "collects_for_many" if others >= limits.families_per_collector else None


def kilometres(one: Position, other: Position) -> float:
    """Return the distance on the ground; flat earth is exact enough at these scales."""
    middle = math.radians((one.latitude + other.latitude) / 2)
    north = (one.latitude - other.latitude) * 111.2
    east = (one.longitude - other.longitude) * 111.2 * math.cos(middle)
    return math.hypot(north, east)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known when a hand-over is looked at."""

    handed_at: datetime
    now: datetime
    issued_at: datetime
    in_this_minute: int
    position: Position | None
    others_here: Sequence[Position]


def flags_of(what: Circumstances, limits: Limits = LIMITS) -> dict[str, int]:
    """Return what looks odd, with what was measured; it stops nothing."""
    found: dict[str, int] = {}
    if what.in_this_minute > limits.per_minute:
        found["many_at_once"] = what.in_this_minute
    away = _away(what, limits)
    if away > limits.far_km:
        found["far_away"] = round(away)
    hour = what.handed_at.astimezone(WIB).hour
    if hour >= limits.night_from_hour or hour < limits.night_to_hour:
        found["odd_hour"] = hour
    ahead = what.handed_at - what.now
    if ahead > limits.clock_ahead or what.handed_at < what.issued_at:
        found["odd_clock"] = round(ahead.total_seconds() / 3600)
    return found


def _away(what: Circumstances, limits: Limits) -> float:
    """Return the kilometres from the middle of where the village's others were given."""
    if what.position is None or len(what.others_here) < limits.neighbours_needed:
        return 0.0
    latitudes = sorted(one.latitude for one in what.others_here)
    longitudes = sorted(one.longitude for one in what.others_here)
    place = len(what.others_here) // 2
    # The median: one wrong position does not move it.
    return kilometres(what.position, Position(latitudes[place], longitudes[place], 0))
