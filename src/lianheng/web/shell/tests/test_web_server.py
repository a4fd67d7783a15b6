"""The web server stops without a warning, and its console keeps to its own troubles."""

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from lianheng.web.shell import web_server
from lianheng.web.shell.web_server import WebServer


class Worker:
    """Stands for a worker's process: deaf to the first signals, and taken for living a while after its end."""

    idx = 0

    def __init__(self, deaf_to: int = 0, haunts_for: int = 0) -> None:
        self.deaf_to, self.haunts_for, self.asked, self.killed = deaf_to, haunts_for, 0, False

    def terminate(self) -> None:
        self.asked += 1

    def is_alive(self) -> bool:
        if self.asked <= self.deaf_to:
            return not self.killed
        self.haunts_for -= 1
        return self.haunts_for >= 0

    def join(self, timeout: float | None = None) -> None: ...

    def kill(self) -> None:
        self.killed = True


def stop(monkeypatch: pytest.MonkeyPatch, *workers: Worker) -> list[bool]:
    monkeypatch.setattr(web_server, "ASK_EVERY", 0.02)
    monkeypatch.setattr(web_server, "LOOK_EVERY", 0.01)
    server = WebServer("nothing:at_all", workers_kill_timeout=1)
    server.wrks = list(workers)  # type: ignore[arg-type]
    server._stop_workers()
    return [worker.killed for worker in workers]


def test_a_worker_that_was_starting_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stop(monkeypatch, Worker(), Worker(deaf_to=3)) == [False, False]


def test_a_worker_that_just_ended_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stop(monkeypatch, Worker(haunts_for=4)) == [False]


def test_a_worker_that_never_ends_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert stop(monkeypatch, Worker(deaf_to=10**6), Worker()) == [True, False]


def answer(request: HttpRequest, status: int) -> HttpResponse:
    if status == 500:
        raise RuntimeError("ours")
    return HttpResponse(status=status)


urlpatterns = [path("<int:status>/", answer)]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_the_console_keeps_to_the_server_s_own_troubles(caplog: pytest.LogCaptureFixture) -> None:
    browser = Client(raise_request_exception=False)
    for status in (403, 404, 405, 409, 422):
        assert browser.get(f"/{status}/").status_code == status
    assert caplog.records == []
    assert browser.get("/500/").status_code == 500
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
