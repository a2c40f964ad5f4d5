"""A month of redeeming with and without network, by a seed: what must hold is held to all along.

`make simulate` runs it at the size of the province: 1,500 terminals, 280,000 families. Families
come once, mostly to their own village's terminal; some go elsewhere, some try twice. Signals come
and go, answers get lost, phones are set back to old backups, clocks are wrong by days, terminals
are stolen and used by the thief until somebody revokes them, the server is once restored from an
hour-old backup. At the end everybody who still has a phone has sent everything.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.models.phones import Phone
from tests.models.server_side import Broken, Server

from redemption.journal.rules import Policy, Remaining

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 30
OPEN_HOURS = range(10)  # 07:00 to 17:00 in Kalimantan Tengah
PARCEL, BALANCE, PART = 150_000, 300_000, 100_000
BALANCE_SHARE = 0.2
LEASE_HOURS = (12, 24, 72)
POLICY = Policy(is_allowed=True, per_act_quantity_max=1, per_act_rupiah_max=PARCEL, acts_max=20)
ELSEWHERE, AGAIN = 0.05, 0.04
RESTORED_DAY = 17
# Families that each terminal served on line before the server was restored to before that.
LOST_EACH = 3


@dataclass(frozen=True)
class Outcome:
    """What a month came to."""

    counts: dict[str, int]
    lines_written: int
    lines_lost_with_phones: int
    served_online: int
    sent_again: int
    turned_away: int


@dataclass
class Province:
    """The province, its phones, and the chances by which things happen."""

    chance: random.Random
    server: Server
    phones: list[Phone]
    written: int = 0
    lost: int = 0
    online: int = 0
    sent_again: int = 0
    turned_away: int = 0

    @classmethod
    def of(cls, seed: int, terminals: int, families: int) -> "Province":
        """Return a province before its month."""
        chance = random.Random(seed)
        is_balance = [chance.random() < BALANCE_SHARE for _ in range(families)]
        rights = [
            Remaining(True, 0, 0, BALANCE) if one else Remaining(False, PARCEL, 1, PARCEL)
            for one in is_balance
        ]
        granted = [BALANCE if one else PARCEL for one in is_balance]
        share = families / terminals
        phones = [
            Phone(
                UUID(int=place + 1),
                range(round(place * share), round((place + 1) * share)),
                signal=chance.choice((0.02, 0.1, 0.5, 0.9, 0.98)),
                clock_off=timedelta(hours=chance.choice((0, 0, 0, 0, 0, 0, -50, 30))),
            )
            for place in range(terminals)
        ]
        return cls(chance, Server(rights, granted, POLICY), phones)

    def visits(self) -> dict[tuple[int, int], list[tuple[int, int]]]:
        """Return who comes where in each open hour: (right, place of the terminal)."""
        found: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for place, phone in enumerate(self.phones):
            for right in phone.rights:
                times = 3 if self.server.rights[right].is_balance else 1
                times += self.chance.random() < AGAIN
                for _ in range(times):
                    away = self.chance.random() < ELSEWHERE
                    where = self.chance.randrange(len(self.phones)) if away else place
                    when = (self.chance.randrange(DAYS), self.chance.choice(OPEN_HOURS))
                    found.setdefault(when, []).append((right, where))
        return found

    def serve(self, right: int, phone: Phone, now: datetime, *, is_online: bool) -> None:
        """A family is served: on line, on the lease, or as the policy allows; or told why not."""
        left = self.server.rights[right]
        amount = PART if left.is_balance else None
        if phone.is_stolen or phone.is_aside:
            self.turned_away += 1
        elif is_online:
            self._serve_online(right, phone, now, amount)
        else:
            self._serve_offline(right, phone, now, amount)

    def _serve_online(self, right: int, phone: Phone, now: datetime, amount: int | None) -> None:
        act = self.online + 1
        served = self.server.redeem(phone.id, right, amount, now, act)
        self.online += served
        self.turned_away += not served
        if served:
            phone.answered[act] = (right, amount)

    def _serve_offline(self, right: int, phone: Phone, now: datetime, amount: int | None) -> None:
        rupiah = amount or PARCEL
        granted = self.server.granted[right]
        if right in phone.leased and phone.has_lease(now):
            if phone.used.get(right, 0) + rupiah > granted:
                self.turned_away += 1
                return
            lease_id = phone.lease_id
        elif phone.unleased_since_sync < (POLICY.acts_max or 0) and right not in phone.used:
            lease_id = None
            phone.unleased_since_sync += 1
        else:
            self.turned_away += 1
            return
        phone.used[right] = phone.used.get(right, 0) + rupiah
        phone.write(right, lease_id, amount)
        self.written += 1

    def contact(self, phone: Phone, now: datetime) -> None:
        """A phone with a signal sends, and takes a new lease once everything has arrived."""
        phone.send(self.server, now, self.chance)
        if not phone.is_aside and (again := phone.ask(self.server)):
            self.written += again
            self.sent_again += again
            phone.send(self.server, now, self.chance)
        is_all_sent = phone.sent >= len(phone.lines)
        stands = phone.has_lease(now)
        if phone.is_aside or not is_all_sent or stands or phone.id in self.server.revoked:
            return
        hours = self.chance.choice(LEASE_HOURS)
        phone.lease_id = UUID(int=self.chance.getrandbits(128))
        until = now + timedelta(hours=hours)
        taken = self.server.lease(phone.lease_id, phone.id, phone.rights, now, until)
        phone.leased, phone.lease_until = set(taken), until
        # What this phone gave off line stays in its memory; the rest it learns from the server.
        phone.used = {
            n: self.server.granted[n] - self.server.rights[n].rupiah
            for n in taken
            if self.server.rights[n].rupiah < self.server.granted[n]
        }

    def befall(self, day: int, now: datetime) -> None:
        """The faults of a night."""
        for phone in self.phones:
            luck = self.chance.random()
            if luck < 0.002 and not phone.is_stolen:
                self._steal(phone, now)
            elif luck < 0.006:
                phone.copy_away()
            elif luck < 0.012 and phone.backup is not None:
                kept = len(phone.lines)
                phone.set_back()
                self.lost += kept - len(phone.lines)
        if day == RESTORED_DAY:
            self._restore_server(now)

    def _steal(self, phone: Phone, now: datetime) -> None:
        """A thief writes lines for whatever the phone has leased, sends them, is revoked."""
        self.contact(phone, now)
        for right in list(phone.leased)[:40]:
            if phone.has_lease(now) and right not in phone.used:
                phone.used[right] = self.server.granted[right]
                phone.write(right, phone.lease_id, PART if self.server.rights[right].is_balance
                            else None)  # fmt: skip
                self.written += 1
        if self.chance.random() < 0.5:
            phone.send(self.server, now, self.chance)
        self.server.revoked.add(phone.id)
        phone.is_stolen = True

    def _restore_server(self, now: datetime) -> None:
        """The night's journals and acts of an hour are lost with the database, and come again.

        They are judged again, later than before: some are told otherwise, and a family may have
        been elsewhere meanwhile. That is what a synchronous standby is for.
        """
        backup = self.server.snapshot()
        senders = [phone for phone in self.phones if phone.signal > 0.4 and not phone.is_stolen]
        for phone in senders:
            phone.send(self.server, now, self.chance)
            for right in self.chance.sample(phone.rights, LOST_EACH):
                self.serve(right, phone, now, is_online=True)
        self.server.restore(backup)
        for phone in senders:
            journal = self.server.journals.get(phone.id)
            known = set(journal.known.values()) | set(journal.quarantined) if journal else set()
            phone.forgotten |= phone.acknowledged.keys() - known


def hours() -> Iterator[tuple[int, int, datetime]]:
    """Yield each open hour of the month."""
    for day in range(DAYS):
        for hour in OPEN_HOURS:
            yield day, hour, BEGIN + timedelta(days=day, hours=hour)


def run(seed: int, terminals: int, families: int) -> Outcome:
    """Live through a month; raises Broken when something that must hold does not."""
    province = Province.of(seed, terminals, families)
    visits = province.visits()
    for day, hour, now in hours():
        online = [province.chance.random() < phone.signal for phone in province.phones]
        for phone, has_signal in zip(province.phones, online, strict=True):
            if has_signal and not phone.is_stolen and hour % 3 == 0:
                province.contact(phone, now)
        for right, place in visits.get((day, hour), ()):
            province.serve(right, province.phones[place], now, is_online=online[place])
        if hour == OPEN_HOURS[-1]:
            province.befall(day, now + timedelta(hours=8))
    return _settle(province)


def _settle(province: Province) -> Outcome:
    """Let everybody send what is left, and look at every line and every balance."""
    now = BEGIN + timedelta(days=DAYS + 10)
    for phone in province.phones:
        for _ in range(200):
            phone.send(province.server, now, province.chance)
            if phone.is_aside or not _is_behind(province, phone):
                break
        if not phone.is_aside and phone.answered.keys() - province.server.acts:
            raise Broken("an act that was answered is known to nobody")
        words = Counter(_word(province, phone, line.link.hash) for line in phone.lines)
        if words.pop("", 0):
            raise Broken("a line ended as nothing")
    for number, left in enumerate(province.server.rights):
        if (
            left.rupiah < 0
            or left.rupiah + province.server.given[number] != (province.server.granted[number])
        ):
            raise Broken("a balance is not what its lines say")
    return Outcome(
        dict(sorted(province.server.counts.items())),
        province.written,
        province.lost,
        province.online,
        province.sent_again,
        province.turned_away,
    )


def _is_behind(province: Province, phone: Phone) -> bool:
    journal = province.server.journals.get(phone.id)
    last = phone.lines[-1].link.sequence if phone.lines else 0
    return (journal.head.sequence if journal else 0) < last


def _word(province: Province, phone: Phone, line_hash: str) -> str:
    journal = province.server.journals[phone.id]
    if line_hash in journal.quarantined:
        return "quarantined"
    found = next((n for n, known in journal.known.items() if known == line_hash), None)
    if found is not None:
        return journal.outcomes[found].outcome
    # After a journal was put aside the app begins another; this one is kept and shown as it is.
    return "quarantined" if phone.is_aside else ""
