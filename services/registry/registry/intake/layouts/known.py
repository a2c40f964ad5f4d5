"""The layouts that are recognised, in the order they are tried. A new one is added here."""

from common.problems import Refused
from registry.intake.layouts import aid_roster, dtsen, opensid
from registry.intake.layouts.shape import Context, Reading, Recognise
from registry.intake.sheet import Sheet

KNOWN: tuple[Recognise, ...] = (opensid.recognise, aid_roster.recognise, dtsen.recognise)


def recognise(sheets: list[Sheet], context: Context) -> Reading:
    """Return how to read a file; raises Refused when no layout fits."""
    for layout in KNOWN:
        reading = layout(sheets, context)
        if reading is not None:
            return reading
    raise Refused("layout_unknown")
