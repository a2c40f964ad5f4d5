"""How this service says no: every refusal's words, in both languages, and its HTTP status.

Each says what happened and what the counter does next; no family is sent away without a way on.
"""

from common.problems import RefusalText

CARDS = {
    "card_unreadable": RefusalText(
        422,
        "Ini bukan kode kartu Huma Betang",
        "This is not the code of a Huma Betang card",
        "Pindai kode di belakang kartu, atau ketik nomor kartunya.",
        "Scan the code on the back of the card, or type the card number.",
    ),
    "card_form_unknown": RefusalText(
        422,
        "Jenis kode kartu ini belum dikenal",
        "This kind of card code is not known yet",
        "Muat ulang halaman dan pindai lagi, atau ketik nomor kartunya.",
        "Reload the page and scan again, or type the card number.",
    ),
    "card_key_unknown": RefusalText(
        409,
        "Kartu ini ditandatangani dengan kunci yang tidak kami kenal",
        "This card is signed with a key that we do not know",
        "Jangan serahkan bantuan. Ketik nomor kartunya; jika tetap ditolak, hubungi loket kartu.",
        "Give nothing. Type the card number; if it is refused again, call the card desk.",
    ),
    "card_not_genuine": RefusalText(
        409,
        "Kode ini palsu atau rusak",
        "This code is forged or damaged",
        "Jangan serahkan bantuan. Catat nama pembawanya dan hubungi loket kartu.",
        "Give nothing. Note who brought it and call the card desk.",
    ),
    "card_must_be_replaced": RefusalText(
        409,
        "Kartu ini harus diganti",
        "This card must be replaced",
        "Keluarga tetap berhak. Arahkan ke loket kartu untuk kartu baru.",
        "The family keeps its right. Send it to the card desk for a new card.",
    ),
    "card_not_yet_valid": RefusalText(
        409,
        "Kartu ini belum berlaku",
        "This card is not valid yet",
        "Hubungi loket kartu: tanggal terbitnya di masa depan.",
        "Call the card desk: its date of issue lies in the future.",
    ),
    "card_expired": RefusalText(
        409,
        "Masa berlaku kartu sudah habis",
        "The card has expired",
        "Keluarga tetap berhak. Arahkan ke loket kartu untuk kartu baru.",
        "The family keeps its right. Send it to the card desk for a new card.",
    ),
    "card_number_mistyped": RefusalText(
        422,
        "Nomor kartu salah ketik",
        "The card number is mistyped",
        "Periksa setiap huruf dan angka, lalu ketik lagi.",
        "Check every letter and digit, then type it again.",
    ),
    "card_number_malformed": RefusalText(
        422,
        "Ini bukan nomor kartu",
        "This is not a card number",
        "Nomor kartu terdiri atas 14 huruf dan angka, misalnya 0A1B2-C3D4E-5F6G.",
        "A card number has 14 letters and digits, for example 0A1B2-C3D4E-5F6G.",
    ),
    "card_unknown": RefusalText(
        404,
        "Kartu ini belum terdaftar",
        "This card is not registered",
        "Periksa nomornya. Kartu baru dikenal beberapa menit setelah terbit; "
        "jika tetap ditolak, hubungi loket kartu.",
        "Check the number. A new card is known some minutes after issue; "
        "if it is refused again, call the card desk.",
    ),
    "card_not_active": RefusalText(
        409,
        "Kartu ini belum diserahkan kepada keluarga",
        "This card has not been handed to its family yet",
        "Jangan serahkan bantuan. Jika keluarga memang sudah menerimanya, catatan penyerahannya "
        "belum terkirim: minta pendamping desa mengirimnya, atau hubungi loket kartu.",
        "Give nothing. If the family does have it, the note of its hand-over was not sent yet: "
        "ask the village companion to send it, or call the card desk.",
    ),
    "card_suspended": RefusalText(
        409,
        "Kartu ini sedang ditangguhkan",
        "This card is suspended",
        "Jangan serahkan bantuan. Minta keluarga menghubungi loket kartu.",
        "Give nothing. Ask the family to call the card desk.",
    ),
    "card_revoked": RefusalText(
        409,
        "Kartu ini sudah dicabut",
        "This card is revoked",
        "Mungkin keluarga punya kartu yang lebih baru. Jika tidak, arahkan ke loket kartu.",
        "The family may have a newer card. If not, send it to the card desk.",
    ),
}
RIGHTS = {
    "already_redeemed": RefusalText(
        409,
        "Sudah diambil pada {when_id} di {first_partner}",
        "Already collected on {when_en} at {first_partner}",
        "Tunjukkan waktu dan tempat ini kepada keluarga. Jika mereka tidak mengambilnya, "
        "catat keberatannya dan hubungi dinas.",
        "Show the family this time and place. If it did not collect it, "
        "note its objection and call the office.",
    ),
    "insufficient_entitlement": RefusalText(
        409,
        "Sisa hak tidak cukup",
        "Not enough is left",
        "Sisa: {remaining_quantity} paket, Rp{remaining_rupiah}. Kurangi jumlahnya.",
        "Left: {remaining_quantity} parcels, Rp{remaining_rupiah}. Ask for less.",
    ),
    "not_entitled": RefusalText(
        409,
        "Keluarga ini tidak terdaftar untuk bantuan ini",
        "This family is not on the list for this benefit",
        "Pilih bantuan lain. Keluarga dapat menyanggah melalui desanya.",
        "Choose another benefit. The family can object through its village.",
    ),
    "not_at_this_partner_kind": RefusalText(
        409,
        "Bantuan ini tidak diberikan di tempat ini",
        "This benefit is not given here",
        "Arahkan keluarga ke mitra yang melayaninya.",
        "Send the family to a partner that gives it.",
    ),
    "cycle_not_open": RefusalText(
        409,
        "Tahap ini belum dibuka",
        "This cycle is not open yet",
        "Dibuka pada {opens_on}. Minta keluarga kembali pada tanggal itu.",
        "It opens on {opens_on}. Ask the family to come back then.",
    ),
    "cycle_closed": RefusalText(
        409,
        "Tahap ini sudah ditutup",
        "This cycle is closed",
        "Ditutup pada {closes_on}. Keluarga dapat bertanya kepada desanya.",
        "It closed on {closes_on}. The family can ask its village.",
    ),
    "entitlement_suspended": RefusalText(
        409,
        "Hak keluarga ini sedang ditangguhkan",
        "This family's right is suspended",
        "Jangan serahkan bantuan ini. Minta keluarga bertanya kepada desanya; "
        "penangguhan dapat disanggah.",
        "Do not give this benefit. Ask the family to ask its village; "
        "it can object to the suspension.",
    ),
    "entitlement_ended": RefusalText(
        409,
        "Hak keluarga ini atas bantuan ini sudah berakhir",
        "This family's right to this benefit has ended",
        "Jangan serahkan bantuan ini. Keluarga dapat bertanya dan menyanggah melalui desanya.",
        "Do not give this benefit. The family can ask and object through its village.",
    ),
    "entitlement_leased": RefusalText(
        409,
        "Hak ini sedang disiapkan untuk HP lain sampai {until_id}",
        "This right is set aside for another phone until {until_en}",
        "Keluarga dapat mengambilnya di tempat penyaluran itu, atau di sini setelah itu.",
        "The family can collect it at that distribution point, or here after that time.",
    ),
    "amount_needed": RefusalText(
        422,
        "Isi jumlah rupiahnya",
        "Enter the amount in rupiah",
        "Bantuan ini berupa saldo: masukkan nilai belanja dalam rupiah.",
        "This benefit is a balance: enter what was bought in rupiah.",
    ),
    "amount_is_fixed": RefusalText(
        422,
        "Nilai bantuan ini sudah tetap",
        "The value of this benefit is fixed",
        "Kirim jumlahnya saja, tanpa rupiah.",
        "Send the quantity only, without rupiah.",
    ),
}
REVERSALS = {
    "same_person": RefusalText(
        409,
        "Harus dibatalkan oleh orang lain",
        "Somebody else must undo this",
        "Minta pengelola mitra atau bagian keuangan membatalkannya hari ini.",
        "Ask the partner's manager or finance to undo it today.",
    ),
    "reversal_too_late": RefusalText(
        409,
        "Hanya dapat dibatalkan pada hari yang sama",
        "It can be undone on the same day only",
        "Laporkan kepada bagian keuangan untuk diperhitungkan.",
        "Report it to finance, who will settle it.",
    ),
    "already_reversed": RefusalText(
        409,
        "Penebusan ini sudah dibatalkan",
        "This redemption was undone already",
        "Tidak ada yang perlu dilakukan. Haknya sudah kembali.",
        "Nothing to do. The right is back.",
    ),
}
STATEMENTS = {
    "period_backwards": RefusalText(
        422,
        "Tanggal akhir mendahului tanggal awal",
        "The period ends before it begins",
        "Tukar kedua tanggalnya.",
        "Swap the two dates.",
    ),
    "period_too_long": RefusalText(
        422,
        "Masa ini terlalu panjang",
        "This period is too long",
        "Pilih masa paling lama {days} hari.",
        "Choose at most {days} days.",
    ),
}
REFUSALS: dict[str, RefusalText] = {
    **CARDS,
    **RIGHTS,
    **REVERSALS,
    **STATEMENTS,
}
