"""The rule for giving without network, in one paragraph for partners.

Shown in the app, on the page of conflicts, and given to partners' systems with its number. A
change of the rule is a new number: a terminal then shows the new words and asks to read them.
"""

RULE_VERSION = 2
RULE = {
    "id": (
        "Tanpa sinyal, yang pasti hanya keluarga dalam pinjaman HP ini: haknya disisihkan untuk "
        "HP ini sampai jam yang tertera di layar, dan penyerahannya diterima bila terkirim sebelum "
        "jam itu. Keluarga lain hanya boleh dilayani bila layar mengizinkan dan paling banyak "
        "sebesar batasnya; penyerahan itu belum pasti. Saat terkirim, pusat memutuskan menurut "
        "urutan kiriman yang tiba, bukan menurut jam HP: selama haknya masih ada dan tidak "
        "dipinjam HP lain, penyerahan diterima. Jika haknya sudah diambil di tempat lain, "
        "penyerahan menjadi pertentangan: disimpan selamanya, diperlihatkan kepada Anda, dan "
        "diputuskan oleh seorang petugas. Mitra yang mengikuti pinjaman atau batas itu tetap "
        "dibayar, asal catatannya tiba paling lambat tujuh hari setelah pinjamannya berakhir; yang "
        "lebih lambat menunggu putusan. Keluarga tidak diminta mengembalikan apa pun sebelum ada "
        "putusan. Kirimlah catatan secepat mungkin dan jangan menghapusnya: catatan yang urutannya "
        "putus atau tanda tangannya salah ditahan utuh sampai diperiksa, dan tidak ada yang hilang."
    ),
    "en": (
        "Without network, only the families in this phone's lease are certain: their rights "
        "are set aside for this phone until the hour on the screen, and what you gave is "
        "accepted when it is sent before that hour. Other families may be served only if the "
        "screen allows it, and at most up to its limit; that is not yet confirmed. When it is "
        "sent, the centre decides by the order in which journals arrive, not by the phone's "
        "clock: while the right is still there and not leased to another phone, it is "
        "accepted. If the right was used elsewhere, it becomes a conflict: kept for ever, shown "
        "to you, and judged by a person. A partner that kept to its lease or to that limit is "
        "paid, if its journal arrives within seven days of the end of the lease; later lines wait "
        "for a judgement. The family is not asked to give anything back before there is one. Send "
        "your journal as soon as you can and never delete it: a journal with a break in its order "
        "or a wrong signature is held whole until it has been looked at, and nothing is lost."
    ),
}
