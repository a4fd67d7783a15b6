"""`lianheng worker`: the queue of background jobs, and the minute tick beside it."""

import logging
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from lianheng.web.shell import jobs, ticks, worker_lease
from lianheng.web.shell.start_checks import reasons_not_to_start, started

MINUTE = 60.0


class Command(BaseCommand):
    help = "Run background jobs and the minute tick; one worker for a data folder."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", action="store_true", help="do what is queued and one tick, then end")

    def handle(self, *, batch: bool, **options: Any) -> None:
        reasons = reasons_not_to_start()
        if reasons:
            raise CommandError("will not start: " + "; ".join(reasons))
        lease = worker_lease.take()
        if lease is None:
            raise CommandError("another worker already serves this data folder")
        with lease:
            started()
            self._work(batch)

    def _work(self, batch: bool) -> None:
        # The lease proves that no other worker lives: whatever is still marked as running was lost.
        lost = _requeue()
        if lost:
            self.stdout.write(f"{lost} jobs that a dead worker had left are queued again or marked as failed")
        stop = threading.Event()
        clock = threading.Thread(target=_tick_until, args=(stop, batch), name="minute-tick")
        worker = _make_worker(batch)
        if threading.current_thread() is threading.main_thread():
            worker.configure_signals()
        clock.start()
        try:
            worker.run()
        finally:
            stop.set()
            clock.join()


def _requeue() -> int:
    count = jobs.requeue_lost_jobs()
    # Their rows in the queue would stay "running" for ever; each lost job has got a new one.
    DBTaskResult.objects.running().delete()
    return count


def _make_worker(batch: bool) -> Worker:
    # It reports an ordinary stop as a warning.
    logging.getLogger("django_tasks_db").setLevel(logging.ERROR)
    return Worker(
        queue_names=["default"],
        interval=0.5,
        batch=batch,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=get_random_string(32),
        excluded_queue_names=[],
    )


def _tick_until(stop: threading.Event, once: bool) -> None:
    """Tick every minute in a thread of its own, so that a long job does not hold the checkpoints up."""
    while True:
        failed = ticks.run_all()
        if failed:
            print(f"worker: the minute tick failed in {', '.join(failed)}", file=sys.stderr)
        close_old_connections()
        if once or stop.wait(MINUTE):
            connections.close_all()
            return
