"""How intake refuses a whole file or an act on it."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "village_needed": RefusalText(
        422,
        "Berkas penduduk harus untuk satu desa atau kelurahan",
        "A population file must be for one village",
        "Pilih desa atau kelurahannya, lalu unggah lagi.",
        "Choose the village, then upload it again.",
    ),
    "region_unknown": RefusalText(
        422,
        "Kode wilayah ini tidak dikenal",
        "This region code is not known",
        "Pilih wilayah dari daftar.",
        "Choose a region from the list.",
    ),
    "file_empty": RefusalText(
        422,
        "Berkas ini kosong",
        "This file is empty",
        "Pilih berkas yang berisi data, lalu unggah lagi.",
        "Choose a file with data in it and upload it again.",
    ),
    "file_too_large": RefusalText(
        413,
        "Berkas ini lebih besar dari {size_mb} MB",
        "This file is larger than {size_mb} MB",
        "Bagi menjadi beberapa berkas, misalnya satu berkas untuk satu desa.",
        "Split it, for example into one file a village.",
    ),
    "file_too_many_rows": RefusalText(
        422,
        "Berkas ini lebih dari {rows_max} baris",
        "This file has more than {rows_max} rows",
        "Bagi menjadi beberapa berkas.",
        "Split it into several files.",
    ),
    "file_unpacks_too_large": RefusalText(
        422,
        "Berkas ini membengkak tidak wajar saat dibuka, jadi tidak kami buka",
        "This file would unpack to far more than it is, so it was not opened",
        "Simpan ulang dari aplikasi lembar kerja sebagai .xlsx atau .csv, lalu unggah lagi.",
        "Save it again from the spreadsheet as .xlsx or .csv and upload that.",
    ),
    "file_has_macros": RefusalText(
        422,
        "Berkas ini memuat makro (program)",
        "This file carries macros (program code)",
        "Simpan sebagai .xlsx tanpa makro, lalu unggah lagi.",
        "Save it as .xlsx without macros and upload that.",
    ),
    "file_has_password": RefusalText(
        422,
        "Berkas ini dikunci dengan kata sandi",
        "This file is locked with a password",
        "Simpan ulang tanpa kata sandi, lalu unggah lagi.",
        "Save it without a password and upload that.",
    ),
    "file_unreadable": RefusalText(
        422,
        "Berkas ini tidak dapat dibaca sebagai lembar kerja atau CSV",
        "This file can't be read as a spreadsheet or CSV",
        "Buka di aplikasi lembar kerja, simpan sebagai .xlsx atau .csv, lalu unggah lagi.",
        "Open it in a spreadsheet, save it as .xlsx or .csv and upload that.",
    ),
    "file_has_formulas": RefusalText(
        422,
        "Lembar {sheet} memuat rumus di kolom yang kami baca, pertama di sel {cell}",
        "The sheet {sheet} has formulas in columns that we read, the first in cell {cell}",
        "Hasil rumus bisa berubah tanpa terlihat. Salin kolomnya, tempel sebagai nilai (Paste "
        "Special, Values), simpan, lalu unggah lagi.",
        "What a formula gives can change unseen. Copy the columns, paste them as values, save, and "
        "upload the file again.",
    ),
    "number_column_damaged": RefusalText(
        422,
        "Nomor {what} di kolom {column} rusak: {ending} dari {numbers} nomor berakhir dengan 0",
        "The {what} numbers in column {column} are damaged: {ending} of {numbers} end in 0",
        "Berkas ini pernah disimpan oleh aplikasi lembar kerja yang membuang digit terakhir. Ambil "
        "lagi dari sumbernya dengan kolom berformat Teks; jangan ketik ulang digit yang hilang.",
        "A spreadsheet has saved this file and thrown the last digit away. Export it again from "
        "its source with the column as Text; do not make up the lost digits.",
    ),
    "file_of_other_village": RefusalText(
        422,
        "Berkas ini menyebut {named}, bukan {chosen}",
        "This file names {named}, not {chosen}",
        "Pilih desa yang benar saat mengunggah. Bila desanya berganti nama, perbaiki nama di "
        "kepala berkas.",
        "Choose the right village at upload. If the village was renamed, correct the name at the "
        "top of the file.",
    ),
    "layout_unknown": RefusalText(
        422,
        "Tidak ada tabel yang dapat kami baca di berkas ini",
        "There is no table in this file that we can read",
        "Berkas perlu satu baris judul kolom dengan data di bawahnya. Pakai contoh berkas di "
        "halaman unggah bila ragu.",
        "The file needs one row of column headings with data below it. If in doubt, use the "
        "template on the upload page.",
    ),
    "columns_not_asked": RefusalText(
        409,
        "Kolom berkas ini tidak perlu ditunjukkan",
        "This file's columns need not be named",
        "Buka halaman berkasnya untuk melihat keadaannya.",
        "Open the file's page to see how far it is.",
    ),
    "columns_do_not_fit": RefusalText(
        422,
        "Pilihan kolom ini tidak cocok dengan isinya",
        "This choice of columns does not fit what they hold",
        "Periksa kolom {columns}, lalu simpan lagi.",
        "Check the columns {columns} and save again.",
    ),
    "roster_programme_unknown": RefusalText(
        422,
        "Nama program pada lembar Program tidak dikenal",
        "The programme named on the sheet Program is not known",
        "Isi Nama Program dengan salah satu dari: {known}.",
        "Write one of these as Nama Program: {known}.",
    ),
    "roster_target_unknown": RefusalText(
        422,
        "Sasaran Program harus 1 (penduduk) atau 2 (keluarga)",
        "Sasaran Program must be 1 (person) or 2 (family)",
        "Perbaiki lembar Program, lalu unggah lagi.",
        "Correct the sheet Program and upload it again.",
    ),
    "roster_of_persons": RefusalText(
        422,
        "Daftar aparatur harus per orang",
        "A list of civil servants must be of persons",
        "Isi Sasaran Program dengan 1 (penduduk) dan NIK setiap orang, lalu unggah lagi.",
        "Write 1 (person) as Sasaran Program and the NIK of each person, and upload it again.",
    ),
    "roster_period_missing": RefusalText(
        422,
        "Rentang waktu program kosong atau tidak terbaca",
        "The programme's period is empty or can't be read",
        "Isi Rentang Waktu (Awal) dan (Akhir) seperti 2026-01-01, lalu unggah lagi.",
        "Write Rentang Waktu (Awal) and (Akhir) like 2026-01-01 and upload it again.",
    ),
    "import_not_ready": RefusalText(
        409,
        "Berkas ini sedang diproses atau sudah selesai",
        "This file is being worked on or is done",
        "Muat ulang halaman untuk melihat keadaannya.",
        "Reload the page to see how far it is.",
    ),
    "nothing_to_commit": RefusalText(
        409,
        "Tidak ada baris yang benar untuk disimpan",
        "There is no right row to save",
        "Perbaiki baris yang salah, lalu unggah lagi.",
        "Correct the wrong rows and upload the file again.",
    ),
    "second_person_needed": RefusalText(
        409,
        "Ini harus dilakukan oleh orang lain",
        "Somebody else has to do this",
        "Minta rekan yang berwenang: yang menyimpan berkas tidak boleh sekaligus membenarkan "
        "perubahan besar atau membatalkannya.",
        "Ask a colleague who may: whoever saves a file may not also confirm a large change or "
        "undo it.",
    ),
    "reason_needed": RefusalText(
        422,
        "Alasannya belum diisi",
        "The reason is empty",
        "Tulis mengapa berkas ini dibatalkan.",
        "Write why this file is undone.",
    ),
    "import_built_upon": RefusalText(
        409,
        "{count} berkas yang lebih baru bersandar pada berkas ini: {files}",
        "{count} later files rest on this one: {files}",
        "Batalkan dahulu berkas yang lebih baru, mulai dari yang terakhir.",
        "Undo the later files first, the newest before the others.",
    ),
    "import_families_listed": RefusalText(
        409,
        "Keluarga dari berkas ini ada pada {count} daftar yang sudah diperiksa atau ditetapkan "
        "(jumlah keluarga dalam kurung): {lists}",
        "Families of this file are on {count} verified or approved lists (families in brackets): "
        "{lists}",
        "Berkas ini tidak dapat dibatalkan lagi. Perbaiki dengan berkas baru atau melalui "
        "perubahan keluarga.",
        "This file can no longer be undone. Correct it by a new file or by a change of the family.",
    ),
    "import_people_changed": RefusalText(
        409,
        "{count} orang atau keluarga dari berkas ini sudah diubah atau digabung sesudahnya",
        "{count} people or families of this file have been changed or merged since",
        "Batalkan dahulu perubahan itu, atau perbaiki dengan berkas baru.",
        "Undo those changes first, or correct them by a new file.",
    ),
    "job_failed": RefusalText(
        500,
        "Pekerjaan ini gagal beberapa kali dan dihentikan; tidak ada yang tersimpan setengah",
        "This work failed several times and was stopped; nothing is half saved",
        "Unggah atau minta sekali lagi. Jika tetap gagal, laporkan waktunya kepada pengelola.",
        "Upload or ask once more. If it fails again, tell the administrator when.",
    ),
}
