"""How collecting for another family is refused, and what to do then."""

from common.problems import RefusalText

REFUSALS = {
    "companion_limit_reached": RefusalText(
        409,
        "Orang ini sudah mengambil untuk {most} keluarga pada tahap ini",
        "This person has collected for {most} families in this cycle already",
        "Hak keluarga tetap utuh. Minta anggota keluarga datang sendiri, atau orang lain yang "
        "mereka percaya. Operator desa dapat mencatat kuasa tetap untuk keluarga ini.",
        "The family keeps its right. Ask a member of it to come, or another person it trusts. "
        "The village operator can record a standing authorisation for this family.",
    ),
    "companion_relation_unknown": RefusalText(
        422,
        "Hubungan ini tidak dikenal",
        "This relation is not known",
        "Pilih hubungan dari daftar.",
        "Choose the relation from the list.",
    ),
    "companion_not_noted": RefusalText(
        409,
        "Siapa yang mengambil belum dicatat untuk penyerahan ini",
        "Who collects was not noted for this act",
        "Isi lagi nama, hubungan, dan alasannya, lalu serahkan.",
        "Enter the name, the relation and the reason again, then give.",
    ),
    "companion_authorised_often": RefusalText(
        409,
        "Orang ini sudah diberi kuasa tetap oleh {most} keluarga",
        "This person already has standing authorisations of {most} families",
        "Pilih orang lain, atau akhiri kuasa yang tidak dipakai lagi.",
        "Choose another person, or end an authorisation that is no longer used.",
    ),
    "authorisation_dates_wrong": RefusalText(
        422,
        "Tanggal kuasa tidak sesuai",
        "The dates of the authorisation do not fit",
        "Kuasa mulai hari ini atau nanti, dan berlaku paling lama {days} hari.",
        "It begins today or later, and holds for at most {days} days.",
    ),
    "authorisation_over": RefusalText(
        409,
        "Kuasa ini sudah berakhir",
        "This authorisation has ended already",
        "Tidak ada yang perlu dilakukan.",
        "Nothing to do.",
    ),
}
