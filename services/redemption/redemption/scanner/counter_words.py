"""What the terminal's app says while a family is served: Indonesian, English."""

COUNTER = {
    "scan_title": ("Pindai kartu", "Scan the card"),
    "type_title": ("Atau ketik nomornya", "Or type its number"),
    "card_number": ("Nomor kartu", "Card number"),
    "card_number_hint": (
        "14 huruf dan angka di bagian depan kartu.",
        "14 letters and digits on the front of the card.",
    ),
    "number_short": (
        "Nomor kartu terdiri atas 14 huruf dan angka.",
        "A card number has 14 letters and digits.",
    ),
    "number_mistyped": (
        "Nomor ini salah ketik. Periksa setiap huruf dan angka.",
        "This number is mistyped. Check every letter and digit.",
    ),
    "check_card": ("Periksa kartu", "Check the card"),
    "card_looking": ("Memeriksa kartu …", "Checking the card …"),
    "camera_picture": ("Gambar kamera", "Camera picture"),
    "camera_starting": ("Menyalakan kamera …", "Starting the camera …"),
    "camera_watching": (
        "Arahkan ke kode di belakang kartu.",
        "Point it at the code on the back of the card.",
    ),
    "camera_slow": (
        "Belum terbaca. Dekatkan, ratakan, hindari pantulan cahaya, atau ketik nomornya.",
        "Not read yet. Go closer, hold it flat, avoid glare, or type the number.",
    ),
    "camera_denied": (
        "Kamera tidak diizinkan. Izinkan di peramban, ambil foto, atau ketik nomornya.",
        "The camera is not allowed. Allow it, take a photo, or type the number.",
    ),
    "camera_none": (
        "Kamera tidak ditemukan. Ambil foto, atau ketik nomornya.",
        "No camera found. Take a photo, or type the number.",
    ),
    "torch": ("Lampu", "Light"),
    "photo": ("Ambil foto", "Take a photo"),
    "photo_reading": ("Membaca foto …", "Reading the photo …"),
    "photo_nothing": (
        "Tidak ada kode di foto ini. Foto lebih dekat dan lebih terang.",
        "No code in this photo. Take it closer and brighter.",
    ),
    # ---- the card
    "card_valid": ("Kartu sah", "Card is valid"),
    "card_valid_online": ("Diperiksa di pusat.", "Checked at the centre."),
    "card_leased": ("Kartu sah, hak disisihkan", "Card is valid, rights set aside"),
    "card_set_aside": (
        "Haknya disisihkan, kartunya belum dipastikan",
        "Rights set aside, card not confirmed",
    ),
    "card_leased_more": (
        "Keluarga ini dalam pinjaman telepon ini s.d. {until}.",
        "This family is in this phone's lease until {until}.",
    ),
    "card_used": ("Sudah diambil", "Already collected"),
    "card_used_more": (
        "Semua hak keluarga ini sudah diserahkan di telepon ini.",
        "All rights of this family were given on this phone.",
    ),
    "card_typed": (
        "Nomor diketik: cocokkan nama dengan KTP sebelum menyerahkan.",
        "The number was typed: compare the name with the identity card first.",
    ),
    "card_unsure": ("Belum pasti", "Not yet certain"),
    "card_unsure_more": (
        "Kartunya asli, tetapi keluarga ini tidak dalam pinjaman. Pusat baru memutuskan "
        "saat catatan terkirim.",
        "The card is genuine, but this family is not in the lease. The centre decides "
        "when the journal is sent.",
    ),
    "unknown_trust_expired": (
        "Daftar kunci lewat waktu sejak {since}.",
        "The list of keys ran out on {since}.",
    ),
    "unknown_list_missing": (
        "Daftar status kartu ini belum ada di telepon.",
        "This card's status list is not on this phone.",
    ),
    "unknown_list_older_than_card": (
        "Kartu ini lebih baru dari daftar di telepon ({since}).",
        "This card is newer than the list on this phone ({since}).",
    ),
    "unknown_list_expired": (
        "Daftar status lewat waktu sejak {since}: kartu mungkin sudah diblokir.",
        "The status list ran out on {since}: the card may have been blocked.",
    ),
    "unknown_delta_expired": (
        "Perubahan status lewat waktu sejak {since}.",
        "The status changes ran out on {since}.",
    ),
    "unknown_other": (
        "Status kartu ini tidak dapat dipastikan tanpa jaringan.",
        "This card's status cannot be known without network.",
    ),
    "refused_offline": (
        "Diputuskan tanpa jaringan, dengan daftar dari {at}.",
        "Decided without network, with the lists of {at}.",
    ),
    "stop_clock_back": ("Jam telepon mundur", "The clock was set back"),
    "stop_clock_back_do": (
        "Betulkan jam telepon atau sambungkan ke jaringan, lalu pindai lagi. "
        "Keluarga tetap berhak.",
        "Set the clock right or connect, then scan again. The family keeps its right.",
    ),
    "stop_trust_expired": ("Daftar kunci sudah lewat waktu", "The list of keys has run out"),
    "stop_trust_expired_do": (
        "Tanpa jaringan telepon ini tidak boleh menyatakan kartu sah. Sambungkan sebentar, "
        "lalu pindai lagi. Keluarga tetap berhak.",
        "Without network this phone may not call a card valid. Connect for a moment, then "
        "scan again. The family keeps its right.",
    ),
    "stop_lease_over": ("Pinjaman sudah habis", "The lease is over"),
    "stop_lease_over_do": (
        "Nomor yang diketik hanya cukup selama pinjaman berlaku. Pindai kodenya, atau "
        "sambungkan dan perpanjang pinjaman.",
        "A typed number is enough only while the lease stands. Scan the code, or connect "
        "and renew the lease.",
    ),
    "stop_typed_outside": (
        "Keluarga ini tidak dalam pinjaman",
        "This family is not in the lease",
    ),
    "stop_typed_outside_do": (
        "Di luar pinjaman, nomor yang diketik tidak cukup. Pindai kode kartunya, atau tunggu "
        "jaringan. Keluarga tetap berhak.",
        "Outside of the lease a typed number is not enough. Scan the card's code, or wait "
        "for network. The family keeps its right.",
    ),
    "stop_unknown_outside": ("Belum dapat dipastikan", "Cannot be told yet"),
    "stop_unknown_outside_do": (
        "Keluarga ini tidak dalam pinjaman dan kartunya belum pasti. Sambungkan ke jaringan, "
        "lalu pindai lagi. Keluarga tetap berhak.",
        "This family is not in the lease and its card is not certain. Connect, then scan "
        "again. The family keeps its right.",
    ),
    "printed_name": ("Nama pada kartu", "Name on the card"),
    "name_on_card_only": (
        "Cocokkan nama yang tercetak di kartu dengan KTP.",
        "Compare the name printed on the card with the identity card.",
    ),
    "what_to_give": ("Apa yang diserahkan?", "What is given?"),
    "left_count": ("Sisa {n}", "{n} left"),
    "left_rupiah": ("Sisa saldo {amount}", "{amount} left"),
    "free_left": (
        "Belum pasti · boleh {n} kali lagi dari {most}",
        "Not certain · {n} more of {most} allowed",
    ),
    "free_unlimited": ("Belum pasti", "Not certain"),
    "nothing_here": ("Tidak ada bantuan di sini", "Nothing to give here"),
    "nothing_here_more": (
        "Tidak ada hak keluarga ini yang dapat diambil di tempat ini sekarang.",
        "This family has no right that can be used at this place now.",
    ),
    "nothing_offline_more": (
        "Tanpa jaringan tidak ada yang boleh diserahkan kepada keluarga ini. "
        "Minta menunggu di dekat loket, sambungkan, lalu pindai lagi.",
        "Without network nothing may be given to this family. Ask it to wait near the "
        "counter, connect, then scan again.",
    ),
    "why_used_up": ("Sudah diambil di telepon ini", "Already given on this phone"),
    "why_used_up_at": ("{at}, nomor bukti {number}", "{at}, receipt {number}"),
    "why_used_up_do": (
        "Lihat waktu dan nomor buktinya di daftar hari ini.",
        "Its time and receipt number are in today's list.",
    ),
    "why_lease_over": ("Pinjaman sudah habis", "The lease is over"),
    "why_lease_over_do": (
        "Sambungkan dan ambil pinjaman lagi.",
        "Connect and take the lease again.",
    ),
    "why_not_open": ("Tahap ini belum dibuka", "This cycle is not open yet"),
    "why_closed": ("Tahap ini sudah ditutup", "This cycle is closed"),
    "why_policy_no": ("Tidak boleh tanpa jaringan", "Not allowed without network"),
    "why_policy_no_do": (
        "Aturan program ini hanya mengizinkannya dalam pinjaman atau dengan jaringan.",
        "This programme allows it only within a lease or with network.",
    ),
    "why_policy_full": ("Batas tanpa jaringan tercapai", "The off-line limit is reached"),
    "why_policy_full_do": (
        "Sambungkan dan kirim catatan: setelah itu batasnya mulai lagi.",
        "Connect and send: the limit then starts anew.",
    ),
    "why_said_here": (
        "Sudah dicatat di telepon ini, belum terkirim",
        "Already noted on this phone, not sent yet",
    ),
    "why_person_unknown": ("Perlu jaringan: hak per orang", "Needs network: a person's right"),
    "why_clock_back": ("Jam telepon mundur", "The clock was set back"),
    "why_server": ("Tidak dapat diserahkan", "Cannot be given"),
    "why_other_do": (
        "Tidak ada yang dicatat. Pindai kartunya lagi.",
        "Nothing was noted. Scan the card again.",
    ),
    "next_card": ("Kartu berikutnya", "Next card"),
    "same_card": ("Bantuan lain, kartu yang sama", "Another benefit, same card"),
    "back_to_card": ("Kembali ke kartu", "Back to the card"),
    # ---- giving
    "give_title": ("Serahkan", "Give"),
    "compare": ("Cocokkan dengan KTP atau foto", "Compare with identity card or photo"),
    "free_limit": ("Tanpa jaringan paling banyak {limit}", "Without network at most {limit}"),
    "no_limit": ("tanpa batas", "no limit"),
    "amount": ("Nilai belanja (rupiah)", "Amount (rupiah)"),
    "amount_hint": ("Paling banyak {amount}.", "At most {amount}."),
    "amount_needed": ("Tulis nilai belanjanya.", "Write the amount."),
    "amount_too_much": ("Paling banyak {amount}.", "At most {amount}."),
    "quantity": ("Jumlah", "Quantity"),
    "quantity_hint": ("Paling banyak {n}.", "At most {n}."),
    "quantity_one": ("1, senilai {amount}", "1, worth {amount}"),
    "quantity_free": ("1, tanpa biaya", "1, free of charge"),
    "quantity_wrong": ("Tulis 1 sampai {n}.", "Write 1 to {n}."),
    "goods": ("Jenis barang", "Kind of goods"),
    "who_collects": ("Siapa yang mengambil?", "Who collects?"),
    "collector_holder": ("Pemegang kartu", "The card holder"),
    "collector_other": ("Orang lain", "Somebody else"),
    "companion_name": ("Nama yang mengambil", "Name of who collects"),
    "companion_name_needed": ("Tulis namanya.", "Write the name."),
    "companion_relation": ("Hubungan", "Relation"),
    "companion_reason": ("Mengapa bukan pemegangnya?", "Why not the holder?"),
    "companion_reason_needed": ("Tulis alasannya.", "Write the reason."),
    "companion_hint": (
        "Terlihat oleh desa keluarga ini.",
        "The family's village can see this.",
    ),
    "card_pin": ("PIN kartu", "The card's PIN"),
    "card_pin_hint": (
        "Diketik keluarga, 6 angka. Boleh kosong bila nama dicocokkan.",
        "Typed by the family, 6 digits. May be empty if the name is compared.",
    ),
    "card_pin_locked": ("PIN kartu ini terkunci", "This card's PIN is locked"),
    "card_pin_locked_more": (
        "Cocokkan nama atau foto, dan arahkan keluarga ke loket kartu untuk PIN baru.",
        "Compare name or photo, and send the family to the card desk for a new PIN.",
    ),
    "card_pin_needed": ("PIN kartu terdiri atas 6 angka.", "The card's PIN has 6 digits."),
    "give_pin": ("Serahkan dengan PIN", "Give with the PIN"),
    "give_name": ("Nama cocok, serahkan", "Name matches, give"),
    "give_photo": ("Foto cocok, serahkan", "Photo matches, give"),
    "give_not": ("Tidak cocok, jangan serahkan", "No match, do not give"),
    "not_saved": ("Tidak tersimpan: jangan serahkan", "Not saved: do not give"),
    "not_saved_do": (
        "Telepon ini tidak dapat menulis. Kosongkan ruang penyimpanan atau pakai telepon lain; "
        "keluarga tetap berhak.",
        "This phone cannot write. Free some storage or use another phone; the family keeps "
        "its right.",
    ),
    "saving": ("Menyimpan …", "Saving …"),
}
