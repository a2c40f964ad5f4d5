"""Every template of the four packages obeys the content security policy and the shell's rules."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

WORKSPACE = Path(__file__).parents[2]
PACKAGES = [WORKSPACE / "libs/common/common", *(WORKSPACE / "services").glob("*/*/")]
TEMPLATES = sorted(path for package in PACKAGES for path in package.rglob("*.html"))
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
RULES = {
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    # `{% set one = … %}` names a variable of the template, not an attribute.
    "an inline handler": re.compile(r"(?<!% set)\s(?:on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "a script address": re.compile(r"javascript:|[\"'{\s]js:", re.IGNORECASE),
    "an htmx expression": re.compile(r"hx-trigger=\"[^\"]*\["),
    "another site's file": re.compile(r"<(?:script|link|img|iframe)[^>]*=\"(?:https?:)?//"),
    "an unescaped value": re.compile(r"\|\s*safe\b|autoescape\s+false"),
}
POST_FORM = re.compile(r"<form[^>]*method=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)


def source_of(template: Path) -> str:
    return COMMENT.sub("", template.read_text())


def named(path: Path) -> str:
    return str(path.relative_to(WORKSPACE))


def test_the_shell_has_templates_to_check():
    assert len(TEMPLATES) >= 8


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_a_template_has_nothing_that_the_policy_would_block(template: Path):
    source = source_of(template)
    assert [rule for rule, pattern in RULES.items() if pattern.search(source)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_a_form_that_posts_carries_the_token(template: Path):
    for form in POST_FORM.findall(source_of(template)):
        assert "csrf_input()" in form


@pytest.mark.parametrize("template", TEMPLATES, ids=named)
def test_a_template_compiles(template: Path):
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.from_string(template.read_text())


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('<p style="color:red">', "an inline style"),
        ("<style>p{}</style>", "an inline style"),
        ('<a href="/" onclick="x()">', "an inline handler"),
        ('<a hx-on:click="x()">', "an inline handler"),
        ("<script>x()</script>", "an inline script"),
        ('<a href="javascript:x()">', "a script address"),
        ("<a hx-vals='js:{a: 1}'>", "a script address"),
        ('<a hx-trigger="click[ctrlKey]">', "an htmx expression"),
        ('<script src="https://cdn.example/x.js"></script>', "another site's file"),
        ("{{ text | safe }}", "an unescaped value"),
    ],
)
def test_each_rule_finds_what_it_forbids(text: str, rule: str):
    assert RULES[rule].search(text)
