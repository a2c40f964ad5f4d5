"""How acts about complaints are refused."""

from common.problems import RefusalText

REFUSALS = {
    "complaint_not_yours": RefusalText(
        409,
        "Pengaduan ini harus dijawab orang lain",
        "Somebody else must answer this complaint",
        "Anda menerimanya, terlibat di dalamnya, atau sudah menjawabnya. Minta rekan "
        "yang tidak terlibat.",
        "You received it, had a part in it, or answered it before. Ask a colleague who did not.",
    ),
    "complaint_answered": RefusalText(
        409,
        "Pengaduan ini sudah dijawab",
        "This complaint is answered already",
        "Muat ulang untuk membaca jawabannya. Keluarga dapat memintanya dibuka sekali lagi.",
        "Reload to read the answer. The family can ask to open it once more.",
    ),
    "complaint_not_answered": RefusalText(
        409,
        "Pengaduan ini belum dijawab",
        "This complaint is not answered yet",
        "Tunggu jawabannya; batas harinya ada pada tanda terima.",
        "Wait for the answer; its day is on the receipt.",
    ),
    "complaint_final": RefusalText(
        409,
        "Pengaduan ini sudah pernah dibuka lagi",
        "This complaint was opened again before",
        "Jawaban kedua adalah yang terakhir di sini. Keluarga dapat mengadu ke Ombudsman.",
        "The second answer is the last one here. The family can turn to the Ombudsman.",
    ),
}
