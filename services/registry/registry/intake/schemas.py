"""How the JSON interface shows an uploaded file."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from common.problems import RefusalText, fill

HIDDEN = frozenset(
    {
        *("sha256", "uploaded_by", "committed_by", "confirmed_by", "undone_by", "about"),
        *("failure_facts", "scopes"),
    }
)


class UndoBody(BaseModel):
    """Why a file is undone."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(max_length=500)


def import_json(batch: RowMapping, refusals: dict[str, RefusalText]) -> dict[str, Any]:
    """Return a file's state for a program, with the reason in words when it was refused."""
    shown = {key: value for key, value in batch.items() if key not in HIDDEN}
    shown["sha256"] = bytes(batch["sha256"]).hex()
    text = refusals.get(batch["failure_code"] or "")
    if text is not None:
        facts = batch["failure_facts"]
        shown["failure"] = {
            "code": batch["failure_code"],
            "id": f"{fill(text.title_id, facts)}. {fill(text.action_id, facts)}",
            "en": f"{fill(text.title_en, facts)}. {fill(text.action_en, facts)}",
        }
    return shown
