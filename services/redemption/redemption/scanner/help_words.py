"""What the terminal's app says where somebody does not get on: Indonesian, English."""

HELP = {
    "how_to": ("Caranya", "How"),
    "install_how": (
        "Buka menu peramban (⋮), lalu pilih “Tambahkan ke layar utama” atau “Instal aplikasi”.",
        "Open the browser's menu (⋮) and choose “Add to home screen” or “Install app”.",
    ),
    "device_whole": ("Tanpa jaringan", "Without network"),
    "whole_yes": ("siap dipakai", "ready"),
    "whole_no": (
        "pembaca kode masih diunduh: nomor kartu dapat diketik",
        "the reader of codes is still coming: card numbers can be typed",
    ),
    "enrol_not_code": (
        "Ini bukan QR pendaftaran. Minta admin mitra menampilkan QR kodenya.",
        "This is no enrolment code. Ask the partner's admin to show theirs.",
    ),
    "stop_stopped": (
        "Telepon ini tidak boleh melayani lagi",
        "This phone may serve no more",
    ),
    "stop_stopped_do": (
        "Jangan serahkan apa pun dengan telepon ini. Pakai telepon lain atau loket mitra, dan "
        "hubungi admin mitra. Keluarga tetap berhak.",
        "Give nothing with this phone. Use another one or the counter page, and call the "
        "partner's admin. The family keeps its right.",
    ),
    "stop_partner_suspended": (
        "Mitra ini sedang ditangguhkan",
        "This partner is suspended",
    ),
    "stop_partner_suspended_do": (
        "Tidak ada yang dapat diserahkan di sini. Tunjukkan mitra lain yang terdekat, dan hubungi "
        "dinas. Keluarga tetap berhak.",
        "Nothing can be given here. Point to the nearest other partner, and call the office. The "
        "family keeps its right.",
    ),
    "look_again": ("Periksa lagi kartu ini", "Look at this card again"),
    "scan_again": ("Pindai lagi", "Scan again"),
    "slow_network": ("Jaringan lambat. Tunggu sebentar …", "The network is slow. One moment …"),
    "goods_needed": ("Pilih jenis barangnya.", "Choose the kind of goods."),
    "lease_soon": ("Pinjaman hampir habis", "The lease ends soon"),
    "lease_soon_more": (
        "Berlaku s.d. {until}. Perpanjang selagi ada jaringan, agar keluarga berikutnya tetap "
        "pasti.",
        "It stands until {until}. Renew it while there is network, so that the next families are "
        "certain too.",
    ),
    "lease_look": ("Lihat pinjaman", "See the lease"),
    "undo_phone_word": (
        "Tanpa jaringan, siapa yang membatalkan hanya menurut telepon ini: PIN petugas diperiksa "
        "di telepon, bukan di pusat. Pusat mencatatnya begitu.",
        "Without network, who undoes this is this phone's word only: the PIN is looked at on the "
        "phone and not at the centre, which records it so.",
    ),
    "times_wib": ("Semua jam dalam WIB.", "All hours are WIB (UTC+7)."),
}
