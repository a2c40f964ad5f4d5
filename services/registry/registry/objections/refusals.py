"""How objections refuse."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {}
