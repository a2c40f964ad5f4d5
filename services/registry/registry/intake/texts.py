"""What is said about a row that is wrong or odd: what it is and what to do, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.problems import fill


@dataclass(frozen=True, slots=True)
class RowText:
    id: str
    en: str


ROW_TEXTS: dict[str, RowText] = {
    "number_damaged": RowText(
        "{what} ini rusak oleh aplikasi lembar kerja: tersimpan sebagai angka sehingga digit "
        "terakhirnya hilang. Ubah format sel menjadi Teks, lalu ketik ulang 16 digit dari "
        "dokumen aslinya.",
        "A spreadsheet has damaged this {what}: it was kept as a number, so its last digits are "
        "lost. Set the cell's format to Text and type the 16 digits again from the document.",
    ),
    "number_not_16_digits": RowText(
        "{what} harus 16 digit angka. Periksa dengan dokumen aslinya.",
        "The {what} must have 16 digits. Check it against the document.",
    ),
    "kk_missing": RowText(
        "Nomor KK kosong, jadi keluarganya tidak diketahui. Isi 16 digit nomor KK.",
        "The KK number is empty, so the family is not known. Enter its 16 digits.",
    ),
    "nik_serial_zero": RowText(
        "NIK tidak pernah berakhir dengan 0000; biasanya ini NIK yang rusak atau sementara. Isi "
        "NIK yang benar, atau kosongkan bila belum ada.",
        "No NIK ends in 0000; it is usually damaged or made up. Enter the right one, or leave the "
        "cell empty when there is none yet.",
    ),
    "nik_missing": RowText(
        "NIK belum ada. Orang ini tetap dicatat dengan nomor sementara; bantu urus NIK-nya.",
        "No NIK yet. The person is recorded under a temporary number; help them to get one.",
    ),
    "nik_twice_in_file": RowText(
        "NIK ini sudah dipakai di baris {other_row}. Periksa siapa pemiliknya, lalu perbaiki "
        "baris yang salah.",
        "This NIK stands in row {other_row} already. Find out whose it is and correct the wrong "
        "row.",
    ),
    "person_twice_in_file": RowText(
        "Orang ini (nomor KK, nama, dan tanggal lahir sama) sudah ada di baris {other_row}. Hapus "
        "salah satunya.",
        "This person (same KK number, name and birth date) stands in row {other_row} already. "
        "Remove one of the two.",
    ),
    "person_twice": RowText(
        "Baris ini dan baris lain di atasnya menunjuk orang yang sama di data kami. Hapus salah "
        "satunya.",
        "This row and one above it mean the same person in our records. Remove one of the two.",
    ),
    "person_merged": RowText(
        "Petugas sudah menyatakan orang ini sama dengan catatan lain. Hapus baris ini, atau minta "
        "penggabungannya dibatalkan.",
        "Staff have found this person to be the same as another record. Remove this row, or ask "
        "for the merge to be undone.",
    ),
    "nik_of_another": RowText(
        "NIK ini sudah tercatat untuk orang lain: nama, dan tanggal lahir atau jenis kelaminnya, "
        "tidak sama. Lihat KTP atau KK aslinya; salah satu NIK salah salin.",
        "This NIK is recorded for somebody else: the name, and the birth date or the sex, do not "
        "agree. Look at the ID or family card itself; one of the two NIKs was copied wrongly.",
    ),
    "nik_in_other_village": RowText(
        "NIK ini sudah tercatat di desa lain yang tidak Anda pegang. Bila warga ini pindah, minta "
        "orang yang memegang kedua desa (misalnya verifikator kabupaten) mengunggah berkas ini.",
        "This NIK is recorded in another village that is not yours. If the person has moved, ask "
        "somebody who covers both villages (the regency verifier, say) to upload this file.",
    ),
    "kk_in_other_village": RowText(
        "Nomor KK ini sudah tercatat di desa lain yang tidak Anda pegang. Bila keluarga ini "
        "pindah, minta orang yang memegang kedua desa (misalnya verifikator kabupaten) mengunggah "
        "berkas ini.",
        "This KK number is recorded in another village that is not yours. If the family has moved, "
        "ask somebody who covers both villages (the regency verifier, say) to upload this file.",
    ),
    "kk_in_two_villages": RowText(
        "Nomor KK ini ada di berkas dengan dua kode desa. Satu keluarga tercatat di satu desa; "
        "perbaiki kode desa atau nomor KK yang salah.",
        "This KK number stands in the file with two village codes. A family is recorded in one "
        "village; correct the wrong village code or KK number.",
    ),
    "nik_birth_differs": RowText(
        "Tanggal lahir di berkas tidak cocok dengan NIK (digit ke-7 sampai ke-12: tanggal, bulan, "
        "tahun; perempuan tanggalnya ditambah 40). Cocokkan keduanya dengan KK atau KTP, lalu "
        "perbaiki di sumbernya bila ada yang salah ketik.",
        "The birth date in the file does not fit the NIK (its digits 7 to 12: day, month, year; a "
        "woman's day has 40 added). Compare both with the family card, and correct the mistake at "
        "its source if there is one.",
    ),
    "nik_sex_differs": RowText(
        "Jenis kelamin di berkas tidak cocok dengan NIK (perempuan: digit ke-7 dan ke-8 lebih dari "
        "40). Cocokkan dengan KK atau KTP, lalu perbaiki di sumbernya bila salah ketik.",
        "The sex in the file does not fit the NIK (a woman's digits 7 and 8 are above 40). Compare "
        "with the family card, and correct the mistake at its source if there is one.",
    ),
    "nik_district_unknown": RowText(
        "Enam digit pertama NIK bukan kecamatan yang dikenal sekarang. Bisa jadi kode lama yang "
        "memang benar; bila bukan, cocokkan NIK dengan KK atau KTP.",
        "The NIK's first six digits are no district of today. It may be an old code, which is "
        "right; if not, compare the NIK with the family card.",
    ),
    "name_missing": RowText("Nama kosong. Isi nama lengkap.", "The name is empty. Enter it."),
    "name_not_a_name": RowText(
        "Isi sel ini bukan nama orang. Periksa apakah kolomnya tergeser.",
        "This cell does not hold a person's name. Check whether the columns have shifted.",
    ),
    "sex_unknown": RowText(
        "Jenis kelamin harus 1, L, atau Laki-laki; atau 2, P, atau Perempuan.",
        "The sex must be 1, L or Laki-laki (male), or 2, P or Perempuan (female).",
    ),
    "relation_unknown": RowText(
        "Hubungan dalam keluarga harus kode 1 sampai 11 (1 = kepala keluarga) atau katanya, "
        "misalnya Kepala Keluarga, Istri, Anak.",
        "The relation must be a code from 1 to 11 (1 = head of the family) or its word, like "
        "Kepala Keluarga, Istri, Anak.",
    ),
    "status_unknown": RowText(
        "Keadaan harus 1 (hidup), 2 (mati), 3 (pindah), 4 (hilang), 6 (pergi), atau katanya.",
        "The status must be 1 (alive), 2 (dead), 3 (moved), 4 (missing), 6 (away), or its word.",
    ),
    "status_invalid": RowText(
        "Sumbernya menandai orang ini Tidak Valid, jadi barisnya tidak dipakai. Periksa datanya "
        "di Dukcapil, lalu kirim lagi dengan keadaan yang benar.",
        "The source marks this person Tidak Valid, so the row is not used. Check with Dukcapil and "
        "send it again with the right status.",
    ),
    "birth_date_missing": RowText(
        "Tanggal lahir kosong. Isi bila diketahui.",
        "The birth date is empty. Enter it when it is known.",
    ),
    "date_unreadable": RowText(
        "Tanggal tidak terbaca. Tulis seperti 2001-12-31, 31-12-2001, atau 31 Desember 2001.",
        "This date can't be read. Write it like 2001-12-31, 31-12-2001 or 31 Desember 2001.",
    ),
    "date_only_year": RowText(
        "Hanya ada tahunnya. Isi tanggal lengkap dari dokumennya, atau kosongkan bila tidak ada.",
        "There is only a year. Enter the whole date from the document, or leave the cell empty.",
    ),
    "date_century_unclear": RowText(
        "Tahun dua angka ini bisa berarti 19… atau 20…. Tulis tahun dengan empat angka.",
        "This two-digit year can mean 19… or 20…. Write the year with four digits.",
    ),
    "date_impossible": RowText(
        "Tanggal ini tidak ada di kalender. Hari ditulis sebelum bulan.",
        "There is no such day in the calendar. The day comes before the month.",
    ),
    "date_in_future": RowText(
        "Tanggal ini belum terjadi. Periksa tahunnya.",
        "This date has not come yet. Check the year.",
    ),
    "date_too_old": RowText(
        "Tanggal ini terlalu lama. Periksa tahunnya.",
        "This date is too long ago. Check the year.",
    ),
    "participant_missing": RowText(
        "Baris ini tidak punya NIK atau nomor KK. Isi salah satunya.",
        "This row has neither a NIK nor a KK number. Enter one.",
    ),
    "subject_twice": RowText(
        "Keluarga atau orang ini sudah ada di baris lain di atasnya. Hapus salah satunya.",
        "This family or person stands in a row above. Remove one of the two.",
    ),
    "decile_unknown": RowText(
        "Desil harus angka 1 sampai 10.", "The decile must be a number from 1 to 10."
    ),
    "period_unknown": RowText(
        "Periode ditulis seperti 2026-Q1 atau TW I 2026.",
        "The period is written like 2026-Q1 or TW I 2026.",
    ),
    "village_differs": RowText(
        "Baris ini menyebut desa atau kecamatan lain daripada yang dipilih saat mengunggah. "
        "Unggah baris desa lain untuk desanya sendiri, atau perbaiki namanya.",
        "This row names another village or district than the one chosen at upload. Upload other "
        "villages' rows for those villages, or correct the name.",
    ),
    "village_code_missing": RowText(
        "Kode desa kosong, padahal berkas ini untuk lebih dari satu desa. Isi kodenya, misalnya "
        "62.03.01.2011.",
        "The village code is empty although the file is for more than one village. Enter it, like "
        "62.03.01.2011.",
    ),
    "village_code_unknown": RowText(
        "Kode desa ini tidak dikenal. Pakai kode Kemendagri, misalnya 62.03.01.2011.",
        "This village code is not known. Use the Kemendagri code, like 62.03.01.2011.",
    ),
    "village_code_outside": RowText(
        "Desa ini di luar wilayah yang dipilih saat mengunggah. Periksa kodenya, atau unggah untuk "
        "wilayah yang mencakupnya.",
        "This village lies outside the region chosen at upload. Check the code, or upload the file "
        "for a region that contains it.",
    ),
    "phone_unreadable": RowText(
        "Nomor telepon tidak terbaca dan tidak disimpan. Tulis seperti 081234567890.",
        "The telephone number can't be read and is not kept. Write it like 081234567890.",
    ),
    "match_nik_missing": RowText(
        "NIK kosong, jadi tidak diketahui hasil ini tentang siapa. Isi 16 digit NIK.",
        "The NIK is empty, so it is not known whom this result is about. Enter its 16 digits.",
    ),
    "match_result_unknown": RowText(
        "Hasil pemadanan tidak dikenal. Tulis misalnya Cocok, Tidak Cocok, Meninggal, atau Pindah.",
        "This result is not known. Write for example Cocok, Tidak Cocok, Meninggal or Pindah.",
    ),
}


def row_text(problem: Mapping[str, Any], language: str) -> str:
    """Return what is said about one cell."""
    known = ROW_TEXTS.get(str(problem["code"]))
    if known is None:
        return str(problem["code"])
    return fill(known.en if language == "en" else known.id, problem)
