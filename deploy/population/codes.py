"""The words behind the codes of village files, as district offices write them."""

SEX = {1: "Laki-laki", 2: "Perempuan"}
STATUS = {1: "Hidup", 2: "Mati", 3: "Pindah"}
MARRIAGE = {1: "Belum Kawin", 2: "Kawin", 3: "Cerai Hidup", 4: "Cerai Mati"}
RELATION = {
    1: "Kepala Keluarga", 2: "Suami", 3: "Istri", 4: "Anak", 5: "Menantu", 6: "Cucu",
    7: "Orang Tua", 8: "Mertua", 9: "Famili Lain",
}  # fmt: skip
RELIGION = {
    1: "Islam", 2: "Kristen", 3: "Katholik", 4: "Hindu", 5: "Budha", 6: "Khonghucu",
    7: "Kepercayaan Terhadap Tuhan YME",
}  # fmt: skip
EDUCATION = {
    1: "Tidak/Belum Sekolah", 2: "Belum Tamat SD/Sederajat", 3: "Tamat SD/Sederajat",
    4: "SLTP/Sederajat", 5: "SLTA/Sederajat", 6: "Diploma I/II",
    7: "Akademi/Diploma III/S. Muda", 8: "Diploma IV/Strata I",
}  # fmt: skip
OCCUPATION = {
    1: "Belum/Tidak Bekerja", 2: "Mengurus Rumah Tangga", 3: "Pelajar/Mahasiswa", 4: "Pensiunan",
    5: "Aparatur Sipil Negara (ASN)", 6: "Tentara Nasional Indonesia (TNI)",
    7: "Kepolisian RI (POLRI)", 9: "Petani/Pekebun", 10: "Peternak", 11: "Nelayan/Perikanan",
    14: "Transportasi", 15: "Karyawan Swasta", 18: "Karyawan Honorer", 19: "Buruh Harian Lepas",
    20: "Buruh Tani/Perkebunan", 21: "Buruh Nelayan/Perikanan", 23: "Pembantu Rumah Tangga",
    26: "Tukang Batu", 27: "Tukang Kayu", 30: "Tukang Jahit", 35: "Mekanik", 42: "Pendeta",
    65: "Guru", 73: "Bidan", 74: "Perawat", 81: "Sopir", 84: "Pedagang", 85: "Perangkat Desa",
    88: "Wiraswasta", 89: "Lainnya",
}  # fmt: skip
