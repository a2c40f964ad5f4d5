"""The one menu of the whole system: what is offered to whom, and in which service it lives."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from common.web.languages import N_

Permission = str | tuple[str, ...] | None


class Addresses(Protocol):
    """Where a browser finds the three services."""

    @property
    def registry_url(self) -> str:
        """The address of the registry."""

    @property
    def issuance_url(self) -> str:
        """The address of the card desk."""

    @property
    def redemption_url(self) -> str:
        """The address of the partners' service."""


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page that people go to. Several permissions mean: any of them is enough."""

    href: str
    label: str
    permission: Permission
    service: str
    icon: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A menu entry as one person on one page sees it."""

    url: str
    label: str
    hint: str
    icon: str
    service: str
    is_current: bool


SERVICES = {
    "registry": N_("Warga dan penerima"),
    "issuance": N_("Penerbitan kartu"),
    "redemption": N_("Mitra dan penebusan"),
}

MENU: tuple[MenuEntry, ...] = (
    MenuEntry(
        "/households",
        N_("Keluarga"),
        "people.read",
        "registry",
        "people",
        N_("Cari keluarga dan anggotanya, dan lihat dari mana setiap datanya berasal."),
    ),
    MenuEntry(
        "/imports",
        N_("Impor berkas"),
        "intake.upload",
        "registry",
        "file-earmark-arrow-up",
        N_("Unggah berkas penduduk dari desa, periksa barisnya, lalu simpan yang benar."),
    ),
    MenuEntry(
        "/programmes",
        N_("Program & kriteria"),
        "programmes.read",
        "registry",
        "journal-check",
        N_("Lihat program bantuan, dasar hukumnya, dan kriteria yang berlaku."),
    ),
    MenuEntry(
        "/lists",
        N_("Daftar penerima"),
        ("lists.propose", "lists.verify", "lists.approve"),
        "registry",
        "list-check",
        N_("Usulkan, verifikasi, atau setujui daftar keluarga penerima."),
    ),
    MenuEntry(
        "/accounts",
        N_("Akun"),
        "accounts.manage",
        "registry",
        "person-gear",
        N_("Atur siapa yang boleh masuk, perannya, dan wilayahnya."),
    ),
    MenuEntry(
        "/audit",
        N_("Jejak audit"),
        "audit.read",
        "registry",
        "clock-history",
        N_("Lihat siapa membuka atau mengubah data, kapan, dan untuk apa."),
    ),
    MenuEntry(
        "/cards",
        N_("Kartu"),
        "cards.read",
        "issuance",
        "credit-card-2-front",
        N_("Cari kartu, serahkan kepada keluarga, blokir yang hilang."),
    ),
    MenuEntry(
        "/prints",
        N_("Cetak"),
        "cards.print",
        "issuance",
        "printer",
        N_("Unduh lembar kartu yang siap dicetak."),
    ),
    MenuEntry(
        "/keys",
        N_("Kunci"),
        "keys.read",
        "issuance",
        "key",
        N_("Lihat kunci penanda tangan kartu dan masa berlakunya."),
    ),
    MenuEntry(
        "/counter",
        N_("Loket mitra"),
        "redemptions.redeem",
        "redemption",
        "qr-code-scan",
        N_("Pindai kartu, lihat hak keluarga, dan serahkan bantuannya."),
    ),
    MenuEntry(
        "/redemptions",
        N_("Penebusan"),
        "redemptions.read",
        "redemption",
        "receipt",
        N_("Lihat bantuan yang sudah diserahkan dan pembatalannya."),
    ),
    MenuEntry(
        "/partners",
        N_("Mitra"),
        "partners.read",
        "redemption",
        "shop",
        N_("Lihat sekolah, klinik, toko, dan titik pangan yang melayani kartu."),
    ),
    MenuEntry(
        "/statements",
        N_("Rekap mitra"),
        "settlement.read",
        "redemption",
        "calculator",
        N_("Lihat berapa yang sudah diserahkan dan berapa yang menjadi hak mitra."),
    ),
)


def allowed(entry: MenuEntry, permissions: Collection[str]) -> bool:
    """Tell whether these permissions open a page."""
    match entry.permission:
        case None:
            return True
        case str() as one:
            return one in permissions
        case several:
            return any(word in permissions for word in several)


def links_for(
    permissions: Collection[str],
    addresses: Addresses,
    *,
    service: str,
    path: str,
    menu: Sequence[MenuEntry] = MENU,
) -> list[Link]:
    """Return the pages that a person may open, as seen from one page of one service.

    Pages of the same service get a path, so that they stay on whatever address was opened;
    the others get the address from the settings.
    """
    return [
        Link(
            url=entry.href if entry.service == service else _elsewhere(entry, addresses),
            label=entry.label,
            hint=entry.hint,
            icon=entry.icon,
            service=entry.service,
            is_current=entry.service == service and _is_under(entry.href, path),
        )
        for entry in menu
        if allowed(entry, permissions)
    ]


def _elsewhere(entry: MenuEntry, addresses: Addresses) -> str:
    base: str = getattr(addresses, f"{entry.service}_url")
    return base.rstrip("/") + entry.href


def _is_under(href: str, path: str) -> bool:
    return path == href or path.startswith(f"{href}/")
