"""What a person can do to a card, by the word that API and pages use."""

from collections.abc import Awaitable, Callable

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from issuance.cards.block import block
from issuance.cards.change import Wish
from issuance.cards.issue import issue
from issuance.cards.replace import replace
from issuance.cards.revoke import revoke
from issuance.cards.unblock import unblock

Act = Callable[[AsyncConnection, Principal, Wish], Awaitable[RowMapping]]

ACTS: dict[str, Act] = {
    "issue": issue,
    "block": block,
    "unblock": unblock,
    "replace": replace,
    "revoke": revoke,
}
