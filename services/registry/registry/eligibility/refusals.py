"""How eligibility refuses."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "criterion_unreadable": RefusalText(
        422,
        "Kriteria ini tidak dapat dibaca: {expression}",
        "This criterion can't be read: {expression}",
        "Tulis sebagai ungkapan CEL yang hasilnya benar atau salah.",
        "Write it as a CEL expression that is true or false.",
    ),
    "criterion_names_unknown_fact": RefusalText(
        422,
        "Kriteria menyebut data yang tidak dikenal: {name}",
        "A criterion names an unknown fact: {name}",
        "Pakai salah satu dari: {known}.",
        "Use one of: {known}.",
    ),
    "criterion_not_yes_or_no": RefusalText(
        422,
        "Kriteria ini bukan pertanyaan ya atau tidak: {expression}",
        "This criterion is no yes-or-no question: {expression}",
        "Bandingkan dengan sesuatu, misalnya: decile <= 2.",
        "Compare it with something, for example: decile <= 2.",
    ),
    "criterion_mixes_kinds": RefusalText(
        422,
        "Kriteria ini mencampur angka dengan ya/tidak pada tanda {sign}: {expression}",
        "This criterion mixes numbers with yes/no at the sign {sign}: {expression}",
        "Bandingkan angka dengan angka, dan ya/tidak dengan ya/tidak.",
        "Compare numbers with numbers, and yes/no with yes/no.",
    ),
    "criteria_approved": RefusalText(
        409,
        "Kriteria yang sudah disetujui tidak dapat diubah",
        "Approved criteria can't be changed",
        "Buat versi baru di bawah keputusan yang baru.",
        "Make a new version under a new decree.",
    ),
    "same_person_drafted": RefusalText(
        403,
        "Anda sendiri yang menyusun kriteria ini",
        "You drafted these criteria yourself",
        "Minta orang lain yang berwenang untuk menyetujuinya.",
        "Ask someone else who may to approve them.",
    ),
    "criteria_empty": RefusalText(
        422,
        "Versi ini belum punya kriteria",
        "This version has no criteria yet",
        "Tambahkan sedikitnya satu kriteria.",
        "Add at least one criterion.",
    ),
    "review_not_needed": RefusalText(
        409,
        "Keluarga ini tidak sedang menunggu pemeriksaan",
        "This family does not wait for review",
        "Muat ulang halaman untuk melihat keputusan terakhir.",
        "Reload the page to see the latest decision.",
    ),
    "nobody_chosen": RefusalText(
        422,
        "Belum ada keluarga yang dipilih",
        "No family was chosen",
        "Kembali, pilih keluarganya, lalu simpan lagi.",
        "Go back, choose the families, and save again.",
    ),
    "reason_too_short": RefusalText(
        422,
        "Alasan terlalu pendek",
        "The reason is too short",
        "Tulis alasan yang dapat dipahami orang lain, paling sedikit {characters} huruf.",
        "Write a reason that others understand, at least {characters} characters.",
    ),
}
