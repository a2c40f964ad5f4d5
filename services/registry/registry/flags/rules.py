"""What a flag can say, how much it weighs, and who may say it; no database."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.web.languages import N_

PERSON, HOUSEHOLD = "person", "household"
BLOCKING, NOTICE = "blocking", "notice"
REASON_CHARACTERS_MIN = 10
NOTE_CHARACTERS_MAX = 500
SOURCE_CHARACTERS_MAX = 120


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can be wrong: its words, its usual weight, whether people may raise it."""

    words: str
    severity: str
    # What a reader should do about it.
    advice: str
    subjects: frozenset[str] = frozenset({PERSON, HOUSEHOLD})
    by_hand: bool = True
    # The page whose decision clears it; a flag with one is not cleared by hand.
    cleared_at: str = ""


ONE_PERSON = frozenset({PERSON})
ONE_FAMILY = frozenset({HOUSEHOLD})

KINDS: dict[str, Kind] = {
    "dead": Kind(
        N_("Dilaporkan meninggal"),
        BLOCKING,
        N_("Periksa akta kematian atau datangi keluarganya, lalu catat perubahannya."),
        ONE_PERSON,
    ),
    "moved": Kind(
        N_("Dilaporkan pindah"),
        BLOCKING,
        N_("Periksa surat pindah, lalu catat perubahannya."),
    ),
    "not_matched_dukcapil": Kind(
        N_("Tidak padan dengan Dukcapil"),
        NOTICE,
        N_("Cocokkan NIK, nama, dan tanggal lahir dengan KTP atau KK asli."),
        ONE_PERSON,
    ),
    "same_nik_twice": Kind(
        N_("NIK yang sama pada dua orang"),
        BLOCKING,
        N_("Lihat KTP kedua orang itu; salah satu NIK salah ketik."),
        ONE_PERSON,
    ),
    "civil_servant": Kind(
        N_("Aparatur negara"),
        BLOCKING,
        N_("Periksa surat keputusan pengangkatan atau daftar gaji."),
        ONE_PERSON,
    ),
    "other_programme": Kind(
        N_("Menerima program lain"),
        NOTICE,
        N_("Lihat aturan tumpang tindih program itu."),
    ),
    "possible_duplicate": Kind(
        N_("Mungkin tercatat dua kali"),
        NOTICE,
        N_("Bandingkan kedua catatan dan putuskan di halaman Data ganda."),
        ONE_PERSON,
        by_hand=False,
        cleared_at="/matches",
    ),
    "data_conflict": Kind(
        N_("Data bertentangan"),
        NOTICE,
        N_("Tanyakan kepada keluarga atau desa mana yang benar."),
    ),
    "restricted": Kind(
        N_("Pemrosesan dibatasi"),
        BLOCKING,
        N_("Data ini tidak dipakai sampai petugas pelindungan data mencabut pembatasannya."),
        by_hand=False,
    ),
    "empty_household": Kind(
        N_("Keluarga tanpa anggota"),
        NOTICE,
        N_("Semua anggotanya sudah digabungkan ke catatan lain; kartu ini tidak dipakai lagi."),
        ONE_FAMILY,
        by_hand=False,
    ),
    "objection_open": Kind(
        N_("Ada sanggah yang belum dijawab"),
        NOTICE,
        N_("Tunggu jawabannya sebelum keluarga ini dikeluarkan dari daftar."),
        ONE_FAMILY,
        by_hand=False,
        cleared_at="/objections",
    ),
}
SEVERITIES = {
    BLOCKING: (N_("Menahan daftar"), "bad"),
    NOTICE: (N_("Catatan"), "wait"),
}


@dataclass(frozen=True, slots=True)
class NewFlag:
    """A flag to be raised. `severity` is the kind's usual one unless it is given.

    `source` says who says so ("Dukcapil", "Berkas penduduk", a letter), `source_on` when they said
    it. `is_by_hand` is true for a judgement of the caller in person: a blocking one is then
    cleared by someone else.
    """

    subject_kind: str
    subject_id: UUID
    household_id: UUID
    region_code: str
    kind: str
    source: str
    source_on: date
    severity: str | None = None
    note: str | None = None
    import_id: UUID | None = None
    is_by_hand: bool = False
    id: UUID | None = None


def severity_of(flag: NewFlag) -> str:
    """Return how much a flag weighs."""
    return flag.severity or KINDS[flag.kind].severity


def kinds_by_hand(subject_kind: str) -> dict[str, Kind]:
    """Return the kinds that a person may raise on a person or a family."""
    return {
        code: kind for code, kind in KINDS.items() if kind.by_hand and subject_kind in kind.subjects
    }
