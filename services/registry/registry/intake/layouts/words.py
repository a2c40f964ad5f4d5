"""Codes and words of village files, and what the registry calls them."""

import re
from collections.abc import Mapping

from registry.people.rules import RELATIONS

BETWEEN_WORDS = re.compile(r"[\s/\-_.,]+")
NUMBERED = re.compile(r"(\d{1,2})\s*[.):\-]?\s+\D.*")

SEX: Mapping[str, str] = {
    **dict.fromkeys(("1", "L", "LK", "LAKI LAKI", "LAKI", "LAKILAKI", "PRIA", "M"), "M"),
    **dict.fromkeys(("2", "P", "PR", "PEREMPUAN", "WANITA", "W", "F"), "F"),
}
# Codes of OpenSID, which SIAK shares.
RELATION: Mapping[str, str] = {
    **{str(code): word for code, word in enumerate(RELATIONS, 1)},
    **dict.fromkeys(("KEPALA KELUARGA", "KEPALA RUMAH TANGGA", "KEP KELUARGA", "KEPALA"), "head"),
    "SUAMI": "husband",
    **dict.fromkeys(("ISTRI", "ISTERI"), "wife"),
    **dict.fromkeys(("ISTRI SUAMI", "ISTERI SUAMI", "SUAMI ISTRI", "PASANGAN"), "spouse"),
    **dict.fromkeys(("ANAK", "ANAK KANDUNG", "ANAK TIRI", "ANAK ANGKAT"), "child"),
    "MENANTU": "child_in_law",
    "CUCU": "grandchild",
    **dict.fromkeys(("ORANG TUA", "ORANGTUA", "ORANG TUA MERTUA"), "parent"),
    "MERTUA": "parent_in_law",
    **dict.fromkeys(("FAMILI LAIN", "FAMILI", "KELUARGA LAIN"), "other_family"),
    **dict.fromkeys(("PEMBANTU", "PEMBANTU RUMAH TANGGA", "PEMBANTU SOPIR"), "helper"),
    **dict.fromkeys(("LAINNYA", "LAIN LAIN", "LAIN"), "other"),
}
# The questionnaire of Regsosek 2022 counts otherwise (question 409).
RELATION_REGSOSEK: Mapping[str, str] = {
    **RELATION,
    "1": "head", "2": "spouse", "3": "child", "4": "child_in_law", "5": "grandchild",
    "6": "parent", "7": "helper", "8": "other", "9": "", "10": "", "11": "",
}  # fmt: skip
MARITAL: Mapping[str, str] = {
    **dict.fromkeys(("1", "BELUM KAWIN", "BELUM MENIKAH", "TIDAK KAWIN", "BK"), "single"),
    **dict.fromkeys(
        ("2", "5", "KAWIN", "MENIKAH", "KAWIN NIKAH", "NIKAH", "KAWIN TERCATAT",
         "KAWIN BELUM TERCATAT", "KAWIN TIDAK TERCATAT", "K"), "married",
    ),
    **dict.fromkeys(
        ("3", "CERAI HIDUP", "CERAI HIDUP TERCATAT", "CERAI HIDUP BELUM TERCATAT", "CH"),
        "divorced",
    ),
    **dict.fromkeys(("4", "CERAI MATI", "JANDA MATI", "DUDA MATI", "CM"), "widowed"),
}  # fmt: skip
STATUS: Mapping[str, str] = {
    **dict.fromkeys(("", "1", "HIDUP", "ADA", "AKTIF"), "alive"),
    **dict.fromkeys(("2", "MATI", "MENINGGAL", "MENINGGAL DUNIA", "WAFAT", "ALM"), "dead"),
    **dict.fromkeys(("3", "6", "PINDAH", "PERGI", "PINDAH DATANG"), "moved"),
    **dict.fromkeys(("4", "HILANG"), "missing"),
    **dict.fromkeys(("9", "TIDAK VALID", "INVALID"), "invalid"),
}
# Question 404: whether the member still lives with the family.
STATUS_REGSOSEK: Mapping[str, str] = {
    **STATUS,
    "1": "alive", "2": "dead", "3": "moved", "4": "moved", "5": "alive", "6": "missing", "9": "",
    "TINGGAL BERSAMA KELUARGA": "alive", "ANGGOTA KELUARGA BARU": "alive",
    "TIDAK DITEMUKAN": "missing",
}  # fmt: skip


def word_key(text: str) -> str:
    """Return a code or word as the tables above have it: "1. Kepala Keluarga" is "1"."""
    numbered = NUMBERED.fullmatch(text)
    return numbered[1].lstrip("0") if numbered else _plain(text)


def _plain(text: str) -> str:
    words = BETWEEN_WORDS.sub(" ", text.upper()).strip()
    return words.lstrip("0") or words if words.isdigit() else words
