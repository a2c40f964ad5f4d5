"""What people are told of a card: where it is, why it ended, and what the family can do."""

from common.regions import all_regions, place_of
from common.web.languages import N_

# By state: where the card is, what the family is told to do, and what it means for the reader.
WAYS: dict[str, tuple[str, str, str]] = {
    "ordered": (
        N_("Dipesan %(day)s."),
        N_("Kartu sedang dibuat. Belum ada yang perlu dilakukan."),
        "wait",
    ),
    "signed": (
        N_("Dibuat %(day)s, menunggu dicetak."),
        N_("Belum ada yang perlu dilakukan."),
        "wait",
    ),
    "in_print": (
        N_("Di percetakan sejak %(day)s."),
        N_("Belum ada yang perlu dilakukan."),
        "wait",
    ),
    "printed": (
        N_("Dicetak %(day)s, sedang dikirim ke loket."),
        N_("Loket atau pendamping desa akan memberi tahu saat kartu dapat diambil."),
        "wait",
    ),
    "at_desk": (
        N_("Di loket %(where)s sejak %(day)s."),
        N_("Kartu dapat diambil di sana, atau dibawa pendamping desa. Bawa KK dan KTP."),
        "wait",
    ),
    "handed_over": (
        N_("Diserahkan %(day)s di %(where)s, penyerahannya sedang diperiksa."),
        N_(
            "Kartu dapat dipakai setelah diperiksa. Jika keluarga tidak menerimanya, "
            "hubungi loket kartu sekarang juga."
        ),
        "wait",
    ),
    "active": (
        N_("Sudah diserahkan kepada keluarga, dapat dipakai sejak %(day)s."),
        N_("Jika keluarga tidak merasa menerimanya, hubungi loket kartu sekarang juga."),
        "good",
    ),
    "blocked": (
        N_("Diblokir %(day)s."),
        N_("Kartu tidak dapat dipakai. Keluarga menghubungi loket kartu."),
        "bad",
    ),
    "replaced": (
        N_("Diganti dengan kartu baru %(day)s."),
        N_("Kartu lama tidak berlaku."),
        "plain",
    ),
    "revoked": (
        N_("Dicabut %(day)s."),
        N_("Jika keluarga masih berhak, tanyakan ke loket kartu."),
        "bad",
    ),
    "expired": (
        N_("Masa berlakunya habis %(day)s."),
        N_("Minta kartu baru di loket kartu."),
        "bad",
    ),
}

REASONS: dict[str, str] = {
    "lost": N_("Hilang"),
    "stolen": N_("Dicuri"),
    "damaged": N_("Rusak"),
    "suspected_misuse": N_("Diduga disalahgunakan"),
    "family_asked": N_("Permintaan keluarga"),
    "name_changed": N_("Nama kepala keluarga berubah"),
    "printing_fault": N_("Salah cetak"),
    "family_left": N_("Keluarga pindah dari Kalimantan Tengah"),
    "moved_in_province": N_("Keluarga pindah ke desa lain"),
    "key_compromised": N_("Kunci kartu tidak aman lagi"),
    "moved_out": N_("Keluarga pindah dari Kalimantan Tengah"),
    "merged_away": N_("Keluarga bergabung dengan keluarga lain"),
    "issued_in_error": N_("Diterbitkan karena kesalahan"),
    "died_without_family": N_("Meninggal tanpa ahli waris"),
    "person_died": N_("Semua anggota keluarga meninggal"),
    "enrolment_suspended": N_("Penetapan ditangguhkan oleh dinas"),
    "enrolment_ended": N_("Penetapan berakhir"),
}


def where(code: str) -> str:
    """Return a place as people here say it: "Kecamatan Kumai, Kabupaten Kotawaringin Barat"."""
    region = all_regions().get(code)
    name = place_of(code)
    return f"Kecamatan {name}" if region and region.level == "district" else name
