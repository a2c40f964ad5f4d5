"""Apps that start quickly: what FastAPI works out of an endpoint is worked out once a process.

Every start of an app makes the validators of each of its routes anew, half a second for three
hundred routes, though endpoints and what they depend on are the same functions in every app. The
suite starts some two hundred.
"""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import params, routing

Found = tuple[Any, Any, Any]
NAME = "_build_dependant_with_parameterless_dependencies"


def remember_endpoints() -> None:
    """Let FastAPI keep what it found out of an endpoint; another FastAPI may not have this part."""
    work_out: Callable[..., Found] | None = getattr(routing, NAME, None)
    if work_out is None or hasattr(work_out, "known"):
        return
    known: dict[Any, tuple[Found, Sequence[params.Depends]]] = {}

    def remembered(
        *, path: str, call: Callable[..., Any], dependencies: Sequence[params.Depends]
    ) -> Found:
        # The same objects, not equal ones: kept beside what was found, so that none is another.
        key = path, call, tuple(id(one) for one in dependencies)
        if key not in known:
            found = work_out(path=path, call=call, dependencies=dependencies)
            known[key] = found, tuple(dependencies)
        return known[key][0]

    remembered.known = known  # type: ignore[attr-defined]
    setattr(routing, NAME, remembered)
