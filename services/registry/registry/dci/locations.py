"""The tree of regions in the standard's words."""

import json
from functools import cache

from common.regions import all_regions

# The names by which the definition knows a place: it demands `id` and `containedInPlace`, and
# describes `identifier` and `contained_in_place`. Both are given.
CONTEXT = {
    "@context": "http://spdci.org/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "schema": "http://schema.org/",
}


@cache
def locations_json() -> bytes:
    """Return the location hierarchy: province, regencies, districts, villages."""
    places = [
        {
            "@type": "Place",
            "id": region.code,
            "identifier": [
                {"@type": "PropertyValue", "name": "kemendagri", "identifier": region.code}
            ],
            "name": region.name,
            "additional_type": f"kemendagri:{region.level}",
            "contained_in_place": region.parent_code,
            "containedInPlace": region.parent_code,
        }
        for region in all_regions().values()
    ]
    whole = {"@context": CONTEXT, "@type": "LocationHierarchy", "locations": places}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
