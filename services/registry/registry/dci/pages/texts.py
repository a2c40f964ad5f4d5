"""What the pages about other agencies' systems say."""

from common.web.languages import N_

FIELD_WORDS: dict[str, str] = {
    "nik": N_("NIK"),
    "kk": N_("Nomor KK"),
    "name": N_("Nama"),
    "sex": N_("Jenis kelamin"),
    "birth": N_("Tanggal lahir"),
    "marital": N_("Status kawin"),
    "relation": N_("Hubungan dengan kepala keluarga"),
    "region": N_("Desa atau kelurahan"),
    "members": N_("Anggota keluarga"),
    "decile": N_("Desil DTSEN"),
    "enrolments": N_("Penetapan program"),
}
ACTION_WORDS: dict[str, str] = {
    "search": N_("Mencari"),
    "subscribe": N_("Berlangganan"),
    "unsubscribe": N_("Berhenti berlangganan"),
    "txn-status": N_("Menanyakan keadaan"),
    "notify": N_("Memberi tahu"),
    "on-search": N_("Jawaban pencarian"),
    "on-subscribe": N_("Jawaban langganan"),
    "on-unsubscribe": N_("Jawaban berhenti"),
    "txn-on-status": N_("Jawaban keadaan"),
}
CALLBACK_STATES: dict[str, tuple[str, str]] = {
    "waiting": (N_("Menunggu dikirim"), "wait"),
    "sent": (N_("Terkirim"), "good"),
    "dead": (N_("Tidak terkirim"), "bad"),
}
CALLBACK_FAULTS: dict[str, str] = {
    "agreement_over": N_("Perjanjian sudah berakhir."),
    "address_not_agreed": N_("Alamatnya tidak lagi ada dalam perjanjian."),
    "address_not_callable": N_("Alamatnya tidak boleh atau tidak dapat dipanggil."),
    "no_answer_in_time": N_("Tidak dijawab tepat waktu."),
    "not_reached": N_("Tidak terjangkau."),
    "led_elsewhere": N_("Dialihkan ke alamat lain; pengalihan tidak diikuti."),
    "not_taken": N_("Ditolak oleh sistem penerima."),
}
EVENT_WORDS: dict[str, str] = {
    "REGISTER": N_("Keluarga baru atau berubah"),
    "NewHouseHoldMember": N_("Anggota keluarga baru"),
    "enrollement": N_("Penetapan baru"),
    "enrollement_status_change": N_("Penetapan berubah"),
}
ROW_STATES: dict[str, tuple[str, str]] = {
    "waiting": (N_("Menunggu"), "wait"),
    "taken": (N_("Diterima"), "good"),
    "refused": (N_("Ditolak"), "bad"),
}
VALUE_WORDS: dict[str, str] = {"yes": N_("menerima"), "no": N_("tidak lagi menerima")}
ROW_FAULTS: dict[str, str] = {
    "not_known_here": N_("Tidak dikenal di wilayah perjanjian"),
    "number_missing": N_("Tanpa NIK atau nomor KK yang utuh"),
    "programme_not_agreed": N_("Program di luar perjanjian"),
    "status_unknown": N_("Keadaan penetapan tidak dikenal"),
    "date_missing": N_("Tanggal tidak ada atau di masa depan"),
}

NEEDED = N_("Isilah bagian ini, paling banyak 300 karakter.")
BAD_SENDER = N_("Pakailah 3–64 huruf, angka, titik, garis bawah, atau tanda hubung.")
NO_FIELD = N_("Pilih paling sedikit satu bidang.")
BAD_DAY = N_("Isilah tanggal, hari ini atau sesudahnya.")
BAD_REGION = N_("Tulis kode wilayah; baris ini tidak jelas: %(line)s.")
NO_REGION = N_("Isilah paling sedikit satu wilayah.")
BAD_ADDRESS = N_("Alamat ini tidak dapat dipakai: %(line)s. Perlu https, tanpa tanda tanya.")
BAD_KEYS = N_("Kunci publik tidak dapat dipakai: %(why)s.")
KEY_NEEDED = N_("Tempel kunci publik, atau jangan mewajibkan tanda tangan.")
BAD_CODES = N_("Pakailah huruf kecil, angka, dan garis bawah, satu kode per baris.")
