"""Words of the system as people read them: states with their colour, roles, who signed in."""

from common.web.languages import N_

# Each state that a thing can have, with the words for it and what it means for the reader:
# good (green), wait (ochre), bad (red), plain (grey).
STATES: dict[str, tuple[str, str]] = {
    "accepted": (N_("Diterima"), "good"),
    "active": (N_("Aktif"), "good"),
    "approved": (N_("Disetujui"), "good"),
    "agreed": (N_("Disepakati"), "good"),
    "at_desk": (N_("Di loket"), "wait"),
    "available": (N_("Tersedia"), "good"),
    "blocked": (N_("Diblokir"), "bad"),
    "cancelled": (N_("Dibatalkan"), "plain"),
    "carried": (N_("Dipindahkan ke masa berikut"), "plain"),
    "checked": (N_("Diperiksa"), "wait"),
    "closed": (N_("Ditutup"), "plain"),
    "committed": (N_("Tersimpan"), "good"),
    "completed": (N_("Selesai"), "good"),
    "conflict": (N_("Bertentangan"), "bad"),
    "disputed": (N_("Disanggah mitra"), "bad"),
    "done": (N_("Selesai"), "good"),
    "draft": (N_("Rancangan"), "plain"),
    "drawn_up": (N_("Disusun"), "wait"),
    "eligible": (N_("Layak"), "good"),
    "expired": (N_("Kedaluwarsa"), "bad"),
    "failed": (N_("Gagal"), "bad"),
    "handed_over": (N_("Diserahkan"), "good"),
    "inactive": (N_("Tidak aktif"), "plain"),
    "ineligible": (N_("Tidak layak"), "bad"),
    "invalid": (N_("Tidak sah"), "bad"),
    "held": (N_("Ditahan"), "bad"),
    "issued": (N_("Diterbitkan"), "good"),
    "lapsed": (N_("Lewat waktu"), "plain"),
    "in_print": (N_("Di percetakan"), "wait"),
    "leased": (N_("Dipinjam terminal"), "wait"),
    "locked": (N_("Terkunci"), "bad"),
    "needs_review": (N_("Perlu diperiksa"), "wait"),
    "new": (N_("Baru"), "plain"),
    "not_active": (N_("Belum diserahkan"), "wait"),
    "open": (N_("Terbuka"), "wait"),
    "ordered": (N_("Dipesan"), "wait"),
    "owed": (N_("Terutang"), "wait"),
    "paid": (N_("Dibayar"), "good"),
    "paying": (N_("Sedang dibayar"), "wait"),
    "payment_failed": (N_("Gagal dibayar"), "bad"),
    "partial": (N_("Sebagian"), "wait"),
    "pending": (N_("Menunggu"), "wait"),
    "planned": (N_("Direncanakan"), "plain"),
    "printed": (N_("Dicetak"), "good"),
    "processing": (N_("Diproses"), "wait"),
    "proposed": (N_("Diusulkan"), "wait"),
    "published": (N_("Diumumkan"), "good"),
    "quarantined": (N_("Ditahan untuk diperiksa"), "bad"),
    "queued": (N_("Dalam antrean"), "wait"),
    "ready": (N_("Siap"), "good"),
    "received": (N_("Sudah sampai"), "wait"),
    "redeemed": (N_("Sudah ditebus"), "good"),
    "refused": (N_("Ditolak"), "bad"),
    "rejected": (N_("Ditolak"), "bad"),
    "replaced": (N_("Diganti"), "plain"),
    "retired": (N_("Tidak dipakai lagi"), "plain"),
    "returned": (N_("Dikembalikan"), "wait"),
    "reversed": (N_("Dibatalkan"), "plain"),
    "revoked": (N_("Dicabut"), "bad"),
    "running": (N_("Berjalan"), "wait"),
    "sent": (N_("Dikirim"), "wait"),
    "settled": (N_("Lunas"), "good"),
    "signed": (N_("Ditandatangani"), "good"),
    "superseded": (N_("Digantikan"), "plain"),
    "suspended": (N_("Ditangguhkan"), "bad"),
    "unknown": (N_("Belum diketahui"), "wait"),
    "uploaded": (N_("Diunggah"), "wait"),
    "valid": (N_("Sah"), "good"),
    "verified": (N_("Diverifikasi"), "good"),
    "withdrawn": (N_("Ditarik kembali"), "plain"),
}

ROLES: dict[str, str] = {
    "village_operator": N_("Operator desa"),
    "regency_verifier": N_("Verifikator kabupaten"),
    "provincial_approver": N_("Penyetuju provinsi"),
    "programme_owner": N_("Pemilik program"),
    "data_steward": N_("Walidata"),
    "protection_officer": N_("Petugas pelindungan data"),
    "card_desk": N_("Loket kartu"),
    "village_companion": N_("Pendamping desa"),
    "print_shop": N_("Percetakan"),
    "partner_admin": N_("Pengelola mitra"),
    "partner_operator": N_("Petugas mitra"),
    "finance": N_("Keuangan"),
    "auditor": N_("Auditor"),
    "administrator": N_("Administrator"),
    "supervisor": N_("Pengawas penyaluran"),
    "integrator": N_("Sistem mitra"),
    "registry_client": N_("Sistem instansi lain"),
}


def state_label(word: str) -> str:
    """Return the words for a state; a word that is not listed is shown as it is."""
    return STATES[word][0] if word in STATES else word.replace("_", " ")


def state_tone(word: str) -> str:
    """Return what a state means for the reader: good, wait, bad or plain."""
    return STATES[word][1] if word in STATES else "plain"


def role_label(role: str) -> str:
    """Return a role as people call it."""
    return ROLES.get(role, role)
