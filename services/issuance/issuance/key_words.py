"""What the commands for keys say at the terminal."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from common.regions import covers, region_name
from issuance.cards.replace_many import CardsOfKey

DAY, MINUTE = "%Y-%m-%d", "%Y-%m-%d %H:%M UTC"
Key = Mapping[Any, Any]


def line(key: Key, cards: Mapping[str, Any]) -> str:
    """Return a key in one line of `keys list`."""
    signs = f"signs {key['not_before']:{DAY}} to {key['sign_until']:{DAY}}"
    published = "published" if key["published_at"] else "not published"
    return (
        f"{key['kid']}  {key['algorithm']:8} {key['state']:12} {key['region_code']:13} {signs},"
        f" its cards end {key['verify_until']:{DAY}}, {key['custody']}, {published},"
        f" {cards.get('signed', 0)} cards ({cards.get('living', 0)} living)"
    )


def facts(key: Key) -> Iterator[str]:
    """Yield what is known of a key, a line each."""
    place = f"{key['region_code']} {region_name(key['region_code'])}"
    yield f"{key['kid']}  {key['algorithm']}  {key['state']}  for {place}"
    yield f"  public key    {key['public_key'].hex()}"
    yield f"  private side  {key['device_uri'] or 'sealed in the database'}"
    yield f"  made          {key['created_at']:{MINUTE}} by {key['created_by']}"
    if key["published_at"]:
        yield f"  published     {key['published_at']:{MINUTE}}"
    if key["activated_at"]:
        yield f"  activated     {key['activated_at']:{MINUTE}} by {key['activated_by']}"
    if key["early_reason"]:
        yield f"  early because {key['early_reason']}"
    yield f"  signs         {key['not_before']:{DAY}} to {key['sign_until']:{DAY}}"
    yield f"  its cards end {key['verify_until']:{DAY}} at the latest"


def history(change: Key) -> str:
    """Return a line of a key's history."""
    why = f": {change['reason']}" if change["reason"] else ""
    return f"  {change['at']:{MINUTE}}  {change['act']:11} by {change['actor']}{why}"


def count(cards: CardsOfKey) -> Iterator[str]:
    """Yield how many cards a key has signed, by what they are now."""
    yield f"  ditandatangani / signed               {cards.signed:>9,}"
    yield f"  aktif / active                        {cards.active.total():>9,}"
    yield f"  dalam perjalanan / on their way       {cards.on_their_way.total():>9,}"
    yield f"  diblokir / blocked                    {cards.blocked.total():>9,}"
    yield f"  sudah berakhir / ended                {cards.signed - cards.living:>9,}"


def consequence(
    key: Key, cards: CardsOfKey, *, others: Iterable[Key], now: datetime
) -> Iterator[str]:
    """Yield what follows if this key is said to be stolen; nothing of it has happened yet."""
    kid = key["kid"]
    yield f"Kunci / key {kid}, {region_name(key['region_code'])}, {key['state']}"
    yield from count(cards)
    yield "Menurut kabupaten/kota / by regency:"
    for regency in cards.regencies:
        yield (
            f"  {regency} {region_name(regency):24} aktif / active {cards.active[regency]:>7,}"
            f"  perjalanan / on the way {cards.on_their_way[regency]:>7,}"
            f"  diblokir / blocked {cards.blocked[regency]:>6,}"
        )
    yield "Akibatnya / what follows:"
    yield from WHAT_FOLLOWS
    healthy = [
        other["kid"]
        for other in others
        if other["kid"] != kid
        and other["state"] == "active"
        and other["not_before"] <= now < other["sign_until"]
        and covers(other["region_code"], key["region_code"])
    ]
    if healthy:
        yield f"  Kartu baru ditandatangani dengan / new cards are signed by {', '.join(healthy)}"
    else:
        yield "  TIDAK ADA kunci lain untuk wilayah ini: kartu baru menunggu kunci yang aktif."
        yield "  There is NO other key for this place: new cards wait until one is activated."
    yield "Belum ada yang diubah / nothing was changed. Untuk melakukannya / to do it:"
    yield f"  python -m issuance.cli keys compromise {kid} --confirm {kid} --as … --reason …"


WHAT_FOLLOWS = (
    "  Terminal daring menolak semua kartu ini dalam hitungan detik.",
    "  On-line terminals refuse all these cards within seconds.",
    "  Terminal luring menolaknya setelah kontak berikutnya; yang tidak pernah terhubung tidak",
    "  menyatakan kartu mana pun berlaku begitu daftar statusnya (7 hari) lewat waktu.",
    "  Off-line terminals refuse them after their next contact; one without any contact says of",
    "  no card that it is valid once its status list (7 days) has run out.",
    "  Kartu aktif dan yang dalam perjalanan berakhir “diganti”; penggantinya langsung dipesan.",
    "  Active cards and those on their way end as replaced; new ones are ordered at once.",
    "  Kartu yang diblokir tetap diblokir, dan diganti begitu blokirnya dibuka.",
    "  Blocked cards stay blocked, and are replaced as soon as they are unblocked.",
    "  Bagian rahasia kunci ini dihapus. Ini tidak dapat dibatalkan.",
    "  The private side of this key is erased. There is no way back.",
)
