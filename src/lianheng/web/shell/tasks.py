"""The one task of the queue: run a job by its number."""

from django_tasks import task

from lianheng.web.shell import jobs


@task()
def run_job_task(job_id: int) -> None:
    jobs.run_job(job_id)
