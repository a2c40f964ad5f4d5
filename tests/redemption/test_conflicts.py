"""Conflicts and quarantines are judged by people: once, with a reason, never by one's own hand."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.clients import bearer
from tests.redemption.a_journal import a_phone
from tests.redemption.test_journal import rows, sums_hold, words
from tests.redemption.world import (
    FOOD_POINT,
    MARKET,
    Card,
    World,
    a_benefit,
    an_operator,
    body_of,
    enrolments,
    left,
)

from common import clock, events
from common.ids import new_id
from redemption.journal import use_queries
from redemption.leases.rule_words import RULE
from redemption.leases.rules import OWED_WITHIN
from redemption.redeeming.lines import receipt_number

NOW = datetime.now(UTC)


def a_supervisor(**options: Any) -> dict[str, str]:
    return bearer("supervisor", **options)


async def allow(world: World, approved: events.BeneficiaryListApprovedV1, acts: int = 5) -> None:
    """A decree lets families outside of the lease be served off line."""
    async with world.engine.begin() as tx:
        await tx.execute(
            text(
                "INSERT INTO offline_policies (id, cycle_id, benefit_id, version, is_allowed, "
                "per_act_rupiah_max, per_act_quantity_max, acts_per_terminal_max, "
                "lease_hours_max, decree_number, decree_on, reason, proposed_by, "
                "proposed_by_name, outcome, decided_by, decided_by_name, decided_at, valid_from) "
                "VALUES (:id, :cycle, :benefit, 1, true, 200000, 1, :acts, 48, '1/2026', "
                "'2026-01-02', 'uji coba', 'a', 'A', 'approved', 'b', 'B', now(), "
                "now() - interval '1 day')"
            ),
            {
                "id": new_id(),
                "cycle": approved.cycle.cycle_id,
                "benefit": approved.benefits[0].benefit_id,
                "acts": acts,
            },
        )


async def a_conflict(world: World, client: httpx.AsyncClient, *, allowed: bool = True) -> Any:
    """One family that two phones served off line; the later one's line is the conflict."""
    family, approved = await world.a_family()
    if allowed:
        await allow(world, approved)
    first, second = await a_phone(client), await a_phone(client)
    first.give(family, approved)
    second.give(family, approved)
    await first.sync()
    (outcome,) = await second.sync()
    assert outcome["code"] == "already_redeemed"
    (row,) = await rows(
        world, "SELECT * FROM conflicts WHERE household_id = :h", h=family.household_id
    )
    return row, outcome, second


def judgement(**changes: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "outcome": "owed",
        "reason": "Mitra mengikuti aturan.",
        **changes,
    }


async def test_a_partner_that_kept_to_the_rule_is_owed_and_a_person_says_so(
    world: World, client: httpx.AsyncClient
):
    row, outcome, _ = await a_conflict(world, client)
    assert outcome["is_owed"] is True
    assert "mengikuti aturan" in outcome["detail"]
    before = await _owed(world)
    path = f"/conflicts/{row['id']}"
    judge = a_supervisor()
    said = judgement()
    done = await client.post(f"{path}/judgement", data=said, headers=judge)
    assert done.status_code == 303
    again = await client.post(f"{path}/judgement", data=said, headers=judge)
    assert again.status_code == 303
    other = await client.post(f"{path}/judgement", data=judgement(), headers=a_supervisor())
    assert other.status_code == 409
    # It was owed by the rule before a person said so, and is owed once.
    assert await _owed(world) == before
    page = await client.get(path, headers=judge)
    assert "Mitra mengikuti aturan." in page.text
    assert "Simpan putusan" not in page.text


async def _owed(world: World, act_id: str | None = None) -> int:
    """What settlements owe to the food point, in all or for one act."""
    found = await rows(
        world,
        "SELECT coalesce(sum(amount_rupiah), 0) AS owed FROM partner_lines "
        "WHERE partner_id = :p AND (CAST(:a AS uuid) IS NULL OR act_id = :a)",
        p=FOOD_POINT,
        a=act_id,
    )
    return int(found[0]["owed"])


async def test_one_that_broke_the_rule_is_not_owed_before_a_person_judges(
    world: World, client: httpx.AsyncClient
):
    row, outcome, _ = await a_conflict(world, client, allowed=False)
    assert outcome["is_owed"] is False
    before = await _owed(world)
    said = judgement(outcome="not_owed", reason="Tidak ada aturan yang mengizinkan.")
    path = f"/conflicts/{row['id']}/judgement"
    assert (await client.post(path, data=said, headers=a_supervisor())).status_code == 303
    assert await _owed(world) == before


@pytest.mark.parametrize("how", ["in one segment", "in a segment each"])
async def test_acts_beyond_the_limit_of_a_sync_are_outside_of_the_rule(
    world: World, client: httpx.AsyncClient, how: str
):
    benefit = a_benefit(quantity=9)
    family, approved = await world.a_family(benefit)
    await allow(world, approved, acts=2)
    phone = await a_phone(client)
    for _ in range(3):
        phone.give(family, approved)
        if how == "in a segment each":
            await phone.sync()
    await phone.sync()
    marks = await rows(
        world,
        "SELECT m.marks FROM line_marks m JOIN redemptions r ON r.id = m.redemption_id "
        "WHERE r.household_id = :h ORDER BY r.said_at",
        h=family.household_id,
    )
    assert [one["marks"] for one in marks] == [
        ["within_policy"],
        ["within_policy"],
        ["outside_policy"],
    ]


async def test_the_limit_of_a_sync_counts_conflicts_and_begins_anew_with_the_next_sync(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
):
    first, approved = await world.a_family()
    others = [Card(world.issuer) for _ in range(2)]
    await world.cards(*others)
    await world.tell(enrolments(approved, [one.household_id for one in others]))
    await allow(world, approved, acts=1)
    phone, owed = await a_phone(client), []
    for family in (first, *others):
        body = body_of(family, approved)
        served = await client.post("/v1/redemptions", json=body, headers=an_operator())
        assert served.status_code == 201
    for family, lasts in zip((first, *others), (1, 1, 0), strict=True):
        monkeypatch.setattr(use_queries, "SYNC_LASTS", timedelta(hours=lasts))
        phone.give(family, approved)
        owed += [one["is_owed"] for one in await phone.sync()]
    assert owed == [True, False, True]


async def test_what_a_lapsed_lease_covers_is_accepted_late_or_owed(
    world: World, client: httpx.AsyncClient
):
    village = "62.02.01.2007"
    family, approved = await world.a_family(region_code=village)
    rival, elsewhere = await world.a_family(region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(village)
    async with world.engine.begin() as tx:
        past = "SET leased_until = now() - interval '1 minute' WHERE lease_id = :l"
        await tx.execute(text(f"UPDATE entitlements {past}"), {"l": lease["id"]})
    # Past its hour a lease means nothing: somebody else serves one of the two families.
    served = await client.post(
        "/v1/redemptions", json=body_of(rival, elsewhere), headers=an_operator()
    )
    assert served.status_code == 201
    phone.give(family, approved, lease_id=lease["id"])
    phone.give(rival, elsewhere, lease_id=lease["id"])
    phone.give(rival, elsewhere, lease_id=lease["id"])
    late, owed, twice = await phone.sync()
    assert late["outcome"] == "accepted"
    assert "jam pinjaman" in late["detail"]
    assert (owed["code"], owed["is_owed"]) == ("already_redeemed", True)
    # The lease set aside one parcel, not two.
    assert (twice["code"], twice["is_owed"]) == ("already_redeemed", False)
    await sums_hold(world)


async def test_a_line_that_comes_a_week_after_its_lease_waits_for_a_person(
    world: World, client: httpx.AsyncClient
):
    village = "62.02.01.2013"
    family, approved = await world.a_family(region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(village)
    async with world.engine.begin() as tx:
        past = {"l": lease["id"], "at": clock.utc_now() - OWED_WITHIN}
        await tx.execute(
            text("UPDATE entitlements SET leased_until = :at WHERE lease_id = :l"), past
        )
        await tx.execute(
            text(
                "UPDATE leases SET taken_at = CAST(:at AS timestamptz) - interval '1 day', "
                "expires_at = :at WHERE id = CAST(:l AS uuid)"
            ),
            past,
        )
    served = await client.post(
        "/v1/redemptions", json=body_of(family, approved), headers=an_operator()
    )
    assert served.status_code == 201
    phone.give(family, approved, lease_id=lease["id"])
    (outcome,) = await phone.sync()
    assert (outcome["code"], outcome["is_owed"]) == ("already_redeemed", False)


async def test_a_lease_that_was_given_back_covers_nothing(world: World, client: httpx.AsyncClient):
    village = "62.02.01.2008"
    family, approved = await world.a_family(region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(village)
    back = await phone.terminal.post(f"/v1/leases/{lease['id']}/return", {})
    assert back.status_code == 200
    served = await client.post(
        "/v1/redemptions", json=body_of(family, approved), headers=an_operator()
    )
    assert served.status_code == 201
    phone.give(family, approved, lease_id=lease["id"])
    (outcome,) = await phone.sync()
    assert (outcome["code"], outcome["is_owed"]) == ("already_redeemed", False)


async def test_what_its_own_terminal_gave_on_line_is_not_owed_once_more_under_the_lease(
    world: World, client: httpx.AsyncClient
):
    village = "62.02.01.2011"
    family, approved = await world.a_family(region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(village)
    given = await phone.terminal.post("/v1/redemptions", body_of(family, approved))
    assert given.status_code == 201
    phone.give(family, approved, lease_id=lease["id"])
    (outcome,) = await phone.sync()
    assert (outcome["code"], outcome["is_owed"]) == ("already_redeemed", False)


async def test_a_conflict_that_was_undone_on_the_phone_is_not_paid(
    world: World, client: httpx.AsyncClient
):
    _, _, phone = await a_conflict(world, client)
    family, approved = await world.a_family()
    await allow(world, approved)
    colleague = await phone.terminal.sign_in()
    assert (
        await client.post("/v1/redemptions", json=body_of(family, approved), headers=an_operator())
    ).status_code == 201
    act = phone.give(family, approved)
    assert words(await phone.sync()) == ["already_redeemed"]
    assert await _owed(world, act["id"]) == 150_000
    phone.undo(act, phone.operator)
    phone.undo(act, colleague)
    phone.undo(act, colleague)
    assert words(await phone.sync()) == ["same_person", "accepted", "conflict_judged"]
    assert await _owed(world, act["id"]) == 0
    (judged,) = await rows(
        world,
        "SELECT j.outcome, j.judged_by <> j.operator AS is_another FROM conflict_judgements j "
        "JOIN conflicts c ON c.id = j.conflict_id WHERE c.act_id = :a",
        a=act["id"],
    )
    assert (judged["outcome"], judged["is_another"]) == ("not_owed", True)


async def test_whoever_judges_a_reversal_that_was_not_done_sees_what_it_wanted_to_undo(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    phone = await a_phone(client)
    given = phone.give(family, approved)
    undo = phone.undo(given, phone.operator)
    assert words(await phone.sync()) == ["accepted", "same_person"]
    (row,) = await rows(world, "SELECT id FROM conflicts WHERE act_id = :a", a=undo["id"])
    page = await client.get(f"/conflicts/{row['id']}", headers=a_supervisor())
    assert page.status_code == 200
    assert receipt_number(UUID(given["id"])) in page.text
    assert "tetap berlaku" in page.text
    assert "150.000" in page.text


async def test_an_act_that_ended_as_a_conflict_stays_one_when_the_right_is_free_again(
    world: World, client: httpx.AsyncClient
):
    village = "62.02.01.2012"
    family, approved = await world.a_family(region_code=village)
    await allow(world, approved)
    holder, phone = await a_phone(client), await a_phone(client)
    lease = await holder.take(village)
    act = phone.give(family, approved)
    assert words(await phone.sync()) == ["entitlement_leased"]
    back = await holder.terminal.post(f"/v1/leases/{lease['id']}/return", {})
    assert back.status_code == 200
    phone.give(family, approved, id=act["id"])
    assert words(await phone.sync()) == ["entitlement_leased"]
    assert await left(world, family.household_id) == [(1, 150_000)]
    assert await _owed(world, act["id"]) == 150_000


async def test_a_line_that_names_a_right_and_another_benefit_is_no_act_of_that_benefit(
    world: World, client: httpx.AsyncClient
):
    family, _ = await world.a_family()
    _, other = await world.a_family()
    await allow(world, other)
    phone = await a_phone(client)
    (right,) = await rows(
        world, "SELECT id FROM entitlements WHERE household_id = :h", h=family.household_id
    )
    phone.give(family, other, entitlement_id=str(right["id"]))
    assert words(await phone.sync()) == ["not_entitled"]


async def test_partners_see_their_own_conflicts_and_judge_none(
    world: World, client: httpx.AsyncClient
):
    row, _, phone = await a_conflict(world, client)
    path = f"/conflicts/{row['id']}"
    own = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    other = bearer("partner_admin", partner_id=MARKET, regions=())
    page = await client.get(path, headers=own)
    assert page.status_code == 200
    assert "Simpan putusan" not in page.text
    assert RULE["id"] in page.text
    assert (await client.get(path, headers=other)).status_code == 404
    assert str(row["id"]) not in (await client.get("/conflicts", headers=other)).text
    assert str(row["id"]) in (await client.get("/conflicts", headers=own)).text
    refused = await client.post(f"{path}/judgement", data=judgement(), headers=own)
    assert refused.status_code == 403
    # Whoever gave it does not judge it, even as a supervisor; the database says so too.
    giver = a_supervisor(subject=phone.operator)
    refused = await client.post(f"{path}/judgement", data=judgement(), headers=giver)
    assert refused.status_code == 409
    async with world.engine.connect() as tx:
        with pytest.raises(Exception, match="another_person"):
            await tx.execute(
                text(
                    "INSERT INTO conflict_judgements VALUES "
                    "(:c, :i, 'owed', 'alasan', :o, :o, 'X', now())"
                ),
                {"c": row["id"], "i": new_id(), "o": phone.operator},
            )


async def test_a_supervisor_of_another_region_sees_nothing_of_it(
    world: World, client: httpx.AsyncClient
):
    row, _, _ = await a_conflict(world, client)
    far = a_supervisor(regions=("62.03",))
    assert (await client.get(f"/conflicts/{row['id']}", headers=far)).status_code == 403
    assert str(row["id"]) not in (await client.get("/conflicts?state=all", headers=far)).text


async def test_a_lost_terminals_lease_is_released_by_a_person_with_a_reason(
    world: World, client: httpx.AsyncClient
):
    village = "62.02.01.2012"
    family, approved = await world.a_family(region_code=village)
    phone = await a_phone(client)
    lease = await phone.take(village)
    phone.give(family, approved, lease_id=lease["id"])
    page = await client.get("/conflicts/leases", headers=a_supervisor())
    assert lease["id"] in page.text
    path = f"/conflicts/leases/{lease['id']}/release"
    said = {"reason": "Telepon jatuh ke sungai."}
    admin = bearer("partner_admin", partner_id=FOOD_POINT, regions=())
    assert (await client.post(path, data=said, headers=admin)).status_code == 403
    assert (await client.post(path, data=said, headers=a_supervisor())).status_code == 303
    served = await client.post(
        "/v1/redemptions", json=body_of(family, approved), headers=an_operator()
    )
    assert served.status_code == 201
    # What it gave before is owed: it could not know.
    (outcome,) = await phone.sync()
    assert (outcome["code"], outcome["is_owed"]) == ("already_redeemed", True)


async def test_the_order_in_which_journals_arrive_decides_whatever_phones_say(
    world: World, client: httpx.AsyncClient
):
    family, approved = await world.a_family()
    early, late = await a_phone(client), await a_phone(client)
    early.give(family, approved, said_at=(NOW - timedelta(days=3)).isoformat())
    late.give(family, approved, said_at=(NOW + timedelta(days=400)).isoformat())
    assert words(await late.sync()) == ["accepted"]
    assert words(await early.sync()) == ["already_redeemed"]
