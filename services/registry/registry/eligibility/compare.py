"""What a version of criteria changes, criterion by criterion. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.eligibility.rules import Criterion

FIELDS = ("expression", "words_id", "words_en", "evidence_id", "evidence_en")


@dataclass(frozen=True, slots=True)
class Change:
    """One criterion, before and after; `kind` is added, removed, changed or same."""

    code: str
    kind: str
    before: Criterion | None
    after: Criterion | None
    fields: tuple[str, ...] = ()


def compare(before: Sequence[Criterion], after: Sequence[Criterion]) -> list[Change]:
    """Return every criterion of both, in the order of the newer one, removed ones last."""
    old = {one.code: one for one in before}
    changes = []
    for one in after:
        was = old.pop(one.code, None)
        if was is None:
            changes.append(Change(one.code, "added", None, one))
            continue
        fields = tuple(name for name in FIELDS if getattr(was, name) != getattr(one, name))
        changes.append(Change(one.code, "changed" if fields else "same", was, one, fields))
    return changes + [Change(one.code, "removed", one, None) for one in old.values()]
