"""Who asked for a background job, with the rights that this person has when it runs, not when it was queued."""

from lianheng.web.accounts.models import User
from lianheng.web.shell.errors import Forbidden
from lianheng.web.shell.models import Job


def asker_of(job: Job) -> User:
    """Return the person, or refuse the job of an account that was switched off meanwhile."""
    person = User.objects.filter(pk=job.asked_by or 0, is_active=True).first()
    if person is None:
        raise Forbidden("办这项作业的账号已经停用，没有写入")
    return person
