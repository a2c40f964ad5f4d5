"""A page that the menu offers."""

from dataclasses import dataclass

Permission = str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page that people go to. Several permissions mean: any of them is enough."""

    href: str
    label: str
    permission: Permission
    service: str
    icon: str
    hint: str = ""
