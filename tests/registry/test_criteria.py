"""Criteria: three-valued, approved by another person, then fixed for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.registry.conftest import Registry

from common.ids import new_id
from common.problems import Refused
from registry.eligibility import rules
from registry.eligibility.demo import CRITERIA, MATRIX
from registry.eligibility.plan import plan_of
from registry.eligibility.rules import MET, NOT_MET, UNKNOWN, Criterion, decide, judge

CODE = "khbs_pangan_tunai"


maybe = st.none() | st.booleans()


THREE = {True: MET, False: NOT_MET, None: UNKNOWN}


@given(maybe, maybe)
def test_logic_has_three_values(pkh: bool | None, sembako: bool | None) -> None:
    inputs = {"on_pkh": pkh, "on_sembako": sembako}
    both = False if False in (pkh, sembako) else None if None in (pkh, sembako) else True
    either = True if True in (pkh, sembako) else None if None in (pkh, sembako) else False
    assert judge("on_pkh && on_sembako", inputs) == THREE[both]
    assert judge("on_pkh || on_sembako", inputs) == THREE[either]
    assert judge("!on_pkh", inputs) == THREE[None if pkh is None else not pkh]


@given(st.none() | st.integers(1, 10), maybe, maybe, maybe, maybe, maybe)
def test_what_is_missing_never_excludes(decile, pkh, sembako, blt, here, head) -> None:
    inputs = {
        "decile": decile, "on_pkh": pkh, "on_sembako": sembako, "on_blt_dd": blt,
        "in_province": here, "head_alive": head, "members": 3,
    }  # fmt: skip
    inputs |= {f"allowed_{other}": False for other in ("pkh", "sembako", "blt_dd")}
    outcome = decide(plan_of(CRITERIA, MATRIX).criteria, inputs).outcome
    says_no = (
        decile in {3, 5, 6, 7, 8, 9, 10} or True in (pkh, sembako, blt) or False in (here, head)
    )
    if says_no:
        assert outcome == "ineligible"
    elif None in inputs.values():
        assert outcome == "needs_review"
    else:
        assert outcome == "eligible"


def test_a_rule_that_stumbles_excludes_nobody() -> None:
    assert judge("decile == on_pkh", {"decile": 1, "on_pkh": None}) == UNKNOWN
    assert judge("decile + members", {"decile": 1, "members": 2}) == UNKNOWN
    assert decide([], {}).outcome == "needs_review"


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("decile <=", "criterion_unreadable"),
        ("income <= 2", "criterion_names_unknown_fact"),
        ("size('x') > 1 && on_pkh", "criterion_unreadable"),
        ("on_pkh || " * 80 + "on_pkh", "criterion_unreadable"),
    ],
)
def test_an_expression_that_is_not_ours_is_refused(expression: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.demand_rule(expression)
    assert refused.value.code == code


def test_every_word_of_a_criterion_counts_in_its_hash() -> None:
    from datetime import date

    version = {
        "decree_number": "X", "decree_on": date(2026, 1, 1), "valid_from": date(2026, 1, 1),
        "valid_to": None, "fact_age_days_max": 1,
    }  # fmt: skip
    one = Criterion("a", "on_pkh", "kata", "words", "bukti", "evidence")
    other = Criterion("a", "on_pkh", "kata", "words", "bukti", "other")
    assert rules.content_hash(version, [one]) == rules.content_hash(dict(version), [one])
    assert rules.content_hash(version, [one]) != rules.content_hash(version, [other])


def manager(subject: str) -> dict[str, str]:
    return bearer("provincial_approver", subject=subject)


def a_version(**changes: object) -> dict[str, object]:
    rule = {
        "code": "decile", "expression": "decile <= 2", "words_id": "Desil 1 atau 2",
        "words_en": "Decile 1 or 2", "evidence_id": "DTSEN", "evidence_en": "DTSEN",
    }  # fmt: skip
    examples = [
        {
            "id": str(new_id()),
            "name": f"Desil {decile}",
            "inputs": {"decile": decile},
            "expected": expected,
        }
        for decile, expected in ((1, "eligible"), (3, "ineligible"), (None, "needs_review"))
    ]
    return {
        "id": str(new_id()), "decree_number": "SK-CONTOH/2099", "decree_on": "2026-02-01",
        "valid_from": "2099-01-01", "fact_age_days_max": 400, "criteria": [rule],
        "examples": examples, **changes,
    }  # fmt: skip


async def test_criteria_are_approved_by_another_person_and_then_fixed(registry: Registry) -> None:
    body = a_version()
    path = f"/v1/programmes/{CODE}/criteria-versions"
    drafted = await registry.client.post(path, json=body, headers=manager("penyusun"))
    assert drafted.status_code == 201, drafted.text
    again = await registry.client.post(path, json=body, headers=manager("penyusun"))
    assert again.json()["version"] == drafted.json()["version"]
    other = {**body, "decree_number": "SK-LAIN"}
    reused = await registry.client.post(path, json=other, headers=manager("penyusun"))
    assert reused.json()["code"] == "id_reused"
    approval = f"/v1/criteria-versions/{body['id']}/approval"
    own = await registry.client.post(approval, headers=manager("penyusun"))
    assert (own.status_code, own.json()["code"]) == (403, "same_person_drafted")
    first = await registry.client.post(approval, headers=manager("pejabat"))
    repeat = await registry.client.post(approval, headers=manager("pejabat"))
    assert first.json() == repeat.json()
    for statement in (
        "UPDATE criteria SET expression = 'true' WHERE criteria_version_id = :v",
        "DELETE FROM criteria WHERE criteria_version_id = :v",
        "UPDATE criteria_versions SET decree_number = 'X' WHERE id = :v",
        "INSERT INTO criteria SELECT :v, 9, 'x', 'true', 'a', 'b', 'c', 'd'",
    ):
        async with registry.engine.connect() as connection:
            with pytest.raises(DBAPIError, match="do not change"):
                await connection.execute(text(statement), {"v": body["id"]})


async def test_the_database_refuses_one_person_as_drafter_and_approver(registry: Registry) -> None:
    async with registry.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="two_people"):
            await connection.execute(
                text(
                    "INSERT INTO criteria_versions (id, programme_id, version, decree_number,"
                    " decree_on, valid_from, fact_age_days_max, state, drafted_by, drafted_by_name,"
                    " approved_by, approved_by_name, approved_at, content_hash)"
                    " SELECT uuidv7(), id, 99, 'x', now(), now(), 1, 'approved', 'a', 'A', 'a',"
                    " 'A', now(), 'x' FROM programmes LIMIT 1"
                )
            )
