"""How matching refuses."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {}
