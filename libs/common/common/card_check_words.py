"""What a verdict on a card is called, in Indonesian and in English."""

OUTCOMES = {
    "valid": ("BERLAKU", "VALID"),
    "refused": ("DITOLAK", "REFUSED"),
    "unknown": ("BELUM PASTI", "UNKNOWN"),
}
REASONS = {
    "malformed": ("bukan kartu sistem ini", "not a card of this system"),
    "wrong_version": ("bentuk kartu belum dikenal", "a form of card that is not known here"),
    "unknown_key": ("ditandatangani dengan kunci yang tidak dikenal", "signed by an unknown key"),
    "wrong_algorithm": ("jenis tanda tangan bukan milik kuncinya", "not its key's algorithm"),
    "bad_signature": ("isinya diubah atau palsu", "changed, or forged"),
    "key_compromised": ("kuncinya bocor; kartu perlu diganti", "its key was stolen: replace it"),
    "key_out_of_validity": ("di luar masa kuncinya", "outside the time of its key"),
    "expired": ("masa berlaku kartu habis", "the card has run out"),
    "not_yet_valid": ("belum mulai berlaku; periksa jam", "not valid yet; check the clock"),
    "suspended": ("kartu diblokir sementara", "the card is blocked"),
    "revoked": ("kartu dicabut", "the card was revoked"),
    "not_active": ("kartu belum diserahkan", "the card was not handed over yet"),
    "trust_expired": ("daftar kunci sudah lewat waktu", "the trust bundle has run out"),
    "list_missing": ("daftar statusnya belum diambil", "its status list was not fetched"),
    "list_older_than_card": ("daftar lebih tua dari kartunya", "the list is older than the card"),
    "list_expired": ("daftar statusnya sudah lewat waktu", "its status list has run out"),
    "delta_expired": ("perubahan terakhir sudah lewat waktu", "the last delta has run out"),
    "list_past_ttl": (
        "daftar status perlu diambil lagi",
        "the status list should be fetched again",
    ),
    "delta_missing": ("perubahan terakhir belum diambil", "the delta was not fetched"),
    "delta_needs_newer_list": (
        "daftar lebih tua dari perubahannya",
        "the list is too old for the delta",
    ),
    "delta_older_than_list": (
        "perubahan lebih tua dari daftarnya",
        "the delta is older than the list",
    ),
}
