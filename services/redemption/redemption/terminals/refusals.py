"""How terminals are told no, in both languages."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "terminal_signature_malformed": RefusalText(
        401,
        "Tanda tangan terminal tidak terbaca",
        "The terminal's signature cannot be read",
        "Muat ulang aplikasi terminal. Jika tetap terjadi, hubungi dinas.",
        "Reload the terminal's app. If it happens again, call the office.",
    ),
    "terminal_signature_wrong": RefusalText(
        401,
        "Tanda tangan terminal tidak cocok",
        "The terminal's signature does not fit",
        "Muat ulang aplikasi terminal. Jika tetap terjadi, daftarkan telepon ini kembali.",
        "Reload the terminal's app. If it happens again, enrol this phone anew.",
    ),
    "terminal_unknown": RefusalText(
        401,
        "Terminal ini tidak terdaftar",
        "This terminal is not enrolled",
        "Minta pengelola mitra membuat kode, lalu daftarkan telepon ini.",
        "Ask the partner's manager for a code, then enrol this phone.",
    ),
    "terminal_revoked": RefusalText(
        401,
        "Terminal ini sudah dicabut",
        "This terminal is revoked",
        "Pakai telepon lain. Catatan di telepon ini tetap disimpan; hubungi dinas.",
        "Use another phone. What is noted on this one stays there; call the office.",
    ),
    "terminal_clock": RefusalText(
        401,
        "Jam telepon ini tidak tepat",
        "This phone's clock is wrong",
        "Aplikasi menyesuaikan diri dengan jam server; ulangi.",
        "The app goes by the server's clock from now on; try again.",
    ),
    "terminal_needed": RefusalText(
        409,
        "Ini hanya dapat dilakukan dari terminal",
        "This can be done from a terminal only",
        "Buka aplikasi terminal di telepon yang sudah didaftarkan.",
        "Open the terminal's app on a phone that is enrolled.",
    ),
    "terminal_key_malformed": RefusalText(
        422,
        "Kunci telepon ini tidak dapat dipakai",
        "This phone's key cannot be used",
        "Muat ulang aplikasi terminal, lalu daftarkan kembali.",
        "Reload the terminal's app, then enrol again.",
    ),
    "terminal_proof_wrong": RefusalText(
        422,
        "Telepon ini tidak membuktikan kuncinya",
        "This phone did not prove its key",
        "Muat ulang aplikasi terminal, lalu daftarkan kembali.",
        "Reload the terminal's app, then enrol again.",
    ),
    "enrolment_code_mistyped": RefusalText(
        422,
        "Kode pendaftaran salah ketik",
        "The enrolment code is mistyped",
        "Periksa kesembilan huruf dan angkanya, lalu ketik lagi.",
        "Check its nine letters and digits, then type it again.",
    ),
    "enrolment_code_wrong": RefusalText(
        409,
        "Kode pendaftaran ini tidak berlaku",
        "This enrolment code does not count",
        "Mungkin sudah dipakai atau lewat 30 menit. Minta kode baru kepada pengelola mitra.",
        "It may have been used, or be older than 30 minutes. "
        "Ask the partner's manager for a new one.",
    ),
    "partner_takes_no_terminal": RefusalText(
        409,
        "Mitra ini tidak dapat menambah terminal",
        "This partner cannot add terminals",
        "Mitra ini sedang ditangguhkan atau sudah berakhir. Hubungi dinas.",
        "This partner is suspended or has ended. Call the office.",
    ),
    "operator_session_over": RefusalText(
        401,
        "Masuk dengan PIN sudah berakhir",
        "The sign-in with a PIN is over",
        "Pilih nama Anda dan masukkan PIN kembali.",
        "Choose your name and enter the PIN again.",
    ),
    "operator_needed": RefusalText(
        401,
        "Belum ada petugas yang masuk di terminal ini",
        "Nobody is signed in on this terminal",
        "Pilih nama Anda dan masukkan PIN, lalu ulangi.",
        "Choose your name and enter the PIN, then try again.",
    ),
    "operator_pin_wrong": RefusalText(
        401,
        "PIN petugas salah",
        "The operator's PIN is wrong",
        "Coba lagi. Sisa percobaan: {tries_left}.",
        "Try again. Attempts left: {tries_left}.",
    ),
    "full_sign_in_needed": RefusalText(
        401,
        "Masuk dengan akun lengkap diperlukan",
        "A full sign-in is needed",
        "PIN terkunci, atau sudah 30 hari. Masuk dengan nama pengguna dan kata sandi, "
        "lalu pasang PIN kembali.",
        "The PIN is locked, or 30 days have passed. Sign in with your user name and password, "
        "then set the PIN again.",
    ),
    "pin_malformed": RefusalText(
        422,
        "PIN terdiri atas 6 angka",
        "A PIN has 6 digits",
        "Masukkan 6 angka.",
        "Enter 6 digits.",
    ),
    "pin_too_simple": RefusalText(
        422,
        "PIN ini terlalu mudah ditebak",
        "This PIN is too easy to guess",
        "Pilih 6 angka yang tidak berurutan dan tidak berulang.",
        "Choose 6 digits that are neither in a row nor repeated.",
    ),
}
