"""All that the terminal's app says and is told, as one script that it loads and keeps."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from common.problems import RefusalText
from redemption.cards.rules import SCAN_REFUSALS
from redemption.companions.words import RELATIONS
from redemption.leases.rule_words import RULE, RULE_VERSION
from redemption.scanner.counter_words import COUNTER
from redemption.scanner.help_words import HELP
from redemption.scanner.phone_words import PHONE
from redemption.scanner.record_words import RECORD

WORDS = {**PHONE, **COUNTER, **RECORD, **HELP}
# What a status list says of a card, and the service's refusal that says the same.
STATUSES = ("suspended", "revoked", "not_active")
VERSION_CHARACTERS = 8


def texts(refusals: Mapping[str, RefusalText], config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words in both languages, the rule, and the addresses of other files."""
    codes = {**SCAN_REFUSALS, **{status: f"card_{status}" for status in STATUSES}}
    found = {
        "words": {
            language: {key: pair[place] for key, pair in WORDS.items()}
            for place, language in enumerate(("id", "en"))
        },
        "refusals": {reason: _both(refusals[code]) for reason, code in codes.items()},
        "relations": [[code, *pair] for code, pair in RELATIONS.items()],
        "rule": {"version": RULE_VERSION, "words": RULE},
        "config": config,
    }
    text = json.dumps(found, sort_keys=True)
    return found | {"version": hashlib.sha256(text.encode()).hexdigest()[:VERSION_CHARACTERS]}


def _both(text: RefusalText) -> dict[str, dict[str, str]]:
    return {
        "id": {"title": text.title_id, "action": text.action_id},
        "en": {"title": text.title_en, "action": text.action_en},
    }
