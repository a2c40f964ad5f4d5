"""The one menu of the whole system: what is offered to whom, and in which service it lives."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from common.web.menu_entries import MENU, MenuEntry


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
class Link:
    """A menu entry as one person on one page sees it."""

    url: str
    label: str
    hint: str
    icon: str
    service: str
    is_current: bool


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
