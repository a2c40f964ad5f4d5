"""How the built-in accounts refuse."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "issuer_not_prepared": RefusalText(
        503,
        "Layanan masuk belum disiapkan",
        "The sign-in service has not been prepared",
        "Administrator server perlu menjalankan registry.cli prepare.",
        "The server's administrator needs to run registry.cli prepare.",
    ),
    "bad_sign_in_request": RefusalText(
        400,
        "Permintaan masuk ini tidak dikenal",
        "This request to sign in is not known",
        "Mulai lagi dari halaman layanan yang ingin dibuka.",
        "Start again from the page of the service that you want to open.",
    ),
    "accounts_elsewhere": RefusalText(
        404,
        "Akun tidak diatur di sini",
        "Accounts are not managed here",
        "Akun diatur pada penyedia identitas di {issuer}.",
        "Accounts are managed at the identity provider, {issuer}.",
    ),
    "username_taken": RefusalText(
        409,
        "Nama pengguna ini sudah dipakai",
        "This user name is taken",
        "Pilih nama pengguna lain.",
        "Choose another user name.",
    ),
    "own_account": RefusalText(
        403,
        "Akun sendiri tidak dapat diubah di sini",
        "Nobody changes their own account here",
        "Minta kepada administrator lain. Kata sandi sendiri diubah di halaman Akun saya.",
        "Ask another administrator. You change your own password on the page My account.",
    ),
    "last_administrator": RefusalText(
        409,
        "Ini administrator terakhir yang aktif",
        "This is the last active administrator",
        "Buat atau aktifkan administrator lain dahulu.",
        "Make or enable another administrator first.",
    ),
    "too_many_secrets": RefusalText(
        409,
        "Sistem ini sudah punya dua kunci yang berlaku",
        "This system has two valid secrets already",
        "Cabut kunci yang lama, lalu buat yang baru.",
        "Revoke the old secret, then make a new one.",
    ),
}
