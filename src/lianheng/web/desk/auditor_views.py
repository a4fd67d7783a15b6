"""审计: the trail, its check-points and the log of log-ins, for the audit administrator alone."""

import datetime as dt
import json
import tempfile
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.directory import require_admin
from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.desk import auditor_queries as queries
from lianheng.web.desk.auditor_queries import Wanted
from lianheng.web.desk.subject_words import names_with
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.table_export import MAX_ROWS, XLSX, write_sheet
from lianheng.web.shell.unknown_conditions import printable, unknown_conditions, unknown_words
from lianheng.web.trail.models import TrailCheckpoint, TrailEntry
from lianheng.web.trail.services import record

EXPORT_HEADINGS = ("编号", "时间", "办理人", "办理人标识", "事项", "事项代码", "结果", "对象", "单位标识")


def _require_auditor(request: UserRequest) -> None:
    require_admin(request.user, [Role.AUDIT_ADMIN], "查看办理痕迹")


@login_required
@require_safe
def trail(request: UserRequest) -> HttpResponse:
    """List entries, newest first."""
    _require_auditor(request)
    return _list(request, log_ins=False)


@login_required
@require_safe
def log_ins(request: UserRequest) -> HttpResponse:
    """List who came in, who left, and who failed to."""
    _require_auditor(request)
    return _list(request, log_ins=True)


def _list(request: UserRequest, *, log_ins: bool) -> HttpResponse:
    wanted, given, errors = read_wanted(request, log_ins)
    if unknown := unknown_conditions(request, [*given, "before"]):
        errors.append(unknown_words(unknown))
    before = request.GET.get("before", "")
    edge = int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None
    if before and edge is None:
        errors.append(f"“{printable(before)}”不是痕迹编号")
    page = queries.TrailPage([], None, None) if errors else queries.read_page(wanted, edge)
    context = {
        "rows": queries.in_words(page.rows),
        "page": page,
        "given": given,
        "errors": errors,
        "results": queries.RESULTS,
        "log_ins": log_ins,
        "is_filtered": any(given.values()),
        "edge": edge,
    }
    return render(request, "desk/auditor_trail.html", context, status=422 if errors else 200)


def read_wanted(request: UserRequest, log_ins: bool) -> tuple[Wanted, dict[str, str], list[str]]:
    """Read the conditions from the address or the form; what cannot be read is an error, never dropped silently."""
    source = request.POST if request.method == "POST" else request.GET
    names = ("actor", "action", "result", "unit", "first", "last")
    given = {name: source.get(name, "").strip()[:80].replace("\0", "") for name in names}
    errors: list[str] = []
    actor = queries.actor_id(given["actor"]) if given["actor"] else ""
    if actor is None:
        errors.append(f"没有用户名“{given['actor']}”；程序自己办的填 system")
    if given["result"] and given["result"] not in dict(queries.RESULTS):
        errors.append(f"没有“{given['result']}”这种结果")
    first, last = _day(given["first"], "起始日期", errors), _day(given["last"], "截止日期", errors)
    if first and last and last < first:
        errors.append("截止日期早于起始日期")
    wanted = Wanted(actor or "", given["action"], given["result"], given["unit"], first, last, log_ins)
    return wanted, given, errors


def _day(text: str, label: str, errors: list[str]) -> dt.date | None:
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if text and day is None:
        errors.append(f"{label}“{text}”不是日期，请写成 2026-12-03 这样")
    return None if day is None else min(max(day, dt.date(2000, 1, 1)), dt.date(2999, 12, 30))


@login_required
@require_safe
def entry(request: UserRequest, seq: int) -> HttpResponse:
    """Show one entry with its details; opening them is an entry of its own."""
    _require_auditor(request)
    found: Any = queries.find_entry(seq)
    if found is None:
        raise Http404
    payload = getattr(found, "payload", None)  # none where it was erased
    with transaction.atomic():
        record(actor=request.user, action="trail.entry_opened", subject=found, result=TrailEntry.READ)
    details = None if payload is None else json.dumps(json.loads(payload.content), ensure_ascii=False, indent=2)
    names = names_with(found, found.subject_name, found.unit_name)
    context = {
        "row": queries.in_words([found], names)[0],
        "details": details,
        "leaf": bytes(found.leaf).hex(),
        "commitment": bytes(found.commitment).hex(),
        "covered_by": found.covered_by,
    }
    return render(request, "desk/auditor_entry.html", context)


@login_required
@require_POST
def export(request: UserRequest) -> HttpResponse:
    """Send exactly the filtered entries as Excel, without their details; leaves an entry."""
    _require_auditor(request)
    wanted, given, errors = read_wanted(request, request.POST.get("kind") == "log_ins")
    if errors:
        raise InvalidInput("没有导出：" + "；".join(errors))
    # One more than may be sent is enough to know.
    if queries.every_row(wanted).order_by().values("pk")[: MAX_ROWS + 1].count() > MAX_ROWS:
        raise InvalidInput(f"没有导出：符合条件的痕迹超过 {MAX_ROWS:,} 条。请先用日期等条件缩小范围，再分几次导出")
    file = tempfile.TemporaryFile()  # noqa: SIM115  (FileResponse closes it)
    names = {f"user:{pk}": name for pk, name in User.objects.values_list("pk", "name")} | {"system": "系统"}
    written = write_sheet(file, EXPORT_HEADINGS, queries.export_lines(wanted, names), "办理痕迹")
    with transaction.atomic():
        details = {"rows": written, "filters": {k: v for k, v in given.items() if v}, "log_ins": wanted.log_ins}
        record(actor=request.user, action="trail.entries_exported", details=details)
    file.seek(0)
    name = f"办理痕迹-{today().isoformat()}.xlsx"
    # Django's types know no common class that views name; at run time both are responses.
    return cast(HttpResponse, FileResponse(file, as_attachment=True, filename=name, content_type=XLSX))


@login_required
@require_safe
def checkpoints(request: UserRequest) -> HttpResponse:
    """List the newest signed check-points, and how many entries none covers yet."""
    _require_auditor(request)
    rows = list(TrailCheckpoint.objects.order_by("-size")[:50])
    newest = TrailEntry.objects.order_by("-seq").values_list("seq", flat=True).first()
    size = 0 if newest is None else newest + 1
    uncovered = size - (rows[0].size if rows else 0)
    context: dict[str, Any] = {"rows": [(row, bytes(row.root).hex()) for row in rows], "size": size}
    return render(request, "desk/auditor_checkpoints.html", context | {"uncovered": uncovered})
