"""What people may ask about their data (UU 27/2022), in what time, and how it can end."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from common.web.languages import N_

# Articles 30, 32 and 41 say three times twenty-four hours.
ANSWER_WITHIN = timedelta(hours=72)
REASON_CHARACTERS_MIN = 10
TEXT_CHARACTERS_MAX = 500
OLDEST_BIRTH_YEAR = 1900

KINDS = {
    "copy": N_("Salinan data dan siapa yang melihatnya"),
    "correction": N_("Perbaikan data"),
    "restriction": N_("Pembatasan pemrosesan"),
    "objection": N_("Keberatan atas pemrosesan"),
    "erasure": N_("Penghapusan data"),
}
ARTICLES = {
    "copy": "7, 13, 32",
    "correction": "6, 30",
    "restriction": "11, 41",
    "objection": "10",
    "erasure": "8, 43",
}
REQUESTER_ROLES = {
    "self": N_("Yang bersangkutan"),
    "parent": N_("Orang tua atau wali"),
    "proxy": N_("Penerima kuasa"),
}
PROOFS = {
    "ktp": N_("KTP asli"),
    "kk": N_("Kartu Keluarga asli"),
    "birth_certificate": N_("Akta kelahiran"),
    "letter": N_("Surat kuasa dengan KTP pemberi kuasa"),
}
STATES = {
    "open": (N_("Menunggu"), "wait"),
    "done": (N_("Dipenuhi"), "good"),
    "refused": (N_("Ditolak"), "bad"),
}
FIELDS = {
    "name": N_("Nama"),
    "sex": N_("Jenis kelamin (L atau P)"),
    "born_on": N_("Tanggal lahir (tahun-bulan-tanggal)"),
    "birth_place": N_("Tempat lahir"),
    "nik": N_("NIK"),
    "phone": N_("Nomor telepon"),
    "address": N_("Alamat keluarga"),
}
SEXES = {"L": "M", "P": "F", "M": "M", "F": "F"}
# Decided by somebody else than who recorded it: data change, or are gone for ever.
BY_ANOTHER = frozenset({"correction", "erasure"})
SIXTEEN_DIGITS = re.compile(r"\d{16}")
PHONE = re.compile(r"(\+62|0)\d{8,13}")


@dataclass(frozen=True, slots=True)
class Clock:
    """How long there is left to answer a request; negative when it is late."""

    left: timedelta

    @property
    def is_late(self) -> bool:
        """Tell whether the time is over."""
        return self.left < timedelta(0)

    @property
    def hours(self) -> int:
        """Whole hours left, or since when it is late."""
        return int(abs(self.left).total_seconds() // 3600)


def due_at(received_at: datetime) -> datetime:
    """Return until when a request must be answered."""
    return received_at + ANSWER_WITHIN


def clock(due: datetime, now: datetime) -> Clock:
    """Return how much time is left."""
    return Clock(due - now)


def plain(text: str) -> str:
    """Return a text in one line, without a number that says who somebody is."""
    return SIXTEEN_DIGITS.sub("[16 digit]", " ".join(text.split()))[:TEXT_CHARACTERS_MAX]


def corrected_value(field: str, text: str) -> str | None:
    """Return a proposed value as it is kept, or None when the field cannot say that."""
    value = " ".join(text.split())
    if not value or len(value) > TEXT_CHARACTERS_MAX:
        return None
    if field == "sex":
        return SEXES.get(value.upper())
    if field == "nik":
        digits = value.replace(" ", "")
        return digits if SIXTEEN_DIGITS.fullmatch(digits) else None
    if field == "phone":
        digits = re.sub(r"[ -]", "", value)
        return digits if PHONE.fullmatch(digits) else None
    if field == "born_on":
        return _past_day(value)
    return value.upper() if field == "name" else value


def _past_day(text: str) -> str | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day.isoformat() if day.year >= OLDEST_BIRTH_YEAR else None
