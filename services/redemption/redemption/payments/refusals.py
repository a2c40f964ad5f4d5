"""How payments say no."""

from common.problems import RefusalText

REFUSALS = {
    "nothing_to_pay": RefusalText(
        409,
        "Tidak ada yang dapat dibayar lewat bank sekarang",
        "There is nothing that a bank can pay now",
        "Semua hak tunai tahap ini sudah dibayar, sedang dibayar, atau keluarganya belum memegang "
        "kartu yang berlaku.",
        "All cash of this cycle is paid, under way, or its family holds no valid card yet.",
    ),
    "not_a_bank": RefusalText(
        409,
        "Mitra ini bukan bank yang aktif",
        "This partner is not an active bank",
        "Pilih bank lain, atau minta administrator mengaktifkannya.",
        "Choose another bank, or ask the administrator to activate it.",
    ),
    "payment_account_missing": RefusalText(
        409,
        "Rekening pengirim belum diatur",
        "The account that pays is not set up",
        "Minta administrator mengisi PAYMENT_ACCOUNT, lalu ulangi.",
        "Ask the administrator to set PAYMENT_ACCOUNT, then try again.",
    ),
    "batch_too_large": RefusalText(
        409,
        "Terlalu banyak untuk satu berkas",
        "Too many for one file",
        "Satu berkas memuat paling banyak {most} perintah bayar. Bagi menjadi beberapa.",
        "A file holds at most {most} orders. Split them.",
    ),
    "payment_decided": RefusalText(
        409,
        "Berkas ini sudah diputuskan",
        "This batch was decided already",
        "Muat ulang halaman untuk melihat keadaannya.",
        "Reload the page to see where it stands.",
    ),
    "payment_file_changed": RefusalText(
        409,
        "Isi berkas tidak sama dengan saat disusun",
        "The file is not what was drawn up",
        "Jangan kirim ke bank. Laporkan kepada administrator, lalu tarik kembali berkas ini.",
        "Do not send it to the bank. Tell the administrator, then withdraw this batch.",
    ),
    "payment_not_approved": RefusalText(
        409,
        "Berkas ini belum disetujui",
        "This batch is not approved",
        "Minta rekan bagian keuangan memeriksa dan menyetujuinya dahulu.",
        "Ask a colleague of finance to check and approve it first.",
    ),
    "payment_sent": RefusalText(
        409,
        "Berkas ini sudah diunduh untuk bank",
        "This batch was fetched for the bank",
        "Tunggu hasil dari bank. Yang tidak dibayar akan terbuka lagi dengan sendirinya.",
        "Wait for the bank's answer. What it does not pay becomes open again by itself.",
    ),
    "payment_not_sent": RefusalText(
        409,
        "Berkas ini belum dikirim ke bank",
        "This batch was not sent to the bank",
        "Periksa apakah Anda memilih berkas yang benar.",
        "Check whether you chose the right batch.",
    ),
    "result_of_another_batch": RefusalText(
        409,
        "Ini hasil untuk berkas {number}",
        "This is the answer about batch {number}",
        "Buka berkas {number}, lalu unggah hasilnya di sana. Tidak ada yang berubah.",
        "Open batch {number} and upload it there. Nothing was changed.",
    ),
    "words_needed": RefusalText(
        422,
        "Tulis penjelasannya",
        "Write what happened",
        "Paling sedikit 5 huruf, agar orang lain memahaminya.",
        "At least 5 letters, so that others understand it.",
    ),
    "decision_not_here": RefusalText(
        409,
        "Baris ini hanya dapat dicatat",
        "This line can only be noted",
        "Pilih “Hanya dicatat”: tidak ada perintah bayar yang dapat diubah olehnya.",
        "Choose “Only note it”: there is no order that it could change.",
    ),
    "explained_already": RefusalText(
        409,
        "Perbedaan ini sudah dijelaskan",
        "This difference was explained already",
        "Muat ulang halaman untuk membaca penjelasannya.",
        "Reload the page to read the explanation.",
    ),
    "right_used_meanwhile": RefusalText(
        409,
        "Haknya sudah dipakai atau dikirim lagi",
        "It was used or sent again meanwhile",
        "Pilih “Hanya dicatat” dan jelaskan; keluarga tidak boleh dirugikan oleh kesalahan bank.",
        "Choose “Only note it” and explain; the family must not suffer for the bank's mistake.",
    ),
    "payment_on_its_way": RefusalText(
        409,
        "Uangnya sedang dikirim lewat bank",
        "The money is on its way through the bank",
        "Jangan serahkan tunai. Jika bank gagal mengirimnya, hak ini terbuka lagi di sini.",
        "Give no cash. If the bank fails to send it, this right is open again here.",
    ),
    "paid_by_bank": RefusalText(
        409,
        "Sudah dibayar lewat bank pada {when_id}",
        "Paid through the bank on {when_en}",
        "Minta keluarga memeriksa rekeningnya. Jika belum masuk, catat pengaduannya.",
        "Ask the family to check its account. If it is not there, take its complaint.",
    ),
}
