"""What this service writes into its audit log is read there in words."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import registry
from registry.privacy.pages.words import ACTIONS, SUBJECTS

SOURCE = Path(registry.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef
# audit.record(tx, caller, action, subject_type, …)
ACTION, SUBJECT = 2, 3


@dataclass(frozen=True)
class Module:
    path: Path
    tree: ast.Module

    def functions(self) -> Iterator[Function]:
        return (one for one in ast.walk(self.tree) if isinstance(one, Function))


MODULES = [Module(path, ast.parse(path.read_text())) for path in sorted(SOURCE.rglob("*.py"))]


def calls_of(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


def passed_to(function: Function, parameter: str, home: Module) -> Iterator[str]:
    """What is passed for a parameter, wherever the function is called."""
    place = [one.arg for one in function.args.args].index(parameter)
    # A private function's name may stand for another one elsewhere.
    modules = [home] if function.name.startswith("_") else MODULES
    for module in modules:
        for call in calls_of(module.tree, function.name):
            given = call.args[place]
            assert isinstance(given, ast.Constant), ast.unparse(call)
            yield str(given.value)


def words_of(given: ast.expr, function: Function, home: Module) -> Iterator[str]:
    """Every word that an argument may be: written there, or passed to the function around it."""
    if isinstance(given, ast.Constant):
        yield str(given.value)
    elif isinstance(given, ast.Name):
        yield from passed_to(function, given.id, home)
    else:
        assert isinstance(given, ast.JoinedStr), ast.unparse(given)
        first, last = given.values
        assert isinstance(first, ast.Constant)
        assert isinstance(last, ast.FormattedValue)
        assert isinstance(last.value, ast.Name)
        for word in passed_to(function, last.value.id, home):
            yield str(first.value) + word


def recorded(place: int) -> set[str]:
    return {
        word
        for module in MODULES
        for function in module.functions()
        for call in calls_of(function, "audit.record")
        for word in words_of(call.args[place], function, module)
    }


def test_every_action_that_is_recorded_has_a_word() -> None:
    actions = recorded(ACTION)
    assert {"list.approved", "account.role_changed", "household.reveal"} <= actions
    assert actions - set(ACTIONS) == set()


def test_every_subject_that_is_recorded_has_a_word() -> None:
    subjects = recorded(SUBJECT)
    assert {"beneficiary_list", "household"} <= subjects
    assert subjects - set(SUBJECTS) == set()
