"""Which village a clerk means by what was typed: a code, a name, or the beginning of one."""

from collections.abc import Iterable

from common.regions import Region, all_regions, covers

CHOICES_MAX = 30


def villages_named(typed: str, scopes: Iterable[str]) -> list[Region]:
    """Return the villages within `scopes` that are meant, at most CHOICES_MAX; exact names win."""
    wanted = " ".join(typed.casefold().split())
    for kind in ("desa ", "kelurahan "):
        wanted = wanted.removeprefix(kind)
    if not wanted:
        return []
    limits = tuple(scopes)
    allowed = [
        region
        for region in all_regions().values()
        if region.level == "village" and any(covers(scope, region.code) for scope in limits)
    ]
    by_code = [region for region in allowed if region.code == wanted]
    exact = [region for region in allowed if region.name.casefold() == wanted]
    begins = [region for region in allowed if region.name.casefold().startswith(wanted)]
    return (by_code or exact or begins)[:CHOICES_MAX]
