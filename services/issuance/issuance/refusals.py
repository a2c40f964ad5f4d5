"""How this service says no: every refusal's words, in both languages, and its HTTP status."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "card_unknown": RefusalText(
        404,
        "Kartu ini tidak ada",
        "There is no such card",
        "Periksa nomornya, atau cari dengan nama dan desa.",
        "Check the number, or search by name and village.",
    ),
    "card_number_mistyped": RefusalText(
        422,
        "Nomor kartu salah ketik",
        "The card number is mistyped",
        "Bandingkan setiap huruf dan angka dengan kartunya, lalu ketik lagi.",
        "Compare every letter and digit with the card and type it again.",
    ),
    "card_number_malformed": RefusalText(
        422,
        "Itu bukan nomor kartu",
        "That is not a card number",
        "Nomor kartu terdiri dari 14 huruf dan angka, di bawah kode QR.",
        "A card number has 14 letters and digits and is below the QR code.",
    ),
    "card_state_impossible": RefusalText(
        409,
        "Kartu ini tidak dapat diubah seperti itu",
        "This card cannot be changed in that way",
        "Keadaan kartu mungkin baru saja berubah. Muat ulang, lalu lihat keadaannya.",
        "The card may just have changed. Reload and look at its state.",
    ),
    "enrolment_suspended": RefusalText(
        409,
        "Penetapan keluarga ini sedang ditangguhkan",
        "This family's enrolment is suspended",
        "Kartu berlaku lagi sendiri setelah dinas mencabut penangguhan. "
        "Minta keluarga bertanya kepada desanya.",
        "The card counts again by itself once the office lifts the suspension. "
        "Ask the family to ask its village.",
    ),
    "unblock_needs_another": RefusalText(
        403,
        "Blokir harus dibuka oleh orang lain",
        "Another person must unblock it",
        "Minta petugas lain membukanya: bukan orang yang memblokir.",
        "Ask a colleague: not the person who blocked the card.",
    ),
    "reason_unknown": RefusalText(
        422,
        "Alasannya belum dipilih",
        "No reason was chosen",
        "Pilih salah satu alasan dari daftar.",
        "Choose one of the reasons in the list.",
    ),
    "village_needed": RefusalText(
        422,
        "Desanya belum dipilih",
        "No village was chosen",
        "Pilih satu desa atau kelurahan untuk mencari nama di dalamnya.",
        "Choose one village to search for a name in it.",
    ),
    "village_unknown": RefusalText(
        422,
        "Desa itu tidak ditemukan di wilayah Anda",
        "That village was not found in your regions",
        "Periksa ejaannya, atau tulis kode wilayahnya.",
        "Check the spelling, or write its region code.",
    ),
    "trust_bundle_refused": RefusalText(
        422,
        "Daftar kepercayaan ini tidak dapat dipakai: {reason}",
        "This trust bundle cannot be used: {reason}",
        "Bandingkan dengan bundel yang berlaku (trust show), lalu tanda tangani permintaan baru.",
        "Compare it with the bundle in force (trust show), then sign a new request.",
    ),
    "trust_bundle_outdated": RefusalText(
        409,
        "Kunci atau daftar sudah berubah sejak versi {version} diminta",
        "Keys or lists have changed since version {version} was asked for",
        "Buat permintaan baru (trust request), dan tanda tangani lagi.",
        "Make a new request (trust request) and sign again.",
    ),
    "trust_root_unconfirmed": RefusalText(
        422,
        "Bundel pertama memerlukan sidik jari kunci akarnya",
        "The first bundle needs the fingerprint of its root",
        "Bacakan sidik jari dari kertas, dan berikan dengan --fingerprint.",
        "Read the fingerprint from the paper and give it with --fingerprint.",
    ),
}
