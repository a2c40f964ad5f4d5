"""Why a job could not be done, in the words of the refusal that ended it."""

from collections.abc import Mapping
from typing import Any

from common.problems import RefusalText, fill


def failure_words(
    refusals: Mapping[str, RefusalText],
    code: str | None,
    facts: Mapping[str, Any] | None,
    language: str,
) -> tuple[str, str] | None:
    """Return what happened and what to do, or None when nothing failed."""
    text = refusals.get(code or "")
    if text is None:
        return None
    said = (text.title_en, text.action_en) if language == "en" else (text.title_id, text.action_id)
    return fill(said[0], facts or {}), fill(said[1], facts or {})
