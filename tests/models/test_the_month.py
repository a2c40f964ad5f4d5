"""A tenth of the province lives through a month of outages, thefts, lost answers and backups."""

from dataclasses import replace
from typing import Any

import pytest
from tests.models import server_side
from tests.models.phones import Phone
from tests.models.server_side import Broken
from tests.models.simulation import run

from redemption.journal.rules import Judgement, judge

TERMINALS, FAMILIES = 150, 28_000


@pytest.mark.parametrize("seed", [1, 5])
def test_a_month_never_gives_too_much_and_no_line_ends_as_nothing(seed: int):
    found = run(seed, TERMINALS, FAMILIES)
    settled = sum(found.counts.values()) - found.counts["told otherwise after a restored backup"]
    owed = sum(count for name, count in found.counts.items() if name.startswith("conflict, owed"))
    # Each happened: a month without conflicts or thefts would prove nothing.
    assert found.counts["accepted on a lease"] > 1000
    assert found.counts["accepted without a lease"] > 100
    assert owed > 0
    assert found.counts["quarantined: terminal_revoked"] > 0
    assert found.counts["quarantined: sequence_reused"] > 0
    assert found.lines_lost_with_phones > 0
    assert found.sent_again > 100
    # Every line that was written and not wiped from its phone was settled; some of those that were
    # wiped had been sent before, and what a backup of the server lost was settled once more.
    assert settled >= found.lines_written - found.lines_lost_with_phones


def test_the_same_seed_is_the_same_month():
    assert run(7, 15, 2000) == run(7, 15, 2000)


def always_accepted(*given: Any, **more: Any) -> Judgement:
    """A rule that forgot what is left."""
    return replace(judge(*given, **more), outcome="accepted")


def never_leased(*given: Any, **more: Any) -> Judgement:
    """A rule that forgot what was set aside."""
    found = judge(*given, **more)
    return replace(found, outcome="conflict") if found.is_leased else found


@pytest.mark.parametrize("mutant", [always_accepted, never_leased])
def test_a_rule_that_is_wrong_is_found_out(monkeypatch: pytest.MonkeyPatch, mutant: Any):
    monkeypatch.setattr(server_side, "judge", mutant)
    with pytest.raises(Broken):
        run(3, 60, 9000)


def test_a_phone_that_keeps_nothing_of_what_was_answered_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(Phone, "ask", lambda *_: 0)
    with pytest.raises(Broken, match="known to nobody"):
        run(3, 60, 9000)
