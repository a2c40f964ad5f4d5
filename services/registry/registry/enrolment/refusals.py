"""How enrolment refuses."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "list_empty": RefusalText(
        409,
        "Tidak ada keluarga yang dapat diusulkan di wilayah ini",
        "No family of this region can be proposed",
        "Impor berkas penduduk dan tunggu keputusannya, atau pilih wilayah lain.",
        "Import the population file and wait for the decisions, or choose another region.",
    ),
    "list_open_already": RefusalText(
        409,
        "Sudah ada daftar untuk wilayah dan tahap ini yang belum selesai",
        "A list for this region and cycle is on its way already",
        "Buka daftar itu, atau tunggu sampai disetujui atau dikembalikan.",
        "Open that list, or wait until it is approved or sent back.",
    ),
    "list_not_proposed": RefusalText(
        409,
        "Daftar ini tidak sedang menunggu verifikasi",
        "This list does not wait for verification",
        "Muat ulang halaman untuk melihat keadaannya.",
        "Reload the page to see how far it is.",
    ),
    "list_not_verified": RefusalText(
        409,
        "Daftar ini tidak sedang menunggu persetujuan",
        "This list does not wait for approval",
        "Muat ulang halaman untuk melihat keadaannya.",
        "Reload the page to see how far it is.",
    ),
    "list_approved_already": RefusalText(
        409,
        "Daftar ini sudah Anda setujui dengan keputusan {number}",
        "You have approved this list already, by decree {number}",
        "Satu daftar ditetapkan dengan satu keputusan. Muat ulang halaman untuk melihatnya.",
        "A list is approved by one decree. Reload the page to see it.",
    ),
    "list_has_open_reviews": RefusalText(
        409,
        "Masih ada {count} keluarga yang perlu diperiksa",
        "{count} families still need review",
        "Periksa keluarga itu satu per satu atau bersama, lalu verifikasi daftar.",
        "Review these families one by one or together, then verify the list.",
    ),
    "same_person_proposed": RefusalText(
        403,
        "Anda sendiri yang mengusulkan daftar ini",
        "You proposed this list yourself",
        "Minta verifikator lain memeriksanya.",
        "Ask another verifier to check it.",
    ),
    "same_person_worked_on_list": RefusalText(
        403,
        "Anda sudah mengusulkan atau memverifikasi daftar ini",
        "You have proposed or verified this list",
        "Persetujuan harus oleh orang lain.",
        "Someone else must approve it.",
    ),
    "list_changed": RefusalText(
        409,
        "Isi daftar berubah sejak Anda membukanya",
        "The list has changed since you opened it",
        "Muat ulang, periksa lagi, lalu setujui.",
        "Reload it, check it again, then approve.",
    ),
    "decree_missing": RefusalText(
        422,
        "Nomor dan tanggal keputusan harus diisi",
        "The decree's number and date are needed",
        "Isi nomor keputusan (SK) dan tanggalnya.",
        "Enter the number of the decree and its date.",
    ),
    "budget_exceeded": RefusalText(
        409,
        "Daftar ini melampaui pagu anggaran tahap sebesar {over}",
        "This list exceeds the cycle's budget by {over}",
        "Kurangi daftar, atau minta pagu ditambah dengan keputusan baru.",
        "Make the list smaller, or have the budget raised by a new decree.",
    ),
    "household_enrolled_already": RefusalText(
        409,
        "Ada keluarga di daftar ini yang sudah ditetapkan pada tahap yang sama",
        "A family on this list is enrolled in the same cycle already",
        "Kembalikan daftar ini, lalu usulkan lagi tanpa keluarga itu.",
        "Send the list back and propose it again without that family.",
    ),
}
