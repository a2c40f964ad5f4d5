"""What the terminal's app says of what was given, of leases and of sending: Indonesian, English."""

RECORD = {
    "hello": ("Selamat bertugas, {name}", "Good work, {name}"),
    "scan_card": ("Pindai kartu", "Scan a card"),
    "rule_new": ("Baca aturan tanpa sinyal", "Read the rule without network"),
    "rule_read_now": ("Baca sekarang", "Read it now"),
    "no_lease": ("Belum ada pinjaman", "No lease yet"),
    "no_lease_more": (
        "Tanpa pinjaman, hampir tidak ada yang dapat diserahkan bila sinyal hilang.",
        "Without a lease hardly anything can be given when the network goes.",
    ),
    "take_lease": ("Ambil pinjaman", "Take a lease"),
    "pending_some": ("{n} penyerahan belum terjawab", "{n} acts without an answer"),
    "pending_look": ("Lihat", "Look"),
    "problems_some": ("{n} catatan perlu dilihat", "{n} lines need a look"),
    "problems_look": ("Lihat", "Look"),
    "menu_lines": ("Daftar hari ini", "Today's list"),
    "menu_lines_small": ("{n} catatan", "{n} on the list"),
    "menu_lease": ("Pinjaman", "Lease"),
    "menu_lease_small": ("{n} keluarga", "{n} families"),
    "menu_lease_none": ("belum ada", "none"),
    "menu_rule": ("Aturan tanpa sinyal", "Rule without network"),
    "menu_device": ("Telepon ini", "This phone"),
    "send_now": ("Kirim sekarang", "Send now"),
    "send_n": ("Kirim {n} catatan", "Send {n} lines"),
    # ---- done, or not known
    "given": ("Sudah diserahkan", "Given"),
    "given_unsure": ("Dicatat, belum pasti", "Noted, not yet certain"),
    "given_online_more": ("Tercatat di pusat.", "Recorded at the centre."),
    "given_leased_more": (
        "Tersimpan di telepon ini dan dikirim saat ada jaringan. "
        "Haknya disisihkan untuk telepon ini.",
        "Kept on this phone and sent when there is network. The right is set aside for this phone.",
    ),
    "given_unsure_more": (
        "Tersimpan di telepon ini. Pusat memutuskan saat catatan terkirim.",
        "Kept on this phone. The centre decides when the journal is sent.",
    ),
    "unsure_before": ("Penyerahan ini belum pasti", "This is not yet certain"),
    "unsure_before_more": (
        "Mungkin haknya sudah diambil di tempat lain. Dalam batas ini mitra tetap dibayar.",
        "The right may have been used elsewhere. Within this limit the partner is paid.",
    ),
    "receipt_title": ("Bukti penyerahan", "Receipt"),
    "receipt_number": ("Nomor bukti", "Receipt number"),
    "fact_benefit": ("Bantuan", "Benefit"),
    "fact_for": ("Untuk", "For"),
    "for_whom": ("Untuk siapa?", "For whom?"),
    "fact_given": ("Diserahkan", "Given"),
    "fact_left": ("Sisa hak", "Left"),
    "fact_card": ("Kartu berakhiran", "Card ending in"),
    "fact_name": ("Nama pada kartu", "Name on the card"),
    "fact_companion": ("Diambil oleh", "Collected by"),
    "fact_time": ("Waktu", "Time"),
    "fact_place": ("Tempat", "Place"),
    "fact_operator": ("Petugas", "Operator"),
    "print": ("Cetak", "Print"),
    "save_picture": ("Simpan gambar", "Save picture"),
    "unsure_title": ("Belum pasti tersimpan", "Not certain that it was saved"),
    "unsure_more": (
        "{benefit}: jaringan putus sebelum pusat menjawab. Nomornya disimpan dan ditanyakan "
        "lagi; tidak akan tercatat dua kali.",
        "{benefit}: the network broke before the centre answered. Its number is kept and "
        "asked about again; it will not be counted twice.",
    ),
    "ask_again": ("Tanya lagi sekarang", "Ask again now"),
    "asking_again": ("Bertanya ke pusat …", "Asking the centre …"),
    "still_unknown": ("Belum ada jawaban.", "No answer yet."),
    "unsure_choices": ("Yang dapat dilakukan", "What you can do"),
    "unsure_wait": ("Minta keluarga menunggu sebentar", "Ask the family to wait a moment"),
    "unsure_wait_more": (
        "Layani keluarga berikutnya. Telepon ini bertanya sendiri saat ada jaringan.",
        "Serve the next family. This phone asks by itself when there is network.",
    ),
    "unsure_hand": ("Atau serahkan sekarang", "Or hand it over now"),
    "unsure_hand_more": (
        "Bila keluarga tidak dapat menunggu. Jika kemudian pusat menolak, catatannya tampak "
        "di daftar ini dan dinas memutuskan.",
        "If the family cannot wait. Should the centre refuse it later, it shows in this "
        "list and the office decides.",
    ),
    "unsure_hand_go": ("Sudah saya serahkan", "I have handed it over"),
    "handed_noted": ("Dicatat: sudah diserahkan", "Noted: handed over"),
    "handed_noted_more": (
        "Keluarga boleh pulang. Nomor buktinya muncul setelah pusat menjawab.",
        "The family may go. The receipt number appears once the centre has answered.",
    ),
    "refused_after_handing": (
        "Barangnya sudah diserahkan: tunjukkan catatan ini kepada dinas.",
        "It had been handed over: show this entry to the office.",
    ),
    "next_family": ("Keluarga berikutnya", "Next family"),
    # ---- the own list
    "lines_title": ("Daftar catatan", "List"),
    "lines_today": ("Hari ini", "Today"),
    "lines_waiting": ("Belum terkirim", "Not sent"),
    "lines_problems": ("Perlu dilihat", "To look at"),
    "lines_none": ("Tidak ada catatan di sini.", "Nothing here."),
    "back_to_list": ("Kembali ke daftar", "Back to the list"),
    "state_unsent": ("Belum terkirim", "Not sent"),
    "state_asking": ("Ditanyakan", "Being asked"),
    "state_accepted": ("Diterima", "Accepted"),
    "state_conflict": ("Pertentangan", "Conflict"),
    "state_quarantined": ("Ditahan", "Held"),
    "state_refused": ("Ditolak", "Refused"),
    "state_judged": ("Diputus", "Judged"),
    "state_undone": ("Dibatalkan", "Undone"),
    "undo_of": ("Pembatalan", "Undoing"),
    "judged_owed": (
        "Dinas memutuskan: mitra dibayar.",
        "The office decided: the partner is paid.",
    ),
    "judged_written_off": (
        "Dinas memutuskan: mitra dibayar, dan keluarga tidak ditagih.",
        "The office decided: the partner is paid, and the family owes nothing.",
    ),
    "judged_not_owed": (
        "Dinas memutuskan: mitra tidak dibayar.",
        "The office decided: the partner is not paid.",
    ),
    "judged_refused": (
        "Dinas memutuskan: catatan yang ditahan ini tidak diterima.",
        "The office decided: this line, which was held, is not accepted.",
    ),
    "judged_why": ("Alasan: {reason} ({at})", "Reason: {reason} ({at})"),
    "released_why": (
        "Sudah diperiksa dinas dan dilepas. Alasan: {reason} ({at})",
        "Looked at by the office and released. Reason: {reason} ({at})",
    ),
    "judged_some": ("{n} putusan baru dari dinas", "{n} new decisions of the office"),
    "judged_look": ("Baca", "Read"),
    "conflict_more": (
        "Seorang petugas dinas memutuskan. Bila Anda mengikuti aturan, mitra tetap dibayar; "
        "keluarga tidak perlu mengembalikan apa pun.",
        "A person at the office decides. If you kept to the rule, the partner is paid; the "
        "family has nothing to give back.",
    ),
    "quarantined_line": (
        "Catatan ini ditahan utuh sampai diperiksa. Tidak ada yang hilang.",
        "Its journal is held whole until it was looked at. Nothing is lost.",
    ),
    "quarantined_title": ("Sebagian catatan ditahan", "Some lines are held"),
    "quarantined_more": (
        "{n} catatan disimpan utuh dan diperiksa dinas. Yang dicatat sesudahnya tetap terkirim.",
        "{n} lines are kept whole and looked at by the office. What is noted since is sent.",
    ),
    "undo_title": ("Batalkan penyerahan ini", "Undo this"),
    "undo_reason": ("Alasan", "Reason"),
    "undo_hint": (
        "Hanya di hari yang sama, oleh petugas lain. Penyerahan dan pembatalannya tetap tercatat.",
        "Only on the same day, by another operator. Both stay on record.",
    ),
    "undo_reason_needed": (
        "Tulis alasannya, paling sedikit 5 huruf.",
        "Write the reason, at least 5 letters.",
    ),
    "undo_go": ("Batalkan", "Undo"),
    "undo_by_other": (
        "Pembatalan dilakukan petugas lain di hari yang sama.",
        "Undoing is done by another operator on the same day.",
    ),
    "undo_away": (
        "Pembatalan ini memerlukan jaringan. Coba lagi nanti.",
        "Undoing this needs network. Try again later.",
    ),
    # ---- leases
    "lease_title": ("Pinjaman", "Lease"),
    "lease_lead": (
        "Hak keluarga disisihkan untuk telepon ini, agar tetap pasti tanpa sinyal.",
        "Families' rights are set aside for this phone, so that they are certain off line.",
    ),
    "lease_until": ("Berlaku s.d. {until} ({left} lagi)", "Stands until {until} ({left} left)"),
    "lease_over_since": ("Habis pada {until}", "Ended on {until}"),
    "lease_counts": ("{families} keluarga, {rights} hak.", "{families} families, {rights} rights."),
    "lease_ends": ("Akhiran kartu {ends}.", "Cards ending in {ends}."),
    "lease_given": ("{n} dari {all} sudah diserahkan", "{n} of {all} given"),
    "lease_when_over": (
        "Setelah jam itu hak kembali bebas. Yang sudah dicatat tetap dikirim dan diputuskan pusat.",
        "After that hour the rights are free again. What was noted is still sent and judged.",
    ),
    "lease_over": ("Pinjaman habis", "The lease is over"),
    "lease_over_more": (
        "Sambungkan, kirim catatan, lalu ambil pinjaman lagi.",
        "Connect, send, then take the lease again.",
    ),
    "lease_renew": ("Perpanjang", "Renew"),
    "lease_return": ("Kembalikan", "Give back"),
    "lease_return_sure": (
        "Kembalikan pinjaman? Nama keluarganya dihapus dari telepon ini.",
        "Give the lease back? The families' names are removed from this phone.",
    ),
    "lease_returning": ("Mengirim catatan, lalu mengembalikan …", "Sending, then giving back …"),
    "lease_returned": (
        "Sudah dikembalikan. Haknya bebas lagi.",
        "Given back. Its rights are free again.",
    ),
    "lease_unsent": ("Masih ada yang belum terkirim", "Something is not sent yet"),
    "lease_unsent_more": (
        "Pinjaman hanya diambil, diperpanjang, atau dikembalikan setelah semua catatan "
        "terkirim. Kirim dulu, lalu coba lagi.",
        "A lease is taken, renewed or given back only once everything is sent. Send first, "
        "then try again.",
    ),
    "lease_needs_network": ("Perlu jaringan", "Needs network"),
    "lease_needs_network_more": (
        "Pinjaman baru hanya dapat diambil dengan jaringan.",
        "A new lease can be taken only with network.",
    ),
    "lease_new": ("Ambil pinjaman", "Take a lease"),
    "lease_days": ("Hari penyaluran Anda", "Your distribution days"),
    "lease_search": ("Desa atau kelurahan", "Village"),
    "lease_search_hint": ("Ketik sebagian namanya ({n} desa).", "Part of its name ({n} villages)."),
    "lease_villages": ("Pilih desa", "Choose villages"),
    "lease_village_needed": ("Pilih paling sedikit satu desa.", "Choose at least one village."),
    "lease_hours": ("Untuk berapa lama?", "For how long?"),
    "lease_share": ("Bagi dengan telepon lain", "Share with other phones"),
    "lease_share_hint": (
        "Beberapa telepon melayani desa yang sama: masing-masing mengambil kartu dengan "
        "akhiran yang berbeda.",
        "Several phones serve the same village: each takes cards with other last characters.",
    ),
    "lease_share_all": ("Jumlah telepon", "Number of phones"),
    "lease_share_n": ("{n} telepon", "{n} phone(s)"),
    "lease_share_mine": ("Telepon ini yang ke-", "This phone is number"),
    "lease_share_nth": ("ke-{n}", "{n}"),
    "lease_take": ("Ambil pinjaman", "Take the lease"),
    "lease_taking": ("Menyisihkan hak dan mengambil daftar …", "Setting rights aside …"),
    "lease_taken": (
        "{n} keluarga siap dilayani tanpa sinyal.",
        "{n} families are ready to be served off line.",
    ),
    "lease_away": (
        "Server tidak menjawab. Coba lagi saat ada jaringan.",
        "The server did not answer. Try again with network.",
    ),
    # ---- the rule
    "rule_title": ("Aturan tanpa sinyal", "The rule without network"),
    "rule_version": ("Aturan nomor {n}", "Rule number {n}"),
    "rule_read": ("Saya sudah baca", "I have read it"),
    "rule_was_read": ("Sudah dibaca di telepon ini", "Read on this phone"),
}
