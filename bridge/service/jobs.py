"""Routes: the work on recordings."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response

from bridge.library.entries import State
from bridge.service.answers import Again, Job, Jobs
from bridge.service.refusals import Folders, refused, without_folders
from bridge.service.routing import Held, JobId, Opened, jsoned, router

if TYPE_CHECKING:
    from bridge.library.jobs import Job as Kept


def jobs() -> APIRouter:
    """The routes."""
    routes = router("jobs")
    listed, one = jsoned(Jobs), jsoned(Job)

    @routes.get("/jobs", response_model=Jobs, summary="The newest first")
    def list_all(
        store: Held,
        library: Opened,
        state: State | None = None,
        recording: Annotated[str | None, Query(pattern="^[0-9a-f]{32}$")] = None,
        most: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        found = library.jobs.all(state, recording, most)
        folders = cache(store.folders)  # looked up once, and only if one has failed
        return listed(Jobs(waiting=store.waiting, jobs=[job_of(job, folders) for job in found]))

    @routes.get("/jobs/{job}", response_model=Job, summary="One")
    def get(job: JobId, store: Held, library: Opened) -> Response:
        with refused(404):
            return one(job_of(library.jobs.get(job), store.folders))

    @routes.post(
        "/jobs/{job}/cancel",
        response_model=Job,
        summary="End it",
        description="What it heard is kept for the next time. One that has ended stays as it is.",
    )
    def cancel(job: JobId, store: Held, library: Opened) -> Response:
        with refused(404):
            return one(job_of(library.jobs.cancel(job), store.folders))

    @routes.post("/jobs/{job}/again", status_code=202, response_model=Job, summary="Once more")
    def again(job: JobId, asked: Again, store: Held, library: Opened) -> Response:
        with refused(404):
            library.jobs.get(job)
        with refused(409):
            queued = library.jobs.again(job, asked.stage)
        store.work()
        return one(job_of(queued, store.folders), 202)

    return routes


def job_of(job: Kept, folders: Folders) -> Job:
    """A job without what only runners need, and without the folders of this machine."""
    error = job.error and without_folders(job.error, folders)
    return Job.model_validate(
        {name: getattr(job, name) for name in Job.model_fields} | {"error": error}
    )
