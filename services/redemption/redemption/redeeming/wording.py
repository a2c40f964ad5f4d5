"""Moments and places as refusals say them, in both languages."""

from common.web.formats import Formats
from redemption.redeeming.rules import Collected

_formats = {language: Formats(language) for language in ("id", "en")}


def collected_before(line: Collected) -> dict[str, str]:
    """Return the facts of "already collected": when and where, for people and for programs."""
    return {
        "first_redeemed_at": line.redeemed_at.isoformat(),
        "first_partner": line.partner_name,
        "when_id": _formats["id"].datetime(line.redeemed_at),
        "when_en": _formats["en"].datetime(line.redeemed_at),
    }
