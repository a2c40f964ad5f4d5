"""What a terminal goes by without network, and the mark by which it sees that this has changed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common.web.formats import in_wib
from redemption.policies.queries import policies_of_open_cycles

MARK_CHARACTERS = 12


async def offline_policies(
    tx: AsyncConnection, partner_kind: str, now: datetime
) -> list[dict[str, Any]]:
    """Return what may be given without network at a kind of partner, by cycle and benefit."""
    found = await policies_of_open_cycles(tx, in_wib(now).date(), now, partner_kind)
    return sorted((asdict(one) for one in found), key=lambda one: str(one["benefit_id"]))


def rule_version(policies: Sequence[dict[str, Any]]) -> str:
    """Return a mark of a set of policies: another one when any of them is another."""
    text = json.dumps(policies, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_CHARACTERS]
