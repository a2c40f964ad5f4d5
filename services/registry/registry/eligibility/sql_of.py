"""A criterion as SQL: true, false, or null when it cannot be told, exactly as CEL would answer.

Null stands for CEL's error (a fact that is not known, an overflow). AND and OR then absorb it as
CEL's && and || do; whatever else meets it is null, which is how SQL treats it too, but for lists
and choices, where it is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.eligibility.grammar import (
    NUMBER_MAX,
    NUMBER_MIN,
    Choice,
    Constant,
    Items,
    Kind,
    Name,
    Node,
    Not,
    Pair,
    Within,
    parse,
)

SIGNS = {"==": "=", "!=": "<>", "&&": "AND", "||": "OR"}
# What a column of type integer can hold; two of them never overflow a bigint.
COLUMN_MIN, COLUMN_MAX = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class _Written:
    sql: str
    # Between what a number lies, so that sums are guarded only where they can overflow.
    least: int = 0
    most: int = 0


def sql_of(expression: str, kinds: Mapping[str, Kind], prefix: str = "") -> str:
    """Return a boolean SQL expression over columns named like the facts; raises Refused."""
    return _write(parse(expression, kinds), prefix).sql


def names_in(expression: str, kinds: Mapping[str, Kind]) -> frozenset[str]:
    """Return the facts that an expression names; raises Refused."""
    return frozenset(_names(parse(expression, kinds)))


def _names(node: Node) -> set[str]:
    match node:
        case Name(name):
            return {name}
        case Not(operand):
            return _names(operand)
        case Pair(_, left, right):
            return _names(left) | _names(right)
        case Within(operand, items):
            return _names(operand).union(*(_names(one) for one in items))
        case Choice(condition, then, otherwise):
            return _names(condition) | _names(then) | _names(otherwise)
        case Items(items):
            return set().union(*(_names(one) for one in items))
        case Constant():
            return set()


def _write(node: Node, prefix: str) -> _Written:
    match node:
        case Constant(value):
            return _literal(value)
        case Name(name, kind):
            cast = f"CAST({prefix}{name} AS bigint)" if kind == "number" else f"{prefix}{name}"
            return _Written(cast, COLUMN_MIN, COLUMN_MAX)
        case Not(operand):
            return _Written(f"(NOT {_write(operand, prefix).sql})")
        case Pair("+" | "-"):
            return _sum(node, prefix)
        case Pair(operator, left, right):
            sign = SIGNS.get(operator, operator)
            return _Written(f"({_write(left, prefix).sql} {sign} {_write(right, prefix).sql})")
        case Within():
            return _within(node, prefix)
        case Choice():
            return _choice(node, prefix)
        case Items():
            raise TypeError("a list stands only behind `in`")


def _literal(value: bool | int) -> _Written:
    if isinstance(value, bool):
        return _Written("TRUE" if value else "FALSE")
    return _Written(f"CAST('{value}' AS bigint)", value, value)


def _sum(node: Pair, prefix: str) -> _Written:
    left, right = _write(node.left, prefix), _write(node.right, prefix)
    if node.operator == "+":
        least, most = left.least + right.least, left.most + right.most
    else:
        least, most = left.least - right.most, left.most - right.least
    if least >= NUMBER_MIN and most <= NUMBER_MAX:
        return _Written(f"({left.sql} {node.operator} {right.sql})", least, most)
    # Counted wide, and kept when it fits: CEL calls the rest an overflow.
    wide = f"CAST({left.sql} AS numeric) {node.operator} CAST({right.sql} AS numeric)"
    return _Written(
        f"(SELECT CASE WHEN wide BETWEEN {NUMBER_MIN} AND {NUMBER_MAX} "  # noqa: S608
        f"THEN CAST(wide AS bigint) END FROM (SELECT {wide} AS wide OFFSET 0) AS summed)",
        max(least, NUMBER_MIN),
        min(most, NUMBER_MAX),
    )


def _within(node: Within, prefix: str) -> _Written:
    """Write `in`: CEL looks at every item first, so one that is not known makes it unknown."""
    operand = _write(node.operand, prefix).sql
    items = [_write(one, prefix).sql for one in node.items]
    if isinstance(node.operand, Name) and all(isinstance(one, Constant) for one in node.items):
        known = f"{operand} IN ({', '.join(items)})" if items else "FALSE"
        return _Written(f"(CASE WHEN {operand} IS NOT NULL THEN {known} END)")
    names = [f"item_{place}" for place in range(len(items))]
    columns = ", ".join(f"{sql} AS {name}" for sql, name in zip(items, names, strict=True))
    known = " AND ".join(f"{name} IS NOT NULL" for name in ("wanted", *names))
    found = f"wanted IN ({', '.join(names)})" if items else "FALSE"
    # Each part is written once and looked at once (OFFSET 0), however deep lists are nested.
    return _Written(
        f"(SELECT CASE WHEN {known} THEN {found} END FROM (SELECT {operand} AS wanted"  # noqa: S608
        f"{', ' if items else ''}{columns} OFFSET 0) AS looked)"
    )


def _choice(node: Choice, prefix: str) -> _Written:
    condition = _write(node.condition, prefix).sql
    then, otherwise = _write(node.then, prefix), _write(node.otherwise, prefix)
    return _Written(
        f"(CASE ({condition}) WHEN TRUE THEN {then.sql} WHEN FALSE THEN {otherwise.sql} END)",
        min(then.least, otherwise.least),
        max(then.most, otherwise.most),
    )
