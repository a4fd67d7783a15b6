"""One running office a data folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment import fail


@contextmanager
def hold_data_folder(data: Path) -> Iterator[None]:
    """Hold the data folder for as long as the office runs; the kernel lets go when the process dies."""
    try:
        # Closed to others from the first moment; what an older version left open is closed by the server's start.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = (data / "up.lock").open("a")
    except OSError as error:
        fail(f"cannot write in {data} ({error.strerror}): name a folder of your own with LIANHENG_DATA=/path")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fail(f"already started for {data}: stop that one first, or name another folder with LIANHENG_DATA")
        yield
