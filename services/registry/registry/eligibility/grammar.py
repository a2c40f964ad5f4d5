"""The part of CEL that criteria are written in, as a tree whose every node has a known kind.

expression = choice [ "?" choice ":" expression ]      choice = both { "||" both }
both = relation { "&&" relation }                      sum = unary { ("+" | "-") unary }
relation = sum { ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in") sum }
unary = { "!" } primary                                primary = name | true | false
                                                           | [ "-" ] number | "(" … ")" | list
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from common.problems import Refused

Kind = Literal["yes_no", "number", "list"]
NUMBER_MIN, NUMBER_MAX = -(2**63), 2**63 - 1
DEPTH_MAX = 40
COMPARISONS = ("==", "!=", "<=", ">=", "<", ">", "in")
TOKEN = re.compile(
    r"\s*(?:(\d+)(?![\w.])|([A-Za-z_]\w*)|(\|\||&&|==|!=|<=|>=|[-+<>!?:(),\[\]]))", re.ASCII
)
BLANK = re.compile(r"\s*\Z")


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool | int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Node"
    kind: Kind = "yes_no"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two operands: && || a comparison, or + -."""

    operator: str
    left: "Node"
    right: "Node"
    kind: Kind = "yes_no"


@dataclass(frozen=True, slots=True)
class Within:
    operand: "Node"
    items: "tuple[Node, ...]"
    kind: Kind = "yes_no"


@dataclass(frozen=True, slots=True)
class Choice:
    condition: "Node"
    then: "Node"
    otherwise: "Node"
    kind: Kind


@dataclass(frozen=True, slots=True)
class Items:
    items: "tuple[Node, ...]"
    kind: Kind = "list"


Node = Constant | Name | Not | Pair | Within | Choice | Items


def parse(expression: str, kinds: Mapping[str, Kind]) -> Node:
    """Return the tree of a rule that is true or false; `kinds` are the facts that it may name.

    Raises Refused: criterion_unreadable, criterion_names_unknown_fact, criterion_mixes_kinds,
    criterion_not_yes_or_no.
    """
    reader = _Reader(expression, kinds)
    tree = reader.expression(0)
    reader.demand_end()
    if tree.kind != "yes_no":
        raise Refused("criterion_not_yes_or_no", expression=expression)
    return tree


def _tokens(expression: str) -> list[str]:
    found, place = [], 0
    while not BLANK.match(expression, place):
        match = TOKEN.match(expression, place)
        if match is None:
            raise Refused("criterion_unreadable", expression=expression)
        found.append(match.group(match.lastindex or 0))
        place = match.end()
    return found


class _Reader:
    def __init__(self, text: str, kinds: Mapping[str, Kind]) -> None:
        self._text = text
        self._kinds = kinds
        self._tokens = _tokens(text)
        self._place = 0

    def _next(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        found = self._next()
        if found and found in wanted:
            self._place += 1
            return found
        return ""

    def _demand(self, wanted: str) -> None:
        if not self._take(wanted):
            raise self._unreadable()

    def demand_end(self) -> None:
        if self._next():
            raise self._unreadable()

    def _unreadable(self) -> Refused:
        return Refused("criterion_unreadable", expression=self._text)

    def _mixed(self, sign: str) -> Refused:
        return Refused("criterion_mixes_kinds", sign=sign, expression=self._text)

    def expression(self, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise self._unreadable()
        condition = self._either(depth)
        if not self._take("?"):
            return condition
        then = self._either(depth)
        self._demand(":")
        otherwise = self.expression(depth + 1)
        if condition.kind != "yes_no" or then.kind != otherwise.kind or then.kind == "list":
            raise self._mixed("? :")
        return Choice(condition, then, otherwise, then.kind)

    def _either(self, depth: int) -> Node:
        left = self._both(depth)
        while self._take("||"):
            left = self._logic("||", left, self._both(depth))
        return left

    def _both(self, depth: int) -> Node:
        left = self._relation(depth)
        while self._take("&&"):
            left = self._logic("&&", left, self._relation(depth))
        return left

    def _logic(self, sign: str, left: Node, right: Node) -> Node:
        if left.kind != "yes_no" or right.kind != "yes_no":
            raise self._mixed(sign)
        return Pair(sign, left, right)

    def _relation(self, depth: int) -> Node:
        left = self._sum(depth)
        while sign := self._take(*COMPARISONS):
            right = self._sum(depth)
            left = self._within(left, right) if sign == "in" else self._compare(sign, left, right)
        return left

    def _compare(self, sign: str, left: Node, right: Node) -> Node:
        if left.kind != right.kind or left.kind == "list":
            raise self._mixed(sign)
        return Pair(sign, left, right)

    def _within(self, left: Node, right: Node) -> Node:
        if not isinstance(right, Items) or any(one.kind != left.kind for one in right.items):
            raise self._mixed("in")
        if left.kind == "list":
            raise self._mixed("in")
        return Within(left, right.items)

    def _sum(self, depth: int) -> Node:
        left = self._unary(depth)
        while sign := self._take("+", "-"):
            right = self._unary(depth)
            if left.kind != "number" or right.kind != "number":
                raise self._mixed(sign)
            left = Pair(sign, left, right, "number")
        return left

    def _unary(self, depth: int) -> Node:
        negations = 0
        while self._take("!"):
            negations += 1
        found = self._primary(depth)
        if negations and found.kind != "yes_no":
            raise self._mixed("!")
        for _ in range(negations):
            found = Not(found)
        return found

    def _primary(self, depth: int) -> Node:
        if self._take("("):
            inner = self.expression(depth + 1)
            self._demand(")")
            return inner
        if self._take("["):
            return self._list(depth)
        sign = -1 if self._take("-") else 1
        word = self._next()
        self._place += 1
        if word.isdigit():
            return self._number(sign * int(word))
        if sign == -1 or not word or not (word[0].isalpha() or word[0] == "_"):
            raise self._unreadable()
        return self._named(word)

    def _list(self, depth: int) -> Node:
        items: list[Node] = []
        while not self._take("]"):
            if items:
                self._demand(",")
            items.append(self.expression(depth + 1))
        return Items(tuple(items))

    def _number(self, value: int) -> Node:
        if not NUMBER_MIN <= value <= NUMBER_MAX:
            raise self._unreadable()
        return Constant(value, "number")

    def _named(self, word: str) -> Node:
        if word in ("true", "false"):
            return Constant(word == "true", "yes_no")
        if word not in self._kinds:
            raise Refused("criterion_names_unknown_fact", name=word, known=", ".join(self._kinds))
        return Name(word, self._kinds[word])
