"""The overlap matrix as rules: for each pair of programmes exclude, allow or flag."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

# Programmes of others, and the fact that says whether a family is on one.
OUTSIDE = {
    "pkh": "on_pkh",
    "sembako": "on_sembako",
    "blt_dd": "on_blt_dd",
    "bst": "on_bst",
    "pip": "on_pip",
    "pbi": "on_pbi",
    "scholarship": "on_scholarship",
}
OUTSIDE_NAMES = {
    "pkh": ("PKH", "PKH"),
    "sembako": ("Program Sembako", "Sembako"),
    "blt_dd": ("BLT Dana Desa", "BLT Dana Desa"),
    "bst": ("Bantuan Sosial Tunai (BST)", "BST cash aid"),
    "pip": ("Program Indonesia Pintar (PIP)", "Indonesia Pintar (PIP)"),
    "pbi": ("PBI Jaminan Kesehatan", "PBI health premium"),
    "scholarship": ("beasiswa lain", "another scholarship"),
}
OUTCOMES = ("exclude", "allow", "flag")
PREFIX = "overlap:"
CODE = re.compile(r"[a-z][a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True)
class Pair:
    """What being on `other_code` means for a family that asks for `programme_code`."""

    programme_code: str
    other_code: str
    outcome: str
    reason_id: str
    reason_en: str
    # How the other programme is called.
    name_id: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    id: str
    en: str
    exception_id: str
    exception_en: str
    enrolled_id: str
    enrolled_en: str


def words_of(pair: Pair) -> Words:
    """Return what a family reads about a pair, and how its facts are called."""
    name_id, name_en = pair.name_id or pair.other_code, pair.name_en or pair.other_code
    if pair.outcome == "flag":
        said_id = f"Bantuan ini boleh bersama {name_id} menurut penilaian petugas"
        said_en = f"An officer has judged that this goes together with {name_en}"
    else:
        said_id = f"Keluarga tidak sedang menerima {name_id}"
        said_en = f"The family does not receive {name_en} now"
    return Words(
        said_id,
        said_en,
        f"Pengecualian untuk {name_id}",
        f"Exception for {name_en}",
        f"Penerima {name_id}",
        f"On {name_en}",
    )


def matrix_hash(version: Mapping[str, Any], pairs: Sequence[Pair]) -> bytes:
    """Return the hash that an approval fixes: the decree, its first day and every pair."""
    body = {
        "decree": [version["decree_number"], version["decree_on"].isoformat()],
        "valid_from": version["valid_from"].isoformat(),
        "pairs": sorted(astuple(one)[:5] for one in pairs),
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).digest()
