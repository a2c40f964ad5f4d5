"""After a breach: whose data did this account see, and what they are told."""

import csv
import io
from datetime import timedelta
from pathlib import Path

from tests.clients import bearer
from tests.registry.conftest import Registry, operator
from tests.registry.privacy import a_family, ask, officer

from common.clock import utc_now
from common.ids import new_id
from registry.privacy import commands
from registry.privacy.rules import WIB
from registry.privacy.seen import Culprit

WORDS = {
    "data_exposed": "Nama, tanggal lahir, dan alamat",
    "how_it_happened": "Kata sandi seorang petugas dipakai orang lain",
    "remedy": "Akun ditutup dan semua petugas mengganti sandinya",
}


async def test_whose_data_an_account_saw_is_listed_with_how_and_no_numbers(
    registry: Registry, tmp_path: Path
) -> None:
    began, thief = utc_now(), f"pencuri-{new_id()}"
    opened, searched, untouched = [await a_family(registry) for _ in range(3)]
    stolen = operator("62", subject=thief)
    for _ in range(2):
        await registry.client.get(f"/v1/households/{opened.household}", headers=stolen)
    by_name = {"region_code": searched.village, "name": "norma"}
    await registry.client.post("/v1/households/search", json=by_name, headers=stolen)
    said: list[str] = []
    file = tmp_path / "keluarga.csv"
    culprit = Culprit(began, utc_now(), actor=thief)
    await commands.list_seen(registry.settings, said.append, culprit, file)
    assert said[0].startswith("2 families")
    content = file.read_text()
    rows = {row["household_id"]: row for row in csv.DictReader(io.StringIO(content))}
    assert set(rows) == {opened.household, searched.household}
    assert (rows[opened.household]["looks"], rows[opened.household]["how"]) == (
        "2",
        "household.read",
    )
    assert rows[searched.household]["how"] == "household.search"
    for family in (opened, searched):
        for secret in (family.head.nik, family.head.kk, "NORMA"):
            assert str(secret) not in content
    assert untouched.household not in content
    before = Culprit(began - timedelta(days=1), began, actor=thief)
    await commands.list_seen(registry.settings, said.append, before, None)
    assert "0 families" in said[-1]


async def test_an_incident_counts_its_families_writes_to_them_and_has_a_clock(
    registry: Registry,
) -> None:
    thief, family = f"pencuri-{new_id()}", await a_family(registry, name="KEPALA TERBUKA")
    await registry.client.get(
        f"/v1/households/{family.household}", headers=operator("62", subject=thief)
    )
    now = utc_now().astimezone(WIB)
    incident = str(new_id())
    form = {
        "id": incident, "actor": thief, "since_time": "00:00",
        "since_on": (now - timedelta(days=1)).date().isoformat(),
        "until_on": now.date().isoformat(), "discovered_on": (now - timedelta(days=4)).date(),
        **WORDS,
    }  # fmt: skip
    path = f"/personal-data/incidents/{incident}"
    made = await registry.client.post("/personal-data/incidents", data=form, headers=officer())
    assert (made.status_code, made.headers["location"]) == (303, path)
    page = (await registry.client.get(path, headers=officer())).text
    assert "terlambat" in page
    assert family.household in page
    assert "KEPALA TERBUKA" not in page
    letters = (await registry.client.get(f"{path}/letters", headers=officer())).text
    for words in ("KEPALA TERBUKA", *WORDS.values(), "pasal 46"):
        assert words in letters
    listed = await registry.client.get(f"{path}/families.csv", headers=officer())
    assert family.household in listed.text
    day = now.date().isoformat()
    await registry.client.post(
        f"{path}/told", data={"agency_told_on": day, "people_told_on": day}, headers=officer()
    )
    assert "pemberitahuan selesai" in (await registry.client.get(path, headers=officer())).text


async def test_an_incident_of_nobody_or_of_two_is_not_taken(registry: Registry) -> None:
    day = utc_now().astimezone(WIB).date().isoformat()
    dates = {"since_on": day, "until_on": day, "discovered_on": day, **WORDS}
    for culprits in ({}, {"actor": "a", "request_ref": "b"}):
        form = {"id": str(new_id()), **dates, **culprits}
        answer = await registry.client.post(
            "/personal-data/incidents", data=form, headers=officer()
        )
        assert answer.status_code == 422


async def test_names_in_lists_count_as_seen_and_the_person_is_told(
    registry: Registry, cycle_id: str
) -> None:
    began, thief = utc_now(), f"pencuri-{new_id()}"
    family = await a_family(registry)
    path = f"/decisions?cycle={cycle_id}&region={family.village}"
    await registry.client.get(path, headers=operator(family.village, subject=thief))
    said: list[str] = []
    culprit = Culprit(began, utc_now(), actor=thief)
    await commands.list_seen(registry.settings, said.append, culprit, None)
    assert said[0].startswith("1 families"), said
    request = await ask(registry, family, "copy")
    copy = await registry.client.get(
        f"/personal-data/requests/{request}/copy.json", headers=officer()
    )
    assert "decisions.read" in {one["action"] for one in copy.json()["who_saw"]}


async def test_an_officer_of_one_regency_sees_no_incident_of_the_province(
    registry: Registry,
) -> None:
    answer = await registry.client.get(
        "/personal-data/incidents", headers=bearer("protection_officer", regions=("62.01",))
    )
    assert answer.status_code == 403
