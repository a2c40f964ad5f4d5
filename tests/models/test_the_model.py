"""The rule for work without network, in every order in which its steps can happen.

The model (offline.pml) is looked at by `spin` from Debian's packages (`make test` installs it when
it may). Each mutant takes one part of the rule away, and shows that the model can fail.
"""

from pathlib import Path

import pytest
from tests.models.checker import is_here, search

needs_spin = pytest.mark.skipif(
    not is_here(),
    reason="spin is not here: sudo apt-get install spin gcc (or sh deploy/install/spin.sh)",
)


@needs_spin
def test_no_order_of_steps_gives_too_much_or_loses_a_line(tmp_path: Path):
    found = search(tmp_path, "LEASES=1")
    assert (found.errors, found.violated) == (0, "")
    # A model that stops early would be right about nothing.
    assert found.states > 1_000_000


@needs_spin
@pytest.mark.parametrize(
    ("mutant", "breaks"),
    [
        ("MUTANT_OVERDRAWN", "given<="),
        ("MUTANT_LEASE_IGNORED", "remaining>0"),
        ("MUTANT_LEASE_BEFORE_SENDING", "remaining>0"),
        ("MUTANT_JUDGED_TWICE", "acknowledged"),
    ],
)
def test_without_a_part_of_the_rule_an_order_breaks_it(tmp_path: Path, mutant: str, breaks: str):
    found = search(tmp_path, mutant)
    assert found.errors == 1
    assert breaks in found.violated
