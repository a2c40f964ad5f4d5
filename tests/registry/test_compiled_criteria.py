"""Criteria in SQL: the same answer as the CEL engine's, whatever the rule and whatever is known."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.registry.conftest import Registry

from common.problems import Refused
from registry.eligibility.rules import KINDS, MET, NOT_MET, UNKNOWN, judge
from registry.eligibility.sql_of import sql_of

NUMBERS = ("decile", "members", "school_age")
FLAGS = ("on_pkh", "on_pip", "head_alive")
RULES_AT_ONCE = 40
COLUMNS = ", ".join(
    [f"CAST(:{name} AS integer) AS {name}" for name in NUMBERS]
    + [f"CAST(:{name} AS boolean) AS {name}" for name in FLAGS]
)
number_words = st.one_of(
    st.sampled_from(NUMBERS),
    st.integers(-3, 12).map(str),
    st.sampled_from(("9223372036854775807", "-9223372036854775808", "4611686018427387904")),
)
flag_words = st.one_of(st.sampled_from(FLAGS), st.sampled_from(("true", "false")))


def number_rules(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return number_words
    inner, flags = number_rules(depth - 1), rules(depth - 1)
    return st.one_of(
        number_words,
        st.tuples(inner, st.sampled_from("+-"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(flags, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
    )


def rules(depth: int) -> st.SearchStrategy[str]:
    if depth == 0:
        return flag_words
    inner, numbers = rules(depth - 1), number_rules(depth - 1)
    signs = st.sampled_from(("==", "!=", "<", "<=", ">", ">="))
    lists = st.lists(numbers, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
    flag_lists = st.lists(inner, max_size=2).map(lambda items: "[" + ", ".join(items) + "]")
    return st.one_of(
        flag_words,
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, st.sampled_from(("&&", "||")), inner, st.sampled_from(("&&", "||")), inner)
        .map(lambda t: f"({' '.join(t)})"),
        st.tuples(numbers, signs, numbers).map(lambda t: f"({' '.join(t)})"),
        st.tuples(inner, signs, inner).map(lambda t: f"({' '.join(t)})"),
        st.tuples(numbers, lists).map(lambda t: f"({t[0]} in {t[1]})"),
        st.tuples(inner, flag_lists).map(lambda t: f"({t[0]} in {t[1]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} ? {t[1]} : {t[2]})"),
    )  # fmt: skip


facts = st.fixed_dictionaries(
    {
        **{name: st.none() | st.integers(0, 12) for name in NUMBERS},
        **{name: st.none() | st.booleans() for name in FLAGS},
    }
)
batches = st.lists(rules(3).filter(lambda one: len(one) <= 500), min_size=1, max_size=RULES_AT_ONCE)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture,
                                                          HealthCheck.too_slow],
)  # fmt: skip
@given(batches, facts)
async def test_sql_answers_as_the_engine_does(
    registry: Registry, batch: list[str], known: dict[str, bool | int | None]
) -> None:
    columns = ", ".join(sql_of(one, KINDS) for one in batch)
    rows = await registry.rows(f"SELECT {columns} FROM (SELECT {COLUMNS}) AS family", **known)  # noqa: S608
    words = {True: MET, False: NOT_MET, None: UNKNOWN}
    for rule, answer in zip(batch, rows[0], strict=True):
        assert words[answer] == judge(rule, known), (rule, known)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("decile", "criterion_not_yes_or_no"),
        ("decile + 1", "criterion_not_yes_or_no"),
        ("decile == on_pkh", "criterion_mixes_kinds"),
        ("on_pkh + 1 > 2", "criterion_mixes_kinds"),
        ("!decile", "criterion_mixes_kinds"),
        ("decile && on_pkh", "criterion_mixes_kinds"),
        ("decile in [true]", "criterion_mixes_kinds"),
        ("decile in members", "criterion_mixes_kinds"),
        ("on_pkh ? 1 : true", "criterion_mixes_kinds"),
        ("income > 3", "criterion_names_unknown_fact"),
        ("decile <= 2.5", "criterion_unreadable"),
        ("decile <= 2)", "criterion_unreadable"),
        ("decile <= 0x10", "criterion_unreadable"),
        ("on_pkh // really", "criterion_unreadable"),
        ("decile < 9223372036854775808", "criterion_unreadable"),
        ("'a' == 'a'", "criterion_unreadable"),
        ("on_pkh; DROP TABLE facts", "criterion_unreadable"),
        ("(" * 60 + "on_pkh" + ")" * 60, "criterion_unreadable"),
        ("", "criterion_unreadable"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_reason(expression: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        sql_of(expression, KINDS)
    assert refused.value.code == code


def test_deeply_nested_lists_do_not_blow_up() -> None:
    rule = "on_pkh"
    while len(rule) < 380:
        rule = f"({rule} in [true])"
    assert len(sql_of(rule, KINDS)) < 20_000
