"""How a photo is refused, in both languages."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "photo_missing": RefusalText(
        422,
        "Fotonya belum dipilih",
        "No photo was chosen",
        "Ambil foto dengan kamera, atau pilih berkasnya.",
        "Take a photo with the camera, or choose a file.",
    ),
    "photo_too_large": RefusalText(
        422,
        "Fotonya terlalu besar",
        "The photo is too large",
        "Pilih foto yang lebih kecil dari {limit_mb} MB, atau ambil dengan kamera di halaman ini.",
        "Choose a photo below {limit_mb} MB, or take one with the camera on this page.",
    ),
    "photo_too_small": RefusalText(
        422,
        "Fotonya terlalu kecil",
        "The photo is too small",
        "Pilih foto yang sisi pendeknya paling sedikit {pixels} piksel.",
        "Choose a photo whose short side has at least {pixels} pixels.",
    ),
    "photo_unreadable": RefusalText(
        422,
        "Berkas itu bukan foto yang dapat dibaca",
        "That file is not a photo that can be read",
        "Pilih foto JPEG, PNG, atau WebP, atau ambil dengan kamera di halaman ini.",
        "Choose a JPEG, PNG or WebP photo, or take one with the camera on this page.",
    ),
    "photo_consent_missing": RefusalText(
        422,
        "Persetujuan keluarga belum dicatat",
        "The family's consent is not noted",
        "Tanyakan apakah fotonya boleh dicetak pada kartu, lalu pilih siapa yang menyetujuinya.",
        "Ask whether the photo may be printed on the card, then choose who agreed.",
    ),
}
