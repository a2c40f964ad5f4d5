"""Letters to families: issued once, with every reason, on screen and on paper."""

from datetime import date
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_village, csv_bytes, dtsen_csv

from registry.eligibility import letters
from registry.eligibility.letters import due_on


def words_of(pdf: bytes) -> list[str]:
    pages = pypdfium2.PdfDocument(BytesIO(pdf))
    return [page.get_textpage().get_text_bounded() for page in pages]


async def a_decided_village(registry: Registry) -> tuple[str, list[Any], list[Someone]]:
    village = a_village()
    people = [Someone(name="BUDI SANTOSO"), Someone(name="ANA LESTARI"), Someone(name="RAGU RAGU")]
    await registry.committed(csv_bytes(people), region=village)
    deciles = [(people[0].kk, 8), (people[1].kk, 9)]
    await registry.committed(dtsen_csv(deciles), region=village, name="dtsen.csv")
    rows = await registry.rows(
        "SELECT c.household_id, c.decision_id, c.outcome, p.name FROM current_decisions c"
        " JOIN persons p ON p.household_id = c.household_id WHERE c.region_code = :v"
        " ORDER BY p.name", v=village,
    )  # fmt: skip
    return village, rows, people


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 12, 15), date(2027, 1, 15)),
        (date(2028, 1, 30), date(2028, 2, 29)),
    ],
)
def test_a_month_to_object_ends_on_a_day_that_exists(issued: date, due: date) -> None:
    assert due_on(issued) == due


async def test_a_letter_says_the_reasons_the_data_and_how_to_object(registry: Registry) -> None:
    village, rows, people = await a_decided_village(registry)
    budi = next(row for row in rows if row.name == "BUDI SANTOSO")
    path = f"/households/{budi.household_id}/decisions/{budi.decision_id}/letter"
    assert (await registry.client.get(f"{path}.pdf", headers=operator(village))).status_code == 404
    far = await registry.client.post(path, headers=operator("62.71"))
    assert far.status_code == 403
    for _repeat in range(2):
        issued = await registry.client.post(path, headers=operator(village))
        assert issued.status_code == 303, issued.text
    page = (await registry.client.get(path, headers=operator(village))).text
    paper = words_of((await registry.client.get(f"{path}.pdf", headers=operator(village))).content)
    assert len(paper) == 1
    for said in (page, paper[0]):
        flat = " ".join(said.split())
        assert "BUDI SANTOSO" in flat
        assert "Keluarga berada di desil 1, 2, atau 4 menurut DTSEN" in flat
        assert "Desil DTSEN: 8" in flat
        assert "menyanggah sampai" in flat
        assert people[0].kk not in flat
        assert (people[0].nik or "") not in flat
    assert (
        await registry.value(
            "SELECT count(*) FROM decision_letters WHERE decision_id = :d", d=budi.decision_id
        )
        == 1
    )


async def test_a_village_gets_one_file_without_those_who_wait(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    village, rows, people = await a_decided_village(registry)
    cycle = await registry.value(
        "SELECT cycle_id FROM current_decisions WHERE decision_id = :d", d=rows[0].decision_id
    )
    form = {"cycle_id": str(cycle), "region_code": village}
    for _repeat in range(2):
        answer = await registry.client.post(
            "/decisions/letters", data=form, headers=operator(village)
        )
        assert answer.status_code == 303, answer.text
    wide = await registry.client.post(
        "/decisions/letters", data={**form, "region_code": village[:8]}, headers=operator()
    )
    assert wide.json()["code"] == "village_needed"
    asked = {"cycle": str(cycle), "region": village}
    file = await registry.client.get(
        "/decisions/letters.pdf", params=asked, headers=operator(village)
    )
    pages = words_of(file.content)
    assert ["ANA LESTARI" in pages[0], "BUDI SANTOSO" in pages[1], len(pages)] == [True, True, 2]
    # A quarter of a town fills several files.
    with monkeypatch.context() as patched:
        patched.setattr(letters, "LETTERS_A_FILE", 1)
        page = await registry.client.get("/decisions", params=asked, headers=operator(village))
        assert "(PDF) 2/2" in page.text
        second = await registry.client.get(
            "/decisions/letters.pdf", params={**asked, "part": 2}, headers=operator(village)
        )
        (only,) = words_of(second.content)
        assert "BUDI SANTOSO" in only
    later = dtsen_csv([(people[0].kk, 1)], "2026-Q2")
    await registry.committed(later, region=village, name="dtsen.csv")
    old = next(row for row in rows if row.name == "BUDI SANTOSO")
    path = f"/households/{old.household_id}/decisions/{old.decision_id}/letter"
    kept = (await registry.client.get(path, headers=operator(village))).text
    assert "Desil DTSEN: 8" in " ".join(kept.split())
