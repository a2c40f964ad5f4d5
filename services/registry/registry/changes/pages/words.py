"""The words for changes: kinds, evidence, and what a plan does, as people read them."""

from typing import Any

from common.web.languages import N_
from registry.changes.words import CORRECTION, KINDS, STATES
from registry.people.words import RELATIONS

EVIDENCE = {
    "death_certificate": N_("Akta atau surat kematian"),
    "move_letter": N_("Surat pindah"),
    "family_card": N_("Kartu Keluarga asli"),
    "marriage_book": N_("Buku atau akta nikah"),
    "divorce_deed": N_("Akta cerai"),
    "village_letter": N_("Surat keterangan desa"),
    "own_statement": N_("Surat pernyataan keluarga"),
    "official_letter": N_("Surat dinas"),
}
STATUSES = {
    "alive": N_("hidup di keluarga ini"),
    "dead": N_("dicatat meninggal"),
    "moved": N_("dicatat pindah"),
    "missing": N_("dicatat hilang"),
}
CARDS = {
    "none": N_("Kartu tetap berlaku."),
    "reissue": N_(
        "Ganti kartu: dibuat atas nama kepala keluarga yang baru. Kartu yang sudah di tangan "
        "keluarga tetap berlaku sampai loket kartu mencetak penggantinya."
    ),
    "revoke": N_("Kartu dicabut dan tidak dapat dipakai lagi."),
}
ACTS = {
    "end": (N_("Berakhir hari ini"), "bad"),
    "suspend": (N_("Ditangguhkan"), "wait"),
    "resume": (N_("Berlaku lagi"), "good"),
}
FAMILIES = {
    "person_died": N_("Keluarga ini"),
    "head_changed": N_("Keluarga ini"),
    "moved_in_province": N_("Keluarga ini pindah"),
    "moved_out": N_("Keluarga ini keluar dari Kalimantan Tengah"),
    "split": N_("Bagian yang tetap memegang kartu dan penetapan"),
    "split_off": N_("Keluarga baru: belum mempunyai kartu, kelayakannya dihitung"),
    "merged": N_("Keluarga ini, dengan anggota yang bergabung"),
    "merged_away": N_("Keluarga yang bergabung: tidak lagi berdiri sendiri"),
    "left": N_("Keluarga ini keluar dari program yang dipilih"),
    "kk_changed": N_("Keluarga ini memakai nomor KK yang baru"),
    "corrected": N_("Dikembalikan seperti sebelum perubahan"),
}
NEEDS_CARD_NOTE = frozenset({"split_off"})
WORDS: dict[str, Any] = {
    "kind_words": {kind: words for kind, (words, _) in KINDS.items()} | {"correction": CORRECTION},
    "kind_hints": {kind: hint for kind, (_, hint) in KINDS.items()},
    "evidence_words": EVIDENCE,
    "state_words": STATES,
    "relation_words": RELATIONS,
    "status_words": STATUSES,
    "card_words": CARDS,
    "act_words": ACTS,
    "family_words": FAMILIES,
}
