"""Words that several pages of eligibility show."""

from typing import Any

from common.web.languages import N_
from registry.eligibility.rules import VARIABLES

FOUND = {
    "met": (N_("Terpenuhi"), "good"),
    "not_met": (N_("Tidak terpenuhi"), "bad"),
    "unknown": (N_("Belum diketahui"), "wait"),
}
OUTCOMES = (
    ("eligible", N_("Layak")),
    ("needs_review", N_("Perlu diperiksa")),
    ("ineligible", N_("Tidak layak")),
)
MATRIX = {
    "exclude": (N_("Tidak boleh"), "bad"),
    "allow": (N_("Boleh"), "good"),
    "flag": (N_("Diperiksa petugas"), "wait"),
}
CHANGES = {
    "added": (N_("Ditambah"), "good"),
    "removed": (N_("Dihapus"), "bad"),
    "changed": (N_("Diubah"), "wait"),
    "same": (N_("Tetap"), "plain"),
}
FIELDS = {
    "expression": N_("Rumus"),
    "words_id": N_("Kata-kata (Indonesia)"),
    "words_en": N_("Kata-kata (Inggris)"),
    "evidence_id": N_("Bukti (Indonesia)"),
    "evidence_en": N_("Bukti (Inggris)"),
}
WORDS: dict[str, Any] = {
    "found_words": FOUND,
    "outcome_words": OUTCOMES,
    "variables": VARIABLES,
    "matrix_words": MATRIX,
    "change_words": CHANGES,
    "field_words": FIELDS,
}
