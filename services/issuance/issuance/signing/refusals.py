"""How keys say no, in both languages: on pages, to programs, and at the server's terminal."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "key_unknown": RefusalText(
        404,
        "Kunci ini tidak ada",
        "There is no such key",
        "Lihat daftar kunci.",
        "Look at the list of keys.",
    ),
    "key_state_impossible": RefusalText(
        409,
        "Keadaan kunci tidak dapat diubah seperti itu",
        "A key cannot change in that way",
        "Kunci kini “{old}”; dari situ tidak bisa menjadi “{new}”.",
        "The key is “{old}”; it cannot become “{new}” from there.",
    ),
    "key_published_already": RefusalText(
        409,
        "Kunci ini sudah diterbitkan",
        "This key was published already",
        "Ia diterbitkan pada {at}. Lihat kapan boleh diaktifkan: keys show.",
        "That was on {at}. See when it may be activated: keys show.",
    ),
    "key_not_published": RefusalText(
        409,
        "Kunci ini belum diterbitkan",
        "This key is not published yet",
        "Terbitkan dahulu (keys publish {kid}), lalu tunggu 30 hari.",
        "Publish it first (keys publish {kid}), then wait for 30 days.",
    ),
    "key_too_young": RefusalText(
        409,
        "Terminal tanpa jaringan mungkin belum mengenal kunci ini",
        "Terminals without network may not know this key yet",
        "Aktifkan mulai {may_from}. Kalau mendesak: --despite-offline-terminals “alasan”.",
        "Activate it from {may_from} on. If it cannot wait: --despite-offline-terminals “reason”.",
    ),
    "key_needs_another": RefusalText(
        403,
        "Kunci harus diaktifkan oleh orang lain",
        "Another person must activate the key",
        "Minta rekan mengaktifkannya: bukan orang yang membuat kunci.",
        "Ask a colleague: not the person who made the key.",
    ),
    "key_over": RefusalText(
        409,
        "Masa kunci ini untuk menandatangani sudah lewat",
        "The time in which this key may sign is over",
        "Masanya sampai {until}. Buat kunci baru.",
        "It was until {until}. Make a new key.",
    ),
    "key_without_successor": RefusalText(
        409,
        "Tidak ada kunci lain yang menandatangani kartu wilayah {region}",
        "No other key signs the cards of {region}",
        "Aktifkan kunci penggantinya dahulu. Kalau kunci ini dicuri: keys compromise.",
        "Activate its successor first. If this key was stolen: keys compromise.",
    ),
    "key_has_cards": RefusalText(
        409,
        "Masih ada kartu yang berlaku dengan kunci ini",
        "Cards under this key still count",
        "{cards} kartu belum berakhir. Tunggu sampai semuanya diganti atau lewat waktu.",
        "{cards} cards have not ended. Wait until all are replaced or over.",
    ),
    "key_reason_missing": RefusalText(
        422,
        "Alasannya belum ditulis",
        "No reason was given",
        "Tulis mengapa, paling banyak 500 huruf: --reason “…”.",
        "Write why, in at most 500 letters: --reason “…”.",
    ),
    "key_not_confirmed": RefusalText(
        422,
        "Nomor kunci yang diulang tidak sama",
        "The repeated key number is another one",
        "Baca akibatnya, lalu ulangi nomornya: --confirm {kid}.",
        "Read what follows, then repeat the number: --confirm {kid}.",
    ),
    "operator_unnamed": RefusalText(
        422,
        "Nama orang yang melakukan ini belum ditulis",
        "Who does this was not named",
        "Tulis nama orangnya: --as “Nama Lengkap”.",
        "Write the person's name: --as “Full Name”.",
    ),
    "device_uri_malformed": RefusalText(
        422,
        "Alamat perangkat kunci salah",
        "The address of the device is wrong",
        "Contoh: pkcs11:token=khbs. PIN dan pustakanya ada di pengaturan, tidak di alamat.",
        "Example: pkcs11:token=khbs. PIN and library are settings, not part of the address.",
    ),
    "region_unknown": RefusalText(
        422,
        "Wilayah {region} tidak ada",
        "There is no region {region}",
        "Tulis kode Kemendagri: 62, 62.01, 62.01.01 atau 62.01.01.2001.",
        "Write a Kemendagri code: 62, 62.01, 62.01.01 or 62.01.01.2001.",
    ),
}
