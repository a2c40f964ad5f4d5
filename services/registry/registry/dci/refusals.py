"""How the DCI interface refuses."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {}
