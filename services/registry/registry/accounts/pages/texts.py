"""What the pages of accounts say when something is wrong with a form."""

from common.web.languages import N_

# Never which of the two was wrong.
WRONG_PASSWORD = N_("Nama pengguna atau kata sandi salah.")
WRONG_CODE = N_("Kode salah atau sudah dipakai. Tunggu kode berikutnya di ponsel Anda.")
WRONG_OWN_PASSWORD = N_("Kata sandi yang sekarang salah.")

PASSWORD_FAULTS = {
    "short": N_("Kata sandi paling sedikit 12 karakter."),
    "long": N_("Kata sandi paling banyak 128 karakter."),
    "simple": N_("Kata sandi ini terlalu mudah ditebak. Pakailah beberapa kata."),
    "known": N_("Kata sandi ini terlalu mirip nama pengguna atau kata yang umum."),
    "same": N_("Kata sandi baru harus berbeda dari yang sekarang."),
    "differs": N_("Kedua kata sandi tidak sama."),
}

BAD_USERNAME = N_("Pakailah 3–32 huruf kecil, angka, titik, atau tanda hubung; huruf di depan.")
BAD_NAME = N_("Isilah nama, paling banyak 80 karakter, tanpa NIK.")
BAD_ROLE = N_("Pilih satu peran.")
NO_REGION = N_("Peran ini memerlukan paling sedikit satu wilayah.")
BAD_PARTNER = N_("Salin nomor mitra dari halaman Mitra.")
TAKEN = N_("Nama pengguna ini sudah dipakai.")
UNKNOWN_REGION = N_("Tidak ada wilayah bernama %(line)s.")
SEVERAL_REGIONS = N_("Ada beberapa wilayah bernama %(line)s; tulis kodenya: %(codes)s.")
BAD_SYSTEM_NAME = N_("Isilah nama sistem, paling banyak 80 karakter.")
