"""Queries of other systems, read into a condition over families, persons or enrolments.

Three ways of asking (`query_type`), one outcome: SQL put together from the fixed pieces below, with
every value bound. Only the attributes named here can be asked for, and each only by a system that
may see it: otherwise questions would tell what answers must not.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.dci.attributes import (
    ATTRIBUTES,
    COMPARISONS,
    ENROLLED,
    KK_NAMES,
    NIK_NAMES,
    OTHER_SPELLINGS,
    Attribute,
    Entity,
)
from registry.dci.rules import DIGITS_16, ItemRejected

CONDITIONS_MAX = 20
DEPTH_MAX = 5
VALUES_MAX = 50


@dataclass(slots=True)
class Condition:
    """SQL about `h` (and `p`, where the entity has one), and the values it binds."""

    sql: str = "true"
    values: dict[str, Any] = field(default_factory=dict)


class Reader:
    """Reads one query; `index` turns a NIK or KK into what the registry finds it by."""

    def __init__(
        self, entity: Entity, fields: Collection[str], index: Callable[[str, str], bytes]
    ) -> None:
        self._entity, self._fields, self._index = entity, fields, index
        self._values: dict[str, Any] = {}
        self._count = self._branches = 0

    def read(self, query_type: str, query: Any) -> Condition:
        """Return the condition that a query means; raises ItemRejected."""
        match query_type:
            case "idtype-value":
                sql = self._number(query)
            case "expression":
                sql = self._expression(query)
            case "predicate":
                sql = self._predicate(query)
            case _:
                raise ItemRejected("rjct.search_criteria.invalid", "this query type is not offered")
        return Condition(sql, self._values)

    def _number(self, query: Any) -> str:
        given = query if isinstance(query, Mapping) else {}
        kind, value = str(given.get("type", "")), given.get("value")
        kind = kind.rsplit(":", 1)[-1].upper()
        if kind not in NIK_NAMES | KK_NAMES or not isinstance(value, str):
            raise ItemRejected(
                "rjct.search_criteria.invalid", "type: UIN (a NIK) or KK; value: text"
            )
        return self._identified("nik" if kind in NIK_NAMES else "kk", value)

    def _identified(self, purpose: str, value: str) -> str:
        if not DIGITS_16.fullmatch(value):
            return "false"  # Nobody has such a number.
        name = self._bind(self._index(purpose, value))
        if purpose == "kk":
            return f"h.kk_index = :{name}"
        return self._of_person(f"p.nik_index = :{name}")

    def _expression(self, query: Any) -> str:
        tree = query.get("value", query) if isinstance(query, Mapping) else None
        for inner in ("expression", "query"):
            if isinstance(tree, Mapping) and inner in tree:
                tree = tree[inner]
        return self._tree(tree, DEPTH_MAX)

    def _tree(self, tree: Any, depth: int) -> str:
        self._branches += len(tree) if isinstance(tree, Mapping) else 1
        if self._branches > CONDITIONS_MAX + VALUES_MAX:
            raise _bad(f"at most {CONDITIONS_MAX} conditions")
        if not isinstance(tree, Mapping) or not tree or depth == 0:
            raise _bad(f"an object of conditions, nested at most {DEPTH_MAX} deep")
        return " AND ".join(self._branch(name, value, depth) for name, value in tree.items())

    def _branch(self, name: str, value: Any, depth: int) -> str:
        if name in {"$and", "$or"}:
            if not isinstance(value, list) or not value:
                raise _bad(f"{name}: a list of conditions")
            word = " AND " if name == "$and" else " OR "
            return f"({word.join(f'({self._tree(one, depth - 1)})' for one in value)})"
        if name == "$not":
            return f"(({self._tree(value, depth - 1)}) IS NOT TRUE)"
        if name.startswith("$"):
            raise _bad(f"{name[:30]} is not offered")
        compared = value if isinstance(value, Mapping) else {"$eq": value}
        parts = [self._leaf(name, word.removeprefix("$"), one) for word, one in compared.items()]
        return f"({' AND '.join(parts) or 'true'})"

    def _predicate(self, query: Any) -> str:
        if not isinstance(query, list) or not 1 <= len(query) <= CONDITIONS_MAX:
            raise _bad(f"a list of 1 to {CONDITIONS_MAX} predicates")
        parts = []
        for one in query:
            first = self._term(one.get("expression1"))
            second, word = one.get("expression2"), one.get("condition", "and")
            if second is None:
                parts.append(first)
                continue
            rest = self._term(second)
            joined = {"and": f"{first} AND {rest}", "or": f"{first} OR {rest}"}
            parts.append(f"({joined.get(word, f'{first} AND ({rest}) IS NOT TRUE')})")
        return " AND ".join(parts)

    def _term(self, term: Any) -> str:
        if not isinstance(term, Mapping):
            raise _bad("expression: attribute_name, operator, attribute_value")
        name, word = str(term.get("attribute_name")), str(term.get("operator"))
        return self._leaf(name, word, term.get("attribute_value"))

    def _leaf(self, name: str, word: str, value: Any) -> str:
        if name.upper() in NIK_NAMES | KK_NAMES:
            if word != "eq" or not isinstance(value, str):
                raise _bad("a number of a person can only be equal to a text")
            return self._identified("nik" if name.upper() in NIK_NAMES else "kk", value)
        attribute = ATTRIBUTES.get(name)
        if attribute is None:
            raise _bad(f"attributes: UIN, KK, {', '.join(ATTRIBUTES)}")
        if attribute.needs and attribute.needs not in self._fields:
            raise _bad(f"{name}: not in your agreement")
        word = OTHER_SPELLINGS.get(word, word)
        if word not in attribute.operators:
            raise _bad(f"{name}: {', '.join(sorted(attribute.operators))}")
        return self._compared(name, attribute, word, value)

    def _compared(self, name: str, attribute: Attribute, word: str, value: Any) -> str:
        given = value if word == "in" else [value]
        if isinstance(given, str):
            given = given.split(",")
        if not isinstance(given, list) or not 1 <= len(given) <= VALUES_MAX:
            raise _bad(f"{name}: 1 to {VALUES_MAX} values")
        try:
            names = [f":{self._bind(attribute.read(one))}" for one in given]
        except (ValueError, KeyError, TypeError) as error:
            raise _bad(f"{name}: this value cannot be read") from error
        if name == "region_code":
            parts = [f"(h.region_code = {n} OR h.region_code LIKE {n} || '.%')" for n in names]
            return f"({' OR '.join(parts)})"
        if word == "in":
            sql = f"{attribute.sql} IN ({', '.join(names)})"
        else:
            sql = f"{attribute.sql} {COMPARISONS[word]} {names[0]}"
        if name == "programme_identifier":
            return ENROLLED.format(sql)
        return self._of_person(sql) if attribute.of_person else f"({sql})"

    def _of_person(self, sql: str) -> str:
        if self._entity == "Member":
            return f"({sql})"
        return f"EXISTS (SELECT 1 FROM persons p WHERE p.household_id = h.id AND {sql})"  # noqa: S608

    def _bind(self, value: Any) -> str:
        self._count += 1
        if self._count > CONDITIONS_MAX + VALUES_MAX:
            raise _bad(f"at most {CONDITIONS_MAX} conditions")
        name = f"v{self._count}"
        self._values[name] = value
        return name


def _bad(words: str) -> ItemRejected:
    return ItemRejected("rjct.filter.invalid", words)
