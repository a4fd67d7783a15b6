"""The web server: granian with a stop that a worker cannot miss."""

import time

from granian.server.mp import MPServer, WorkerProcess

# A worker that is asked to stop while it still starts has no ears yet: it is asked again every second.
ASK_EVERY, LOOK_EVERY = 1.0, 0.05


class WebServer(MPServer):
    """Granian's own stop asks each worker once; one still starting is waited for in vain, then killed with a warning.

    It also takes a worker that has just ended for a living one, because two threads wait for it; looked at once more,
    it is not.
    """

    def _stop_workers(self) -> None:
        deadline = time.monotonic() + (self.workers_kill_timeout or 0)
        asked = float("-inf")
        while (living := self._living()) and time.monotonic() < deadline:
            if time.monotonic() - asked >= ASK_EVERY:
                asked = time.monotonic()
                for worker in living:
                    worker.terminate()  # type: ignore[no-untyped-call]
            time.sleep(LOOK_EVERY)
        # Whoever is still there had all the time there was.
        self.workers_kill_timeout = 1
        super()._stop_workers()  # type: ignore[no-untyped-call]

    def _living(self) -> list[WorkerProcess]:
        return [worker for worker in self.wrks if worker.is_alive()]  # type: ignore[no-untyped-call]
