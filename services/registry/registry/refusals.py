"""How this service says no: every refusal's words, in both languages, and its HTTP status."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {}
