"""Python's collector of circles, put aside for long work that makes none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Do the work inside without looking for circles; afterwards all is as before.

    Who collects in between by hand looks through what the work has made, not through the whole program.
    """
    was_on = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()
