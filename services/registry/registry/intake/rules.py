"""When a file changes so much that a second person has to look at it; no database."""

from collections.abc import Mapping

# More people than this, and more than this share of the villages' living, is a large change.
LARGE_PEOPLE = 50
LARGE_SHARE = 0.10
Reason = dict[str, object]


def reasons_for_second(counts: Mapping[str, int]) -> list[Reason]:
    """Return why another person must confirm a file, each with its figures; empty when none must.

    `living` are the people of the file's villages who were known before it.
    """
    reasons: list[Reason] = []
    if "living" not in counts:
        # A file of facts names no village's people, so there is no share to compare with.
        changed = counts.get("changed", 0)
        return [{"code": "many_facts", "people": changed}] if changed > LARGE_PEOPLE else []
    living = counts["living"]
    for code in ("changed", "missing"):
        people = counts.get(code, 0)
        if people > LARGE_PEOPLE and people > LARGE_SHARE * living:
            reasons.append({"code": f"many_{code}", "people": people, "living": living})
    if counts.get("moves", 0):
        reasons.append({"code": "moves", "people": counts["moves"]})
    return reasons
