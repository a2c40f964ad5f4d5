"""What a terminal goes by without network, and the mark by which it sees that this has changed."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

MARK_CHARACTERS = 12


def rule_version(policies: Sequence[dict[str, Any]]) -> str:
    """Return a mark of a set of policies: another one when any of them is another."""
    text = json.dumps(policies, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_CHARACTERS]
