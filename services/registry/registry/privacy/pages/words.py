"""What was done, in words: actions of this service's audit log as an auditor reads them."""

from common.web.languages import N_

ACTIONS: dict[str, str] = {
    "access.refused": N_("Ditolak: tidak berwenang"),
    "account.created": N_("Membuat akun"),
    "account.disabled": N_("Menonaktifkan akun"),
    "account.enabled": N_("Mengaktifkan akun"),
    "account.password_changed": N_("Mengganti kata sandi sendiri"),
    "account.password_reset": N_("Mengatur ulang kata sandi"),
    "account.role_changed": N_("Mengubah peran"),
    "account.second_factor_enrolled": N_("Memasang kode di ponsel"),
    "account.second_factor_reset": N_("Mengatur ulang kode dari ponsel"),
    "account.signed_out": N_("Mengeluarkan dari semua perangkat"),
    "api_client.created": N_("Membuat sistem mitra"),
    "api_client.disabled": N_("Mencabut sistem mitra"),
    "api_client.refused": N_("Kunci sistem ditolak"),
    "api_client.secret_added": N_("Menambah kunci sistem"),
    "api_client.secret_revoked": N_("Mencabut kunci sistem"),
    "api_client.token_given": N_("Sistem mitra masuk"),
    "audit.read": N_("Membaca jejak audit"),
    "criteria.approve": N_("Menyetujui kriteria"),
    "criteria.draft": N_("Menyusun kriteria"),
    "decision.review": N_("Memutuskan tinjauan"),
    "decisions.read": N_("Melihat keputusan"),
    "grant.reuse_detected": N_("Token dipakai dua kali: sesi diakhiri"),
    "household.found": N_("Menemukan keluarga"),
    "household.read": N_("Membuka data keluarga"),
    "household.reveal": N_("Membuka nomor lengkap"),
    "household.search": N_("Mencari keluarga"),
    "import.commit": N_("Menyimpan impor"),
    "import.download": N_("Mengunduh berkas impor"),
    "import.read": N_("Melihat impor"),
    "import.upload": N_("Mengunggah berkas"),
    "import.withdraw": N_("Menarik impor"),
    "list.approved": N_("Menyetujui daftar penerima"),
    "list.proposed": N_("Mengusulkan daftar penerima"),
    "list.read": N_("Melihat daftar penerima"),
    "list.returned": N_("Mengembalikan daftar penerima"),
    "list.verified": N_("Memverifikasi daftar penerima"),
    "sign_in.completed": N_("Masuk"),
    "sign_in.ended": N_("Keluar"),
    "sign_in.failed": N_("Gagal masuk"),
}

# What an auditor filters by: the first word of an action.
KINDS: dict[str, str] = {
    "household": N_("Data keluarga"),
    "import": N_("Impor berkas"),
    "decision": N_("Keputusan"),
    "list": N_("Daftar penerima"),
    "criteria": N_("Kriteria"),
    "account": N_("Akun"),
    "sign_in": N_("Masuk dan keluar"),
    "api_client": N_("Sistem mitra"),
    "access": N_("Penolakan"),
    "audit": N_("Jejak audit"),
}

# What an action was done to.
SUBJECTS: dict[str, str] = {
    "account": N_("Akun"),
    "api_client": N_("Sistem mitra"),
    "audit_log": N_("Jejak audit"),
    "beneficiary_list": N_("Daftar penerima"),
    "criteria_version": N_("Kriteria"),
    "cycle": N_("Tahap"),
    "household": N_("Keluarga"),
    "import": N_("Impor"),
    "region": N_("Wilayah"),
    "route": N_("Halaman"),
}
