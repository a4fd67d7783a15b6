"""A workbook about people, checked at once and taken in with the next click: accounts to make, roles to grant."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from lianheng.web.accounts.directory import require_admin
from lianheng.web.accounts.models import User
from lianheng.web.accounts.people_sheet import MAX_PEOPLE
from lianheng.web.accounts.requests import UserRequest
from lianheng.web.accounts.roles import Role
from lianheng.web.shell import jobs
from lianheng.web.shell.errors import Forbidden, InvalidInput, WrongState
from lianheng.web.shell.refused_forms import show_refusal
from lianheng.web.shell.workbook_reading import CellProblem

SHOWN_PROBLEMS = 200
# The rows, what is wrong with them, and what else the page is to say of them.
Checked = tuple[Sequence[Any], list[CellProblem], dict[str, Any]]


@dataclasses.dataclass(frozen=True)
class PeopleFile:
    """One kind of workbook: who may send it, what it is checked for, and the job that takes it in."""

    salt: str
    role: Role
    act: str
    form: type[forms.Form]
    template: str
    check: Callable[[User, UploadedFile], Checked]
    job: str
    title: str  # of the job, for a number of people
    undone: str  # what has not happened where the file is refused

    def show(self, request: UserRequest) -> HttpResponse:
        """Check a file where one was sent; nothing is written here."""
        require_admin(request.user, [self.role], self.act)
        form = self.form(request.POST or None, request.FILES or None)
        context: dict[str, Any] = {"form": form, "most": MAX_PEOPLE}
        if request.method == "POST" and form.is_valid():
            try:
                context |= self._checked(request.user, form.cleaned_data["file"])
            except InvalidInput as refusal:
                show_refusal(form, refusal)
        status = 422 if request.method == "POST" and "checked" not in context else 200
        return render(request, self.template, context, status=status)

    def _checked(self, user: User, file: UploadedFile) -> dict[str, Any]:
        rows, problems, more = self.check(user, file)
        problems = sorted(problems, key=lambda problem: problem.row)
        found = {"rows": rows, "problems": problems[:SHOWN_PROBLEMS], "problem_count": len(problems), **more}
        if problems:
            return found
        file.seek(0)
        # Signed, so that the next click takes in what was checked, and nothing lies about meanwhile.
        content = {"by": user.pk, "sha256": hashlib.sha256(file.read()).hexdigest()}
        content["rows"] = [dataclasses.astuple(row) for row in rows]
        return found | {"checked": signing.dumps(content, salt=self.salt, compress=True)}

    def start(self, request: UserRequest) -> HttpResponse:
        """Take in what was checked, as a background job."""
        require_admin(request.user, [self.role], self.act)
        try:
            checked = signing.loads(request.POST.get("checked", ""), salt=self.salt, max_age=3600)
        except signing.BadSignature:
            raise WrongState(f"检查结果已过期（一小时），{self.undone}。请重新上传文件检查") from None
        if checked["by"] != request.user.pk:
            raise Forbidden(f"检查文件的不是您本人，{self.undone}。请自己上传文件检查")
        with transaction.atomic():
            job = jobs.start_job(
                room="accounts",
                kind=self.job,
                title=self.title.format(len(checked["rows"])),
                asked_by=request.user.pk,
                arguments={"rows": checked["rows"], "sha256": checked["sha256"]},
            )
        return redirect("job", job.pk)
