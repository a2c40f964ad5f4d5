"""How the interfaces for other systems refuse."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "exchange_not_agreed": RefusalText(
        403,
        "Sistem ini belum punya perjanjian pertukaran data",
        "This system has no agreement to exchange data",
        "Minta administrator provinsi mendaftarkan sistem instansi Anda.",
        "Ask the province's administrator to register your agency's system.",
    ),
    "exchange_ended": RefusalText(
        403,
        "Perjanjian pertukaran data sistem ini sudah berakhir",
        "This system's agreement to exchange data is over",
        "Berlaku sampai {until}. Hubungi administrator provinsi untuk memperpanjangnya.",
        "It ran until {until}. Ask the province's administrator to extend it.",
    ),
    "exchange_field_missing": RefusalText(
        403,
        "Perjanjian Anda tidak mencakup data ini",
        "Your agreement does not cover this data",
        "Minta administrator provinsi menambahkan bidang {field} bila memang diperlukan.",
        "Ask the province's administrator to add the field {field}, if it is needed.",
    ),
    "cursor_unknown": RefusalText(
        422,
        "Penanda halaman ini tidak dikenal",
        "This page marker is not known",
        "Pakai next_cursor dari jawaban sebelumnya tanpa diubah, atau mulai dari awal.",
        "Use the next_cursor of the answer before, unchanged, or start from the beginning.",
    ),
    "one_number_needed": RefusalText(
        422,
        "Satu nomor diperlukan",
        "One number is needed",
        "Isi salah satu: nik atau kk, 16 angka.",
        "Give one of nik and kk, 16 digits.",
    ),
    "sender_name_taken": RefusalText(
        409,
        "Nama pengirim ini sudah dipakai sistem lain",
        "This sender name is another system's",
        "Pilih nama pengirim lain.",
        "Choose another sender name.",
    ),
    "nothing_waiting": RefusalText(
        409,
        "Tidak ada baris yang menunggu keputusan Anda",
        "No row waits for your decision",
        "Muat ulang halaman: mungkin sudah diputuskan orang lain.",
        "Reload the page: someone else may have decided.",
    ),
}
