"""A demonstration's families hold cards; a few wait at the desk and for the printer."""

from collections.abc import Callable

import pytest
from tests.issuance.builders import a_desk, an_approval, an_enrolment

from issuance.cards import demonstration


async def test_a_demonstration_s_cards_are_with_families_at_desks_and_to_be_printed(
    new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(demonstration, "QUIET_S", 0.0)
    monkeypatch.setattr(demonstration, "LOOK_EVERY_S", 0.01)
    desk = await a_desk(new_database("issuance"))
    await desk.hear(an_approval([an_enrolment() for _ in range(20)]))
    await desk.sign()
    assert await demonstration.hand_out(desk.engine) == {"active": 5, "at_desk": 5}
    found = await desk.rows("SELECT state, count(*) AS cards FROM cards GROUP BY 1")
    assert {row.state: row.cards for row in found} == {"active": 5, "at_desk": 5, "signed": 10}
    assert await demonstration.hand_out(desk.engine) == {"active": 0, "at_desk": 0}
    await desk.engine.dispose()
