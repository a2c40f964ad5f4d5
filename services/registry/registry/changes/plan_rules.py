"""The plan of each kind of change, from the family as it is and what was asked."""

from collections.abc import Callable
from uuid import UUID

from common.problems import Refused
from registry.changes.rules import (
    DEAD,
    HEAD,
    MOVED,
    Asked,
    EnrolmentStep,
    Family,
    FamilyStep,
    Member,
    PersonStep,
    Plan,
    chosen,
    ending,
    family_step,
    named_head,
    step_of,
)


def plan(family: Family, asked: Asked, other: Family | None = None) -> Plan:
    """Return what a change does; raises Refused when it cannot be done so."""
    if asked.kind == "merge":
        return _merge(family, other)
    if asked.kind in {"suspend", "resume", "leave"}:
        return _enrolments(family, asked)
    made = PLANNERS.get(asked.kind)
    if made is None:
        raise Refused("invalid_input")
    return made(family, asked)


def _died(family: Family, asked: Asked) -> Plan:
    dead = chosen(family, asked)
    left = [one for one in family.alive if one not in dead]
    persons = [step_of(one, status=DEAD) for one in dead]
    if not left:
        return Plan(
            (family_step(family, "person_died", card_action="revoke"),),
            tuple(persons),
            ending(family, "person_died"),
        )
    if any(one.relation == HEAD for one in left):
        return Plan((family_step(family, "person_died"),), tuple(persons))
    persons.append(step_of(named_head(left, asked.head_id), relation=HEAD))
    step = family_step(family, "person_died", card_action="reissue")
    return Plan((step,), tuple(persons))


def _head_changed(family: Family, asked: Asked) -> Plan:
    new, old = named_head(family.alive, asked.head_id), family.head
    if old == new:
        raise Refused("change_head_same")
    persons = [step_of(new, relation=HEAD)]
    if old is not None:
        persons.append(step_of(old, relation=asked.old_head_relation))
    return Plan((family_step(family, "head_changed", card_action="reissue"),), tuple(persons))


def _moved_in_province(family: Family, asked: Asked) -> Plan:
    if asked.to_region_code == family.region_code:
        raise Refused("change_region_same")
    return Plan((family_step(family, "moved_in_province", region_code=asked.to_region_code),))


def _moved_out(family: Family, _asked: Asked) -> Plan:
    if not family.alive:
        raise Refused("change_member_unknown")
    return Plan(
        (family_step(family, "moved_out", card_action="revoke"),),
        tuple(step_of(one, status=MOVED) for one in family.alive),
        ending(family, "moved_out"),
    )


def _kk_changed(family: Family, asked: Asked) -> Plan:
    if not asked.has_new_kk:
        raise Refused("number_not_16_digits")
    return Plan((family_step(family, "kk_changed", kk="given"),))


def _split(family: Family, asked: Asked) -> Plan:
    """Divide a family. The internal id, with enrolment and card, stays with the part named.

    So when these leave with the others, it is those who stay that get a new id, with the old KK
    number; the family keeps one history, and never two cards.
    """
    leaving = chosen(family, asked)
    staying = [one for one in family.alive if one not in leaving]
    if not staying:
        raise Refused("change_nobody_stays")
    if asked.new_household_id is None:
        raise Refused("invalid_input")
    new_head = named_head(leaving, asked.head_id)
    if any(one.relation == HEAD for one in leaving) and not any(
        one.relation == HEAD for one in staying
    ):
        # The eldest by the order of the family card follows the head who left.
        staying_head = staying[0]
    else:
        staying_head = next((one for one in staying if one.relation == HEAD), staying[0])
    new_id, kk = asked.new_household_id, "given" if asked.has_new_kk else "temporary"
    if asked.enrolment_leaves:
        persons = (
            *_under(family.household_id, leaving, new_head, is_new=False),
            *_under(new_id, staying, staying_head, is_new=True),
        )
        kept = family_step(family, "split", card_action="reissue", related_id=new_id, kk=kk)
        made = _made(family, new_id, "related")
    else:
        persons = (
            *_under(family.household_id, staying, staying_head, is_new=False),
            *_under(new_id, leaving, new_head, is_new=True),
        )
        changed = family.head is not None and family.head.person_id != staying_head.person_id
        action = "reissue" if changed else "none"
        kept = family_step(family, "split", card_action=action, related_id=new_id)
        made = _made(family, new_id, kk)
    return Plan((kept, made), persons)


def _made(family: Family, new_id: UUID, kk: str) -> FamilyStep:
    return FamilyStep(
        household_id=new_id,
        kind="split_off",
        region_code=family.region_code,
        sequence=0,
        related_id=family.household_id,
        is_new=True,
        kk=kk,
    )


def _under(
    household_id: UUID, members: list[Member] | tuple[Member, ...], head: Member, *, is_new: bool
) -> tuple[PersonStep, ...]:
    """Return the steps that put members under a head; who is not changed has none."""
    steps = []
    for one in members:
        relation = HEAD if one.person_id == head.person_id else one.relation
        if relation == HEAD and one.person_id != head.person_id:
            relation = "other_family"
        if is_new or relation != one.relation:
            steps.append(step_of(one, household_id=household_id, relation=relation))
    return tuple(steps)


def _merge(family: Family, other: Family | None) -> Plan:
    if other is None or other.household_id == family.household_id or not other.alive:
        raise Refused("change_other_family")
    return Plan(
        (
            family_step(family, "merged", related_id=other.household_id),
            family_step(other, "merged_away", related_id=family.household_id, card_action="revoke"),
        ),
        tuple(
            step_of(one, household_id=family.household_id, relation="other_family")
            for one in other.alive
        ),
        ending(other, "merge"),
    )


def _enrolments(family: Family, asked: Asked) -> Plan:
    pool = {
        "suspend": family.running,
        "resume": family.suspended,
        "leave": (*family.running, *family.suspended),
    }[asked.kind]
    ids = tuple(sorted(one for one in asked.enrolment_ids if one in pool))
    if not ids or len(ids) != len(set(asked.enrolment_ids)):
        raise Refused("change_nothing_running")
    act = {"suspend": "suspend", "resume": "resume", "leave": "end"}[asked.kind]
    reason = {"suspend": "suspected", "resume": "cleared", "leave": "gave_up"}[asked.kind]
    step = EnrolmentStep(family.household_id, act, ids, reason, asked.until_on)
    families = (family_step(family, "left"),) if asked.kind == "leave" else ()
    return Plan(families, (), (step,))


PLANNERS: dict[str, Callable[[Family, Asked], Plan]] = {
    "person_died": _died,
    "head_changed": _head_changed,
    "moved_in_province": _moved_in_province,
    "moved_out": _moved_out,
    "kk_changed": _kk_changed,
    "split": _split,
}
