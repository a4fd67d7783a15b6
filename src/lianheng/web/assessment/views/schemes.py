"""Schemes of a year: drafted, read, published."""

import re
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from lianheng.library.strict_yaml import YamlError, parse_yaml
from lianheng.web.accounts.models import User
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import roles_of
from lianheng.web.assessment.errors import InvalidScheme
from lianheng.web.assessment.forms.rounds import RevisionForm, SchemeFileForm
from lianheng.web.assessment.inbox.schemes import waiting_schemes
from lianheng.web.assessment.models import Scheme
from lianheng.web.assessment.queries import works_here
from lianheng.web.assessment.scheme_problems import sentences
from lianheng.web.assessment.services import schemes
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import InvalidInput, why_refused
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.standards.models import Catalogue
from lianheng.web.standards.permission import is_office, require_office
from lianheng.web.trail.queries import timeline
from lianheng.web.units.queries import city_of_profile

MAX_FILE = 2 * 1024 * 1024


def _schemes_for(user: User) -> Any:
    """Published schemes are for who has a part in the assessment; drafts for the office and the lead departments."""
    if not works_here(user):
        raise Http404
    rows = Scheme.objects.order_by("-year", "list_code", "-version")
    reads_drafts = is_office(user) or Role.LEAD_DEPARTMENT in roles_of(user)
    return rows if reads_drafts else rows.filter(state=Scheme.PUBLISHED)


def _list(request: UserRequest, form: SchemeFileForm, status: int = 200) -> HttpResponse:
    rows = _schemes_for(request.user)
    wait = request.GET.get("wait") == "1"
    context = {
        "schemes": rows.filter(pk__in=waiting_schemes(request.user, today())) if wait else rows,
        "wait": wait,
        "office": is_office(request.user),
        "no_profile": city_of_profile() is None,
        "catalogue": Catalogue.objects.filter(state=Catalogue.PUBLISHED).order_by("-published_at").first(),
        "year": today().year,
        "form": form,
    }
    return render(request, "assessment/scheme_list.html", context, status=status)


@login_required
@require_safe
def scheme_list(request: UserRequest) -> HttpResponse:
    """List schemes by year."""
    return _list(request, SchemeFileForm(initial={"year": today().year}))


@login_required
@require_safe
def scheme_page(request: UserRequest, scheme_id: int) -> HttpResponse:
    """Show a scheme: levels, items, rules, grades."""
    scheme = get_object_or_404(_schemes_for(request.user), pk=scheme_id)
    return _page(request, scheme)


def _page(request: UserRequest, scheme: Scheme, error: str = "", status: int = 200) -> HttpResponse:
    publishes = is_office(request.user) and scheme.state == Scheme.DRAFT
    context = {
        "scheme": scheme,
        "publishes": publishes,
        "publish_off": why_refused(schemes.require_publisher, request.user, scheme) if publishes else "",
        "rows": _rows(scheme.content.get("categories", [])),
        "error": error,
        "timeline": timeline(scheme),
    }
    return render(request, "assessment/scheme_page.html", context, status=status)


def _rows(categories: list[dict[str, Any]], depth: int = 0) -> list[dict[str, Any]]:
    """Flatten the tree for a table; each row knows its depth."""
    rows: list[dict[str, Any]] = []
    for category in categories:
        rows.append({"depth": depth, "entry": category, "is_item": False})
        rows += _rows(category.get("categories", []), depth + 1)
        rows += [{"depth": depth + 1, "entry": item, "is_item": True} for item in category.get("items", [])]
    return rows


@login_required
@require_POST
def draft_schemes(request: UserRequest) -> HttpResponse:
    """Draft this year's schemes from the published standards."""
    require_office(request.user, "拟定考评方案")
    year = request.POST.get("year", "")
    if not year.isdigit() or not 2020 <= int(year) <= 2100:
        raise InvalidInput("年度要在 2020 到 2100 之间", "year")
    catalogue = Catalogue.objects.filter(state=Catalogue.PUBLISHED).order_by("-published_at").first()
    if catalogue is None:
        raise InvalidInput("还没有已发布的标准目录，请先发布标准")
    drafted = schemes.draft_schemes(actor=request.user, catalogue_id=catalogue.pk, year=int(year))
    messages.success(
        request,
        f"拟定了 {len(drafted)} 个方案草稿，请工作专班的另一个人核对后发布" if drafted else "这个年度的方案都已经有了",
    )
    return redirect("assessment:schemes")


@login_required
@require_POST
def upload_scheme(request: UserRequest) -> HttpResponse:
    """Draft a scheme from a YAML file."""
    require_office(request.user, "拟定考评方案")
    form = SchemeFileForm(request.POST, request.FILES)
    if form.is_valid():
        text = ""
        try:
            content, text = _read(form.cleaned_data["file"])
            scheme = schemes.upload_scheme(
                actor=request.user,
                year=form.cleaned_data["year"],
                version=form.cleaned_data["version"],
                content=content,
            )
        except InvalidScheme as error:
            form.add_error("file", ["方案有错，没有通过；改好下面各处再传。", *sentences(error.problems, text)])
        except InvalidInput as error:
            show_refusal(form, error, otherwise="file")
        else:
            messages.success(request, f"方案草稿“{scheme.name}”已保存，请工作专班的另一个人核对后发布")
            return redirect("assessment:scheme", scheme.pk)
    return _list(request, form, 422)


def _read(upload: Any) -> tuple[dict[str, Any], str]:
    """Return what a file declares, and its text, by which a fault finds its line."""
    if upload.size > MAX_FILE:
        raise InvalidInput("方案文件超过 2 MB，请核对是不是选错了文件", "file")
    try:
        text = upload.read().decode("utf-8")
        content = parse_yaml(text)
    except (UnicodeDecodeError, YamlError) as error:
        line = re.match(r"line (\d+)", str(error))
        where = f"，第 {line[1]} 行附近" if line else ""
        raise InvalidInput(f"文件不是 UTF-8 的 YAML{where}，请核对格式（不能用 & 和 * 引用）", "file") from error
    if not isinstance(content, dict) or not isinstance(content.get("list"), str):
        raise InvalidInput("文件里没有 list、categories 等内容，不是考评方案", "file")
    return content, text


@login_required
@require_POST
def publish_scheme(request: UserRequest, scheme_id: int) -> HttpResponse:
    """Check and freeze a scheme."""
    scheme = get_object_or_404(_schemes_for(request.user), pk=scheme_id)
    require_office(request.user, "发布考评方案")
    form = RevisionForm(request.POST)
    if not form.is_valid():
        return _page(request, scheme, "请刷新页面再试", 422)
    try:
        schemes.publish_scheme(actor=request.user, scheme_id=scheme.pk, revision=form.cleaned_data["revision"])
    except InvalidInput as error:
        return _page(request, scheme, error.message, 422)
    messages.success(request, f"方案“{scheme.name}”已发布，内容从此不变")
    return redirect("assessment:scheme", scheme.pk)
