"""SQL for what is known about families on a day: one row a family, a column for each fact.

Only the facts that are asked for are looked up. A fact older than the version allows, a roster
that was not loaded for the family's region, a member without a birth date: null, not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from registry.eligibility.facts import COUNT_MAX, DECILE, FACTS, Fact

PROVINCE_PREFIX = "62%"
BY_REGION = "region_code LIKE :region_prefix"
BY_ID = "id = :household_id"
# On a roster; else not on a roster that was loaded; else not known.
_ROSTER = "CASE WHEN b.{name} IS NOT NULL THEN b.{name} WHEN v.{name} THEN false END"
# A head who moved away leaves open who stayed, and whether they did.
_MOVED = "p.head_moved AND NOT p.head_alive"
_HEAD = {
    "in_province": f"CASE WHEN {_MOVED} THEN NULL ELSE true END",
    "head_alive": f"CASE WHEN {_MOVED} THEN NULL ELSE p.head_alive END",
}
_BORN = {
    "children_0_6": "p.born_on > CAST(:facts_on AS date) - interval '7 years'",
    "school_age": "p.born_on <= CAST(:facts_on AS date) - interval '7 years'"
    " AND p.born_on > CAST(:facts_on AS date) - interval '19 years'",
    "elderly_60_plus": "p.born_on <= CAST(:facts_on AS date) - interval '60 years'",
}
_COUNTED = f"CAST(least(coalesce(p.{{name}}, 0), {COUNT_MAX}) AS integer)"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which facts of which families; `more` are facts of a programme's own, with their SQL."""

    names: tuple[str, ...]
    more: Mapping[str, tuple[Fact, str]] = field(default_factory=dict)
    # Joins that the SQL of `more` needs.
    joins: str = ""

    @property
    def facts(self) -> dict[str, Fact]:
        """Return every fact asked for, by its name."""
        return {name: self.more[name][0] if name in self.more else FACTS[name]
                for name in self.names}  # fmt: skip

    def packed(self, prefix: str = "") -> str:
        """Return SQL for one whole number that is equal exactly when all these facts are equal."""
        terms, weight = ["CAST(0 AS bigint)"], 1
        for name, fact in self.facts.items():
            value = f"(coalesce(CAST({prefix}{name} AS integer), -1) + 1)"
            terms.append(f"{value} * CAST({weight} AS bigint)")
            weight *= fact.values
        return " + ".join(terms)


def family_facts(asked: Asked, scope: str, *, has_ids: bool = True, is_whole: bool = False) -> str:
    """Return the SELECT; it binds facts_on, oldest_on and what `scope` and `joins` name.

    With `has_ids` it also gives the ids of the facts and roster loads that were looked at;
    `is_whole` spares looking up who is in scope when everybody is.
    """
    dated = [name for name in asked.names if name not in asked.more and FACTS[name].code]
    rosters = [name for name in dated if FACTS[name].code != DECILE]
    members = [name for name in asked.names if name not in asked.more and name not in dated]
    values = [f"{_value(name, asked)} AS {name}" for name in asked.names]
    if has_ids:
        facts = "coalesce(b.fact_ids, '{}')" if dated else "CAST('{}' AS bigint[])"
        loads = "v.load_ids" if rosters else "CAST('{}' AS bigint[])"
        values += [f"{facts} AS fact_ids", f"{loads} AS roster_load_ids"]
    within = "" if is_whole else "AND household_id IN (SELECT id FROM scope)"
    parts = [f"scope AS NOT MATERIALIZED (SELECT id, region_code FROM households WHERE {scope})"]  # noqa: S608
    joins = ""
    if dated:
        parts.append(_dated(dated, within, has_ids=has_ids))
        joins += " LEFT JOIN by_household b ON b.household_id = s.id"
    if rosters:
        parts.append(_loads(rosters, has_ids=has_ids))
        joins += " JOIN villages v ON v.region_code = s.region_code"
    if members:
        parts.append(_people(members, within))
        joins += " LEFT JOIN people p ON p.household_id = s.id"
    columns = ", ".join(["s.id AS household_id", "s.region_code", *values])
    return f"WITH {', '.join(parts)} SELECT {columns} FROM scope s{joins} {asked.joins}"  # noqa: S608


def _value(name: str, asked: Asked) -> str:
    if name in asked.more:
        return asked.more[name][1]
    if name in _HEAD:
        return _HEAD[name]
    if name in _BORN:
        return f"CASE WHEN p.births_missing THEN NULL ELSE {_COUNTED.format(name=name)} END"
    if name == "members":
        return _COUNTED.format(name=name)
    return "b.decile" if name == "decile" else _ROSTER.format(name=name)


def _dated(names: Sequence[str], within: str, *, has_ids: bool) -> str:
    columns = [
        f"bool_or(value = 'yes') FILTER (WHERE code = '{FACTS[name].code}') AS {name}"
        for name in names
        if name != "decile"
    ]
    if "decile" in names:
        known = "CASE WHEN value ~ '^([1-9]|10)$' THEN CAST(value AS integer) END"
        columns.append(f"max({known}) FILTER (WHERE code = '{DECILE}') AS decile")
    if has_ids:
        columns.append("array_agg(id) AS fact_ids")
    codes = ", ".join(f"'{FACTS[name].code}'" for name in names)
    # Of what one source says about one subject, the newest counts.
    return f"""by_household AS (
        SELECT household_id, {", ".join(columns)} FROM (
            SELECT DISTINCT ON (household_id, code, subject_id) household_id, code, value, id
            FROM facts WHERE code IN ({codes}) AND valid_from <= :facts_on
              AND valid_to >= CAST(:oldest_on AS date) {within}
            ORDER BY household_id, code, subject_id, valid_from DESC, id DESC) AS counting
        GROUP BY household_id)"""  # noqa: S608


def _loads(names: Sequence[str], *, has_ids: bool) -> str:
    columns = [f"bool_or(l.code = '{FACTS[name].code}') AS {name}" for name in names]
    if has_ids:
        ids = "array_agg(l.id ORDER BY l.id) FILTER (WHERE l.id IS NOT NULL)"
        columns.append(f"coalesce({ids}, '{{}}') AS load_ids")
    codes = ", ".join(f"'{FACTS[name].code}'" for name in names)
    return f"""villages AS MATERIALIZED (
        SELECT r.region_code, {", ".join(columns)}
        FROM (SELECT DISTINCT region_code FROM scope) r
        LEFT JOIN (SELECT code, region_code, max(id) AS id FROM roster_loads
                   WHERE code IN ({codes}) AND valid_from <= :facts_on
                     AND valid_to >= CAST(:oldest_on AS date)
                   GROUP BY code, region_code) l
            ON starts_with(r.region_code, l.region_code)
        GROUP BY r.region_code)"""  # noqa: S608


def _people(names: Sequence[str], within: str) -> str:
    alive = "p.status = 'alive'"
    columns = []
    if set(names) & set(_HEAD):
        for word, status in (("head_alive", "alive"), ("head_moved", "moved")):
            head = "FILTER (WHERE p.relation = 'head')"
            columns.append(f"bool_or(p.status = '{status}') {head} AS {word}")
    if "members" in names:
        columns.append(f"count(*) FILTER (WHERE {alive}) AS members")
    ages = [name for name in names if name in _BORN]
    columns += [f"count(*) FILTER (WHERE {alive} AND {_BORN[name]}) AS {name}" for name in ages]
    if ages:
        columns.append(f"bool_or(p.born_on IS NULL) FILTER (WHERE {alive}) AS births_missing")
    return f"""people AS (
        SELECT p.household_id, {", ".join(columns)} FROM persons p
        WHERE true {within.replace("household_id", "p.household_id", 1)}
        GROUP BY p.household_id)"""  # noqa: S608
