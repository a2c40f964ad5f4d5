"""How the rooms of entitlements say no."""

from common.problems import RefusalText

REFUSALS = {
    "goods_category_needed": RefusalText(
        422,
        "Pilih jenis barangnya",
        "Choose the kind of goods",
        "Saldo ini hanya untuk jenis barang tertentu. Pilih salah satu: {allowed}.",
        "This balance is for certain goods only. Choose one of: {allowed}.",
    ),
    "goods_not_allowed": RefusalText(
        409,
        "Saldo ini tidak untuk barang tersebut",
        "This balance is not for those goods",
        "Yang boleh dibeli: {allowed}. Barang lain dibayar keluarga sendiri.",
        "It can buy: {allowed}. The family pays for other goods itself.",
    ),
    "maker_decides": RefusalText(
        409,
        "Harus diputuskan oleh orang lain",
        "Somebody else must decide this",
        "Minta rekan yang berwenang memeriksa dan memutuskannya.",
        "Ask a colleague who may do so to check and decide it.",
    ),
    "decided_already": RefusalText(
        409,
        "Usulan ini sudah diputuskan",
        "This proposal was decided already",
        "Muat ulang halaman untuk melihat putusannya.",
        "Reload the page to see the decision.",
    ),
    "proposal_waits": RefusalText(
        409,
        "Masih ada usulan yang menunggu putusan",
        "Another proposal still waits for a decision",
        "Minta rekan memutuskan usulan itu dahulu.",
        "Ask a colleague to decide that proposal first.",
    ),
    "ceiling_not_raised": RefusalText(
        409,
        "Pagu hanya dapat dinaikkan",
        "A ceiling can only be raised",
        "Pagu sekarang Rp{ceiling_rupiah}. Isi jumlah yang lebih besar.",
        "The ceiling is Rp{ceiling_rupiah} now. Enter a larger amount.",
    ),
    "over_ceiling": RefusalText(
        409,
        "Pagu tahap ini tidak cukup",
        "The ceiling of this cycle is not enough",
        "Kurang Rp{missing_rupiah}. Usulkan kenaikan pagu dengan nomor keputusannya.",
        "Rp{missing_rupiah} is missing. Propose a raise under its decree.",
    ),
    "adjustment_too_large": RefusalText(
        409,
        "Sisa hak lebih kecil daripada yang hendak dikurangi",
        "Less is left of this right than would be taken",
        "Sisa: {remaining_quantity} paket, Rp{remaining_rupiah}. Kurangi jumlahnya.",
        "Left: {remaining_quantity} parcels, Rp{remaining_rupiah}. Take less.",
    ),
    "adjustment_wrong_measure": RefusalText(
        422,
        "Jumlahnya tidak cocok dengan bentuk bantuan",
        "The amount does not fit this kind of benefit",
        "Untuk saldo isi rupiah saja; untuk yang lain isi banyaknya saja. Tidak boleh nol.",
        "For a balance enter rupiah only; for others the number only. It can't be zero.",
    ),
    "entitlement_set_aside": RefusalText(
        409,
        "Hak ini sedang disiapkan untuk sebuah terminal",
        "This right is set aside for a terminal",
        "Tunggu sampai pinjaman terminal itu kembali atau habis, lalu putuskan lagi.",
        "Wait until that terminal's lease is returned or lapses, then decide again.",
    ),
    "nothing_held": RefusalText(
        409,
        "Tidak ada lagi yang menunggu pagu",
        "Nothing waits for a ceiling any more",
        "Muat ulang halaman.",
        "Reload the page.",
    ),
    "over_ceiling_still": RefusalText(
        409,
        "Pagu tahap ini belum cukup",
        "The ceiling of this cycle is not enough yet",
        "Bagian pertama memerlukan Rp{needed_rupiah}. Usulkan kenaikan pagu dahulu.",
        "The first part needs Rp{needed_rupiah}. Propose a higher ceiling first.",
    ),
}
