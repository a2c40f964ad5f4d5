"""How partners, and those who manage them, are told no; beside what redeeming refuses."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "partner_proposed": RefusalText(
        409,
        "Mitra ini belum diaktifkan",
        "This partner is not activated yet",
        "Jangan serahkan bantuan. Minta bagian keuangan mengaktifkannya; "
        "keluarga dapat ke mitra lain.",
        "Give nothing. Ask finance to activate it; the family can go to another partner.",
    ),
    "partner_ended": RefusalText(
        409,
        "Kerja sama mitra ini sudah berakhir",
        "This partner's work for the card has ended",
        "Jangan serahkan bantuan. Arahkan keluarga ke mitra lain.",
        "Give nothing. Send the family to another partner.",
    ),
    "partner_contract_over": RefusalText(
        409,
        "Masa kontrak mitra ini belum mulai atau sudah habis",
        "This partner's contract has not begun or is over",
        "Jangan serahkan bantuan. Hubungi dinas untuk memperpanjang; keluarga dapat ke mitra lain.",
        "Give nothing. Call the office to extend it; the family can go to another partner.",
    ),
    "not_in_partner_contract": RefusalText(
        409,
        "Bantuan ini tidak termasuk dalam kontrak mitra ini",
        "This benefit is not part of this partner's contract",
        "Arahkan keluarga ke mitra yang melayaninya.",
        "Send the family to a partner that gives it.",
    ),
    "npsn_malformed": RefusalText(
        422,
        "NPSN sekolah terdiri atas 8 angka",
        "A school's NPSN has 8 digits",
        "Periksa NPSN di situs data sekolah. PKBM, SKB, dan LKP: P atau K dan 7 angka.",
        "Check the NPSN in the data of schools. PKBM, SKB and LKP: P or K and 7 digits.",
    ),
    "clinic_code_malformed": RefusalText(
        422,
        "Kode klinik atau puskesmas tidak sesuai bentuknya",
        "The clinic's code does not have the right form",
        "Isi kode BPJS (8 karakter) atau kode Kemenkes (P dan 10 angka, atau 7 angka).",
        "Enter the BPJS code (8 characters) or the Kemenkes code (P and 10 digits, or 7 digits).",
    ),
    "university_code_malformed": RefusalText(
        422,
        "Kode perguruan tinggi terdiri atas 6 angka",
        "A university's code has 6 digits",
        "Periksa kodenya di pangkalan data pendidikan tinggi.",
        "Check the code in the data of higher education.",
    ),
    "benefit_code_malformed": RefusalText(
        422,
        "Kode bantuan tidak sesuai bentuknya",
        "A benefit's code does not have the right form",
        "Tulis kode program, atau program/manfaat, misalnya PANGAN atau PANGAN/BERAS.",
        "Write the programme's code, or programme/benefit, for example PANGAN or PANGAN/BERAS.",
    ),
    "contract_backwards": RefusalText(
        422,
        "Kontrak berakhir sebelum dimulai",
        "The contract ends before it begins",
        "Tukar kedua tanggalnya.",
        "Swap the two dates.",
    ),
    "hours_backwards": RefusalText(
        422,
        "Jam tutup mendahului jam buka",
        "Closing time is before opening time",
        "Periksa jam pada hari itu, misalnya 08.00 sampai 15.00.",
        "Check the hours of that day, for example 08:00 to 15:00.",
    ),
    "account_malformed": RefusalText(
        422,
        "Nomor rekening terdiri atas 6 sampai 20 angka",
        "An account number has 6 to 20 digits",
        "Periksa buku tabungannya, lalu ketik lagi tanpa huruf.",
        "Check the bank's papers and type it again without letters.",
    ),
    "approved_by_the_same_person": RefusalText(
        409,
        "Harus diputuskan oleh orang lain",
        "Somebody else must decide this",
        "Minta rekan yang berwenang memeriksanya.",
        "Ask a colleague who may to look at it.",
    ),
    "change_waits_already": RefusalText(
        409,
        "Sudah ada perubahan yang menunggu keputusan",
        "A change is waiting for a decision already",
        "Putuskan atau tarik perubahan itu dahulu.",
        "Decide or withdraw that one first.",
    ),
    "change_decided_already": RefusalText(
        409,
        "Perubahan ini sudah diputuskan",
        "This change was decided already",
        "Muat ulang halaman untuk melihat keputusannya.",
        "Reload the page to see the decision.",
    ),
    "not_in_this_state": RefusalText(
        409,
        "Keadaan mitra ini tidak memungkinkannya",
        "The partner's state does not allow this",
        "Muat ulang halaman dan periksa keadaannya.",
        "Reload the page and check its state.",
    ),
}
