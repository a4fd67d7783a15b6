"""Versions of the catalogue: state, fingerprint, differences, crosswalk; publish and undo."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from lianheng.web.accounts.requests import UserRequest
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.standards import queries, services
from lianheng.web.standards.change_words import describe_changes
from lianheng.web.standards.forms import RevisionForm
from lianheng.web.standards.permission import require_office
from lianheng.web.standards.sources import readable_source
from lianheng.web.trail.queries import timeline


@login_required
@require_safe
def versions(request: UserRequest) -> HttpResponse:
    """All versions, newest first."""
    rows = queries.versions_for(request.user)
    return render(request, "standards/versions.html", {"rows": rows, "editor": queries.may_edit(request.user)})


@login_required
@require_safe
def version(request: UserRequest, version_id: int) -> HttpResponse:
    """One version: what changed against the one before, and where old codes went."""
    row = get_object_or_404(queries.versions_for(request.user), pk=version_id)
    context = {
        "row": row,
        "source": readable_source(row.source),
        "changes": describe_changes(row.changes),
        "editor": queries.may_edit(request.user),
        "timeline": timeline(row),
    }
    return render(request, "standards/version.html", context)


@login_required
@require_POST
def publish(request: UserRequest, version_id: int) -> HttpResponse:
    """Freeze a draft and make it the live version."""
    require_office(request.user, "发布标准目录")
    row = services.publish_catalogue(actor=request.user, catalogue_id=version_id, revision=_revision(request))
    messages.success(request, f"{row} 已发布，从现在起按这个版本显示；正在进行的年度仍用原来的版本")
    return redirect("standards:version", row.pk)


@login_required
@require_POST
def delete(request: UserRequest, version_id: int) -> HttpResponse:
    """Undo a load or an import."""
    require_office(request.user, "删除标准目录草稿")
    name = services.delete_draft(actor=request.user, catalogue_id=version_id, revision=_revision(request))
    messages.success(request, f"草稿 {name} 已删除")
    return redirect("standards:versions")


def _revision(request: UserRequest) -> int:
    form = RevisionForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("提交的内容不完整，请刷新页面后再试")
    revision: int = form.cleaned_data["revision"]
    return revision
