"""The pages on which criteria are drafted, tried, compared, approved, and run over the registry."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer
from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_village, csv_bytes, dtsen_csv, roster_xlsx

from common.ids import new_id
from registry.eligibility.compare import compare
from registry.eligibility.rules import Criterion
from registry.eligibility.what_if import Money

CODE = "khbs_pangan_tunai"
PATH = f"/programmes/{CODE}/criteria"
STARTS = iter(range(2, 28))


def owner(subject: str = "pemilik") -> dict[str, str]:
    return bearer("programme_owner", subject=subject)


def approver(subject: str = "pejabat-lain") -> dict[str, str]:
    return bearer("provincial_approver", subject=subject)


def a_form(**changes: str) -> dict[str, str]:
    return {
        "is_new": "yes", "decree_number": "SK-CONTOH/9", "decree_on": "2098-01-01",
        "valid_from": f"2098-02-{next(STARTS):02}", "valid_to": "", "fact_age_days_max": "400",
        "code_1": "desil", "expression_1": "decile <= 2 && children_0_6 >= 1",
        "words_id_1": "Desil 1 atau 2", "words_en_1": "Decile 1 or 2",
        "evidence_id_1": "DTSEN", "evidence_en_1": "DTSEN", **changes,
    }  # fmt: skip


async def drafted(registry: Registry, **changes: str) -> str:
    version = str(new_id())
    answer = await registry.client.post(
        f"{PATH}/{version}", data=a_form(**changes), headers=owner()
    )
    assert answer.status_code == 303, answer.text
    return version


async def add(registry: Registry, version: str, expected: str, **facts: str) -> Any:
    form = {"id": str(new_id()), "name": f"Contoh {expected}", "expected": expected}
    form |= {f"fact_{name}": value for name, value in facts.items()}
    return await registry.client.post(f"{PATH}/{version}/examples", data=form, headers=owner())


async def test_a_draft_is_refused_at_the_field_in_plain_words(registry: Registry) -> None:
    form = a_form(
        decree_number="", valid_to="2001-01-01", expression_1="decile <= income", code_1="Desil!"
    )
    form["expression_2"] = "members + 1"
    version = str(new_id())
    answer = await registry.client.post(f"{PATH}/{version}", data=form, headers=owner())
    assert answer.status_code == 422
    for words in ("data yang tidak dikenal: income", "bukan pertanyaan ya atau tidak",
                  "Berakhir sebelum mulai", "Pakai huruf kecil"):  # fmt: skip
        assert words in answer.text
    assert 'href="#expression_1"' in answer.text
    assert await registry.rows("SELECT 1 FROM criteria_versions WHERE id = :v", v=version) == []


async def test_another_row_is_added_without_a_script(registry: Registry) -> None:
    answer = await registry.client.post(
        f"{PATH}/{new_id()}", data={**a_form(), "do": "row"}, headers=owner()
    )
    assert 'name="code_2"' in answer.text
    assert "decile &lt;= 2 &amp;&amp; children_0_6" in answer.text


async def test_a_draft_is_approved_only_when_examples_prove_each_outcome(
    registry: Registry,
) -> None:
    version = await drafted(registry)
    approve = f"/v1/criteria-versions/{version}/approval"
    none = await registry.client.post(approve, headers=approver())
    assert none.json()["code"] == "examples_missing"
    await add(registry, version, "eligible", decile="1", children_0_6="1")
    await add(registry, version, "ineligible", decile="1", children_0_6="0")
    await add(registry, version, "eligible", decile="", children_0_6="2")
    await add(registry, version, "needs_review", decile="2", children_0_6="")
    wrong = await registry.client.post(approve, headers=approver())
    assert (wrong.json()["code"], wrong.json()["count"]) == ("examples_fail", 1)
    page = (await registry.client.get(f"{PATH}/{version}", headers=owner())).text
    assert "Tidak cocok" in page
    failing = await registry.value(
        "SELECT id FROM criteria_examples WHERE criteria_version_id = :v"
        " AND inputs -> 'decile' = 'null' AND expected = 'eligible'", v=version,
    )  # fmt: skip
    foreign = await registry.client.post(
        f"{PATH}/{version}/examples/{failing}/remove", headers=owner("orang-lain")
    )
    assert foreign.json()["code"] == "draft_of_another"
    await registry.client.post(f"{PATH}/{version}/examples/{failing}/remove", headers=owner())
    assert (await registry.client.post(approve, headers=owner())).status_code == 403
    done = await registry.client.post(approve, headers=approver())
    assert done.status_code == 200, done.text
    recorded = await registry.rows(
        "SELECT details ->> 'content_hash' AS hash FROM audit_log"
        " WHERE action = 'criteria.approve' AND subject_id = :v", v=version,
    )  # fmt: skip
    assert [one.hash for one in recorded] == [done.json()["content_hash"]]
    late = await add(registry, version, "eligible", decile="1")
    assert late.json()["code"] == "criteria_approved"
    async with registry.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="do not change"):
            await connection.execute(
                text("DELETE FROM criteria_examples WHERE criteria_version_id = :v"), {"v": version}
            )


async def test_a_draft_is_changed_by_its_drafter_only_and_not_once_approved(
    registry: Registry,
) -> None:
    version = await drafted(registry)
    form = a_form(expression_1="decile <= 3")
    del form["is_new"]
    foreign = await registry.client.post(
        f"{PATH}/{version}", data=form, headers=owner("orang-lain")
    )
    assert foreign.json()["code"] == "draft_of_another"
    mine = await registry.client.post(f"{PATH}/{version}", data=form, headers=owner())
    assert mine.status_code == 303
    rules = await registry.rows(
        "SELECT expression FROM criteria WHERE criteria_version_id = :v", v=version
    )
    assert [one.expression for one in rules] == ["decile <= 3"]


async def test_two_versions_never_start_on_one_day(registry: Registry) -> None:
    start = "2097-05-05"
    for expected in (200, 409):
        version = await drafted(registry, valid_from=start)
        await add(registry, version, "eligible", decile="1", children_0_6="1")
        await add(registry, version, "ineligible", decile="9", children_0_6="1")
        await add(registry, version, "needs_review", decile="", children_0_6="1")
        answer = await registry.client.post(
            f"/v1/criteria-versions/{version}/approval", headers=approver()
        )
        assert answer.status_code == expected, answer.text


def test_a_comparison_says_what_was_added_removed_and_changed() -> None:
    old = [Criterion("a", "on_pkh", "x"), Criterion("b", "on_pkh"), Criterion("c", "on_pkh")]
    new = [Criterion("a", "!on_pkh", "y"), Criterion("c", "on_pkh"), Criterion("d", "on_pkh")]
    said = {one.code: (one.kind, one.fields) for one in compare(old, new)}
    assert said == {
        "a": ("changed", ("expression", "words_id")), "c": ("same", ()),
        "d": ("added", ()), "b": ("removed", ()),
    }  # fmt: skip


def test_the_published_figures_exceed_their_ceiling() -> None:
    money = Money(279_434, 400_000, 4, 400_000_000_000)
    assert money.year_rupiah == 447_094_400_000
    assert money.over_rupiah == 47_094_400_000
    assert (money.rounds_within, money.families_within, money.amount_within) == (
        3,
        250_000,
        357_000,
    )
    assert Money(0, 400_000, 4, 1).rounds_within == 4


async def a_mixed_village(registry: Registry) -> tuple[str, list[Someone]]:
    """Three families: decile 1, decile 9, and one without decile; no one on a roster."""
    village = a_village()
    people = [Someone(name="SATU"), Someone(name="SEMBILAN"), Someone(name="TANPA")]
    await registry.committed(csv_bytes(people), region=village)
    deciles = [(people[0].kk, 1), (people[1].kk, 9)]
    await registry.committed(dtsen_csv(deciles), region=village, name="dtsen.csv")
    for programme in ("PKH", "SEMBAKO", "BLT-DD"):
        roster = roster_xlsx(programme, [(Someone().kk, Someone().nik or "")])
        await registry.committed(roster, region=village, name="daftar.xlsx")
    return village, people


async def test_what_if_counts_a_draft_over_the_registry_and_writes_nothing(
    registry: Registry,
) -> None:
    village, _people = await a_mixed_village(registry)
    version = await drafted(registry, expression_1="decile == 9")
    before = await registry.value("SELECT count(*) FROM decisions")
    money = {"rounds": 4, "amount": 400_000, "ceiling": 1_000_000}
    asked: dict[str, Any] = {"version": version, "region": village[:8], **money}
    here = f"/programmes/{CODE}/what-if"
    answer = await registry.client.get(here, params=asked, headers=owner())
    assert answer.status_code == 200, answer.text
    assert "1 keluarga layak × Rp400.000 × 4 tahap = Rp1.600.000" in answer.text
    assert "Melebihi pagu sebesar Rp600.000" in answer.text
    assert "Desil DTSEN" in answer.text
    assert await registry.value("SELECT count(*) FROM decisions") == before
    families = f"{here}/families"
    asked = {"version": version, "region": village, "change": "enters"}
    hidden = await registry.client.get(families, params=asked, headers=owner())
    assert hidden.status_code == 403
    far = await registry.client.get(families, params=asked, headers=operator("62.71"))
    assert far.status_code == 403
    shown = await registry.client.get(families, params=asked, headers=operator(village))
    assert "SEMBILAN" in shown.text
    assert "SATU" not in shown.text


async def test_a_family_is_tried_at_the_desk_with_each_fact_and_its_source(
    registry: Registry,
) -> None:
    village, _people = await a_mixed_village(registry)
    family = await registry.value(
        "SELECT p.household_id FROM persons p JOIN households h ON h.id = p.household_id"
        " WHERE h.region_code = :v AND p.name = 'SATU'", v=village,
    )  # fmt: skip
    version = await drafted(registry)
    page = await registry.client.get(
        f"/households/{family}/try", params={"version": version}, headers=operator(village)
    )
    assert "Anak 0–6 tahun" in page.text
    assert "dtsen.decile" in page.text
    far = await registry.client.get(f"/households/{family}/try", headers=operator("62.71"))
    assert far.status_code == 403
    read = await registry.value(
        "SELECT count(*) FROM audit_log WHERE action = 'decision.try' AND subject_id = :h",
        h=str(family),
    )
    assert read == 1


async def test_a_member_without_birth_date_leaves_ages_unknown(registry: Registry) -> None:
    village = a_village()
    people = [Someone(name="IBU"), Someone(name="IBU LAIN")]
    people.append(Someone(name="BAYI", kk=people[0].kk, relation="4", born="2024-01-01"))
    await registry.committed(csv_bytes(people), region=village)
    other = await registry.value(
        "UPDATE persons SET born_on = born_on WHERE name = 'BAYI' AND household_id IN"
        " (SELECT id FROM households WHERE region_code = :v) RETURNING household_id", v=village,
    )  # fmt: skip
    version = await drafted(registry, expression_1="children_0_6 >= 1")
    pages = []
    for born in (date(2024, 1, 1), None):
        async with registry.engine.begin() as tx:
            await tx.execute(
                text("UPDATE persons SET born_on = :b WHERE name = 'BAYI' AND household_id = :h"),
                {"b": born, "h": other},
            )
        pages.append((await registry.client.get(
            f"/households/{other}/try", params={"version": version}, headers=operator(village)
        )).text)  # fmt: skip
    said = [page.split("Anak 0–6 tahun</dt><dd>")[1].split("<")[0] for page in pages]
    assert said == ["1", "belum diketahui"]
