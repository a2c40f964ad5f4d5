"""The words of the print pages."""

from common.web.languages import N_

KIND_WORDS = {
    "sheets": (
        N_("Lembar A4"),
        N_("PDF: sepuluh kartu selembar, depan dan belakang, untuk printer sendiri."),
    ),
    "bureau": (
        N_("Percetakan kartu"),
        N_("ZIP: tabel CSV, gambar QR, dan foto, dengan manifes bertanda tangan."),
    ),
}
DUPLEX_WORDS = {
    "long_edge": (N_("Sisi panjang"), N_("Lembar dibalik seperti halaman buku.")),
    "short_edge": (N_("Sisi pendek"), N_("Lembar dibalik seperti kalender dinding.")),
}
AGAIN_WORDS = {
    "printer_jam": N_("Printer macet sebelum ada kartu yang keluar"),
    "wrong_settings": N_("Pengaturan salah; hasil cetak uji sudah dimusnahkan"),
    "file_lost": N_("Berkas hilang sebelum dicetak"),
    "file_damaged": N_("Berkas rusak, tidak dapat dibuka"),
    "": N_("Pertama kali"),
}
# What becomes of one file, as its state on screen: word and tone.
PROGRESS = {
    "queued": (N_("Sedang dibuat"), "wait"),
    "failed": (N_("Gagal dibuat"), "bad"),
    "cancelled": (N_("Dibatalkan"), "plain"),
    "empty": (N_("Tidak ada kartu"), "plain"),
    "to_take": (N_("Siap diunduh"), "good"),
    "to_count": (N_("Menunggu dihitung"), "wait"),
    "on_the_way": (N_("Dalam perjalanan ke loket"), "wait"),
    "arrived": (N_("Sudah di loket"), "good"),
}
STEP_WORDS = {
    "ordered": N_("Dipesan"),
    "signed": N_("Menunggu dicetak"),
    "in_print": N_("Dalam berkas cetak"),
    "printed": N_("Dicetak"),
    "at_desk": N_("Di loket"),
    "handed_over": N_("Diserahkan, sedang diperiksa"),
    "active": N_("Aktif"),
    "blocked": N_("Diblokir"),
}
SHORT_STEP_WORDS = {
    **STEP_WORDS,
    "signed": N_("Menunggu"),
    "in_print": N_("Dalam berkas"),
    "handed_over": N_("Diserahkan"),
}
DONE = {
    "counted": N_("Hitungan tersimpan. Kartu yang rusak, kalau ada, dibuat ulang."),
    "received": N_("Kiriman diterima. Kartu yang hilang, kalau ada, dibuat ulang."),
    "destroyed": N_("Pemusnahan tercatat."),
    "cancelled": N_("Yang belum dibuat sudah dibatalkan. Kartunya menunggu cetakan berikutnya."),
    "retried": N_("Berkas yang gagal sedang dicoba lagi."),
}
