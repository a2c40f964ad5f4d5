"""How changes of families refuse."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {}
