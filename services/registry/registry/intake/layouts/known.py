"""The layouts that are recognised, in the order they are tried. A new one is added here."""

from common.problems import Refused
from registry.intake.layouts import (
    aid_roster,
    bip2016,
    dtsen,
    dukcapil_match,
    khbs,
    mapped,
    opensid,
    regsosek,
    siak,
)
from registry.intake.layouts.shape import Context, Reading, Recognise
from registry.intake.layouts.soundness import demand_sound
from registry.intake.sheet import Sheet

# Those that need the most columns come first: a few would also fit the ones below.
KNOWN: tuple[Recognise, ...] = (
    opensid.recognise,
    siak.recognise,
    khbs.recognise,
    bip2016.recognise,
    regsosek.recognise,
    aid_roster.recognise,
    dtsen.recognise,
    dukcapil_match.recognise,
    mapped.recognise,
)


def recognise(sheets: list[Sheet], context: Context) -> Reading:
    """Return how to read a file; raises Refused when no layout fits or it can't be believed."""
    for layout in KNOWN:
        reading = layout(sheets, context)
        if reading is not None:
            demand_sound(reading)
            return reading
    raise Refused("layout_unknown")
