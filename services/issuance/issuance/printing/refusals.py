"""How print batches say no: every refusal's words, in both languages, and its HTTP status."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "nothing_to_print": RefusalText(
        409,
        "Tidak ada kartu yang menunggu dicetak di wilayah ini",
        "No card of this region waits to be printed",
        "Lihat daftar berkas: mungkin sudah dibuat oleh orang lain.",
        "Look at the list of files: somebody else may have made it.",
    ),
    "print_not_ready": RefusalText(
        409,
        "Berkas cetak belum siap",
        "The print file is not ready yet",
        "Tunggu beberapa detik, lalu muat ulang halaman berkasnya.",
        "Wait a few seconds and reload the page of the file.",
    ),
    "print_file_damaged": RefusalText(
        500,
        "Berkas cetak tidak sama dengan yang tercatat",
        "The print file is not the one that was recorded",
        "Jangan mencetak. Laporkan nomor permintaan ini kepada pengelola sistem.",
        "Do not print. Report this request number to those who run the system.",
    ),
    "card_not_to_print": RefusalText(
        409,
        "Kartu ini tidak menunggu dicetak",
        "This card does not wait to be printed",
        "Kartu sudah ada dalam berkas cetak, atau sudah dicetak. Kartu yang rusak diganti di "
        "loket, tidak dicetak dua kali.",
        "It is in a print file already, or was printed. A damaged card is replaced at the desk, "
        "not printed twice.",
    ),
    "nothing_to_cancel": RefusalText(
        409,
        "Tidak ada lagi yang dapat dibatalkan",
        "There is nothing left to cancel",
        "Semua berkasnya sudah dibuat. Kartu yang tidak jadi dipakai dihitung sebagai rusak.",
        "All of its files are made. Count cards that are not to be used as spoiled.",
    ),
    "download_needs_reason": RefusalText(
        409,
        "Berkas ini sudah pernah diunduh",
        "This file was downloaded before",
        "Pilih mengapa berkas yang sama diperlukan lagi. Kartu yang sudah keluar dari printer "
        "tidak boleh dicetak dua kali.",
        "Choose why the same file is needed again. Cards that came out of the printer must not be "
        "printed twice.",
    ),
    "print_already_counted": RefusalText(
        409,
        "Kartu dari berkas ini sudah dihitung",
        "The cards of this file were counted already",
        "Berkasnya tidak dicetak lagi. Kartu yang rusak sudah dipesan ulang dengan nomor baru.",
        "It is not printed again. Spoiled cards are ordered anew under new numbers.",
    ),
    "print_not_taken": RefusalText(
        409,
        "Berkas ini belum pernah diunduh",
        "This file was never downloaded",
        "Unduh dan cetak dulu, lalu hitung kartunya.",
        "Download and print it first, then count the cards.",
    ),
    "count_needs_another": RefusalText(
        403,
        "Yang meminta cetakan tidak menghitungnya",
        "Who asked for the print does not count it",
        "Minta orang lain menghitung kartu dan mengisi formulir ini.",
        "Ask another person to count the cards and fill in this form.",
    ),
    "already_counted": RefusalText(
        409,
        "Berkas ini sudah dihitung",
        "This file was counted already",
        "Muat ulang halaman untuk melihat hasilnya.",
        "Reload the page to see the result.",
    ),
    "count_does_not_add_up": RefusalText(
        422,
        "Hitungan belum cocok: selisih {difference} kartu",
        "The count does not add up: {difference} cards off",
        "Berkas berisi {in_file} kartu; dihitung {good} baik dan {spoiled} rusak. Hitung sekali "
        "lagi, dan sebut nomor setiap kartu yang rusak.",
        "The file holds {in_file} cards; {good} good and {spoiled} spoiled were counted. Count "
        "once more, and name every spoiled card by its number.",
    ),
    "faulty_number_wrong": RefusalText(
        422,
        "“{number}” bukan nomor kartu",
        "“{number}” is not a card number",
        "Bandingkan setiap huruf dan angka dengan kartunya, lalu ketik lagi.",
        "Compare every letter and digit with the card and type it again.",
    ),
    "faulty_not_in_file": RefusalText(
        422,
        "Kartu {number} tidak ada dalam berkas ini",
        "Card {number} is not in this file",
        "Periksa di berkas mana kartu itu dicetak: nomor berkas ada di tepi bawah lembarnya.",
        "See in which file it was printed: the file's number is at the lower edge of its sheet.",
    ),
    "faulty_card_handed_over": RefusalText(
        409,
        "Kartu {number} tercatat sudah diserahkan kepada keluarganya",
        "Card {number} is on record as handed over to its family",
        "Periksa nomornya. Kalau kartunya memang ada pada Anda, blokir dan ganti di loket kartu.",
        "Check the number. If you do have the card, have it blocked and replaced at the card desk.",
    ),
    "receive_before_count": RefusalText(
        409,
        "Kartu dari berkas ini belum dihitung di percetakan",
        "The cards of this file were not counted at the print shop yet",
        "Minta percetakan mengisi hitungannya dulu.",
        "Ask the print shop to fill in its count first.",
    ),
    "receive_needs_another": RefusalText(
        403,
        "Yang menghitung di percetakan tidak menerimanya di loket",
        "Who counted at the print shop does not receive at the desk",
        "Minta petugas lain menghitung kiriman dan mengisi formulir ini.",
        "Ask a colleague to count what arrived and fill in this form.",
    ),
    "already_received": RefusalText(
        409,
        "Kiriman ini sudah diterima",
        "This delivery was received already",
        "Muat ulang halaman untuk melihat siapa yang menerima dan berapa.",
        "Reload the page to see who received it and how many.",
    ),
    "receipt_does_not_add_up": RefusalText(
        422,
        "Jumlah yang diterima belum cocok: selisih {difference} kartu",
        "What was received does not add up: {difference} cards off",
        "Dikirim {expected} kartu baik; diterima {received} dan hilang {missing}. Hitung sekali "
        "lagi, dan sebut nomor setiap kartu yang hilang.",
        "{expected} good cards were sent; {received} received and {missing} missing. Count once "
        "more, and name every missing card by its number.",
    ),
    "place_unknown": RefusalText(
        422,
        "Loket itu bukan untuk wilayah kartu ini",
        "That desk is not for the region of these cards",
        "Pilih kecamatan, kabupaten, atau kota tempat kartu ini diserahkan.",
        "Choose the district or regency where these cards are handed over.",
    ),
    "nothing_to_destroy": RefusalText(
        422,
        "Belum ada kartu yang dipilih",
        "No card was chosen",
        "Pilih kartu yang sudah Anda lihat dimusnahkan.",
        "Choose the cards that you saw destroyed.",
    ),
}
