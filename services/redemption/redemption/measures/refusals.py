"""How changes of limits and thresholds are refused."""

from common.problems import RefusalText

REFUSALS = {
    "measure_waits_already": RefusalText(
        409,
        "Sudah ada usul perubahan yang menunggu",
        "Another change is waiting already",
        "Setujui, tolak, atau tarik usul itu dahulu.",
        "Approve, refuse or take back that one first.",
    ),
    "measure_decided": RefusalText(
        409,
        "Usul ini sudah diputuskan",
        "This change was decided already",
        "Muat ulang halaman untuk melihat yang berlaku.",
        "Reload the page to see what holds.",
    ),
    "measure_needs_another": RefusalText(
        409,
        "Harus disetujui orang lain",
        "Somebody else must approve this",
        "Minta pengawas lain menyetujuinya. Anda dapat menarik usul Anda.",
        "Ask another supervisor to approve it. You can take your own back.",
    ),
}
