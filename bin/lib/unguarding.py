"""Takes guards away in the running program: a function gets the code it would have without one."""

import gc
import importlib
from collections.abc import Callable, Iterable
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from guards import Guard

# Keys of the guards that were asked since somebody emptied it (see Guard.noting).
SEEN: set[str] = set()
# Decorators that only note that they were asked: key → the wrapper as it was.
_WATCHED: dict[str, Callable[..., Any]] = {}
_WRAPPERS = {
    "login_required": "user_passes_test.<locals>.decorator.<locals>._view_wrapper",
    "require": "require_http_methods.<locals>.decorator.<locals>.inner",
}
_CALL = """
def make({names}):
    def inner(request, *args, **kwargs):
        ({names},)
        return __import__("unguarding").{act}({key!r}, {view}, request, *args, **kwargs)
    return inner
"""


class Program:
    """The functions of the server as they run, found by file, name and line."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._functions: dict[tuple[str, str, int], list[FunctionType]] = {}

    def load(self, guards: Iterable[Guard]) -> None:
        """Import every module with a guard, then note where its functions are."""
        for name in sorted({self._module(guard) for guard in guards}):
            importlib.import_module(name)
        files = {str(guard.path) for guard in guards}
        for thing in gc.get_objects():
            if type(thing) is FunctionType and thing.__code__.co_filename in files:
                self._functions.setdefault(_place(thing.__code__), []).append(thing)

    def watch(self, guards: Iterable[Guard]) -> None:
        """Let every guard note in SEEN that it was asked."""
        # One function may hold several: each is noted by the changed source of all of them together.
        by_function: dict[tuple[Path, str], list[Guard]] = {}
        for guard in guards:
            if guard.replacement is None:
                wrapper = self._wrapper(guard)
                _WATCHED[guard.key] = FunctionType(
                    wrapper.__code__, wrapper.__globals__, "watched", wrapper.__defaults__, wrapper.__closure__
                )
                wrapper.__code__ = _calling(wrapper.__code__, guard.key, "noted")
            else:
                by_function.setdefault((guard.path, guard.function), []).append(guard)
        for held in by_function.values():
            self._change(held[0], _watched(held))

    def take_away(self, guard: Guard) -> None:
        """Let the program run without one guard."""
        if guard.replacement is None:
            wrapper = self._wrapper(guard)
            wrapper.__code__ = _calling(wrapper.__code__, guard.key, "passed")
        else:
            self._change(guard, guard.without())

    def _change(self, guard: Guard, source: str) -> None:
        changed = 0
        for code in _codes(compile(source, str(guard.path), "exec")):
            for function in self._functions.get(_place(code), []) if code.co_qualname == guard.function else []:
                function.__code__ = code
                changed += 1
        assert changed, f"{guard.key}: the running program has no such function"

    def _wrapper(self, guard: Guard) -> FunctionType:
        module = importlib.import_module(self._module(guard))
        wanted = _WRAPPERS["login_required" if guard.what == "@login_required" else "require"]
        function = getattr(module, guard.function)
        while function.__code__.co_qualname != wanted:
            function = function.__wrapped__
        return function  # type: ignore[no-any-return]

    def _module(self, guard: Guard) -> str:
        parts = guard.path.relative_to(self._source).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def noted(key: str, _view: Callable[..., Any], request: Any, *args: Any, **kwargs: Any) -> Any:
    """Stand in for a watched decorator."""
    SEEN.add(key)
    return _WATCHED[key](request, *args, **kwargs)


def passed(_key: str, view: Callable[..., Any], request: Any, *args: Any, **kwargs: Any) -> Any:
    """Stand in for a decorator that was taken away."""
    return view(request, *args, **kwargs)


def _watched(guards: list[Guard]) -> str:
    """Return the source in which several guards of one file note that they were asked; later ones first."""
    source, outer = guards[0].path.read_bytes(), len(guards[0].path.read_bytes())
    for guard in sorted(guards, key=lambda guard: guard.span, reverse=True):
        start, end = guard.span
        assert end <= outer, f"{guard.key} lies inside another guard"
        source, outer = source[:start] + guard.noting().encode() + source[end:], start
    return source.decode()


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterable[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _calling(old: CodeType, key: str, act: str) -> CodeType:
    """Return code with the same free names that calls `act` of this module with the decorated view."""
    view = "view_func" if "view_func" in old.co_freevars else "func"
    space: dict[str, Any] = {}
    exec(_CALL.format(names=", ".join(old.co_freevars), act=act, key=key, view=view), space)
    code = space["make"](*old.co_freevars).__code__
    assert code.co_freevars == old.co_freevars
    return code  # type: ignore[no-any-return]
