"""Routes: recordings come in, are listed, heard, drawn, analysed, forgotten."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from bridge.errors import BridgeError
from bridge.library.entries import Entry, Seconds
from bridge.service.answers import (
    MOST_COLUMNS,
    Analyze,
    ByPath,
    Job,
    Name,
    Peaks,
    Recording,
    recording_of,
)
from bridge.service.exports import MEDIA, UNKNOWN
from bridge.service.jobs import job_of
from bridge.service.models import Error
from bridge.service.multipart import FilePart
from bridge.service.peaks import NAME, columns_of, keep_peaks
from bridge.service.ranges import file_answer
from bridge.service.refusals import refused
from bridge.service.routing import Held, OneRecording, Opened, jsoned, router
from bridge.service.uploads import MEGA, Incoming, base_name, find, take_in
from bridge.settings import ServiceSettings

BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary"}},
                "required": ["file"],
            }
        },
    },
}
SOUND: dict[str, Any] = {media: {} for media in sorted({*MEDIA.values(), UNKNOWN})}
UPLOAD = """The body is the file itself, with its name in the query, or a form with one file.
It goes to the disk piece by piece; one that breaks off leaves nothing. The same sound again is
answered with 200 and the recording that is known."""
GONE: dict[int | str, dict[str, Any]] = {
    410: {"model": Error, "description": "the file is not where it was"}
}


def recordings(settings: ServiceSettings) -> APIRouter:
    """The routes."""
    routes = router("recordings")
    listed, one, drawn, queued = map(jsoned, (list[Recording], Recording, Peaks, Job))

    @routes.get("/recordings", response_model=list[Recording], summary="All, the newest first")
    def list_all(
        library: Opened,
        text: Annotated[str, Query(max_length=200, description="a part of the name")] = "",
        skip: Annotated[int, Query(ge=0, le=10**9)] = 0,
        most: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Response:
        return listed([recording_of(entry) for entry in library.all(text)[skip : skip + most]])

    @routes.post(
        "/recordings",
        status_code=201,
        response_model=Recording,
        responses={200: {"model": Recording, "description": "it is known already"}},
        summary="Upload",
        description=UPLOAD,
        openapi_extra={"requestBody": BODY},
    )
    async def upload(
        request: Request,
        store: Held,
        library: Opened,
        name: Annotated[str, Query(max_length=500, description="what the file is called")] = "",
    ) -> Response:
        kind, most = request.headers.get("content-type", ""), settings.upload * MEGA
        part = FilePart(kind, most) if kind.lower().startswith("multipart/form-data") else None
        length = request.headers.get("content-length", "")
        announced = int(length) if length.isdecimal() else None
        incoming = await run_in_threadpool(Incoming, library, most)
        try:
            body = part.pieces(request.stream()) if part else request.stream()
            await incoming.receive(body, announced)
            called = base_name(name or (part.name if part else ""))

            def take() -> tuple[Entry, bool]:
                with store.taking_in:
                    return take_in(library, incoming, called)

            entry, new = await run_in_threadpool(take)
        finally:
            await run_in_threadpool(incoming.drop)
        if new:
            store.changed(entry.id, "added")
        return one(recording_of(entry), 201 if new else 200)

    @routes.post(
        "/files",
        status_code=201,
        response_model=Recording,
        responses={200: {"model": Recording, "description": "it is known already"}},
        summary="Add a file of this machine",
        description="Only from inside the folders of service.folders, and the uploads.",
    )
    def add(asked: ByPath, store: Held, library: Opened) -> Response:
        path = find(settings.folders, library, asked.path)
        known = library.known(path)
        entry = known or library.add(path, asked.name)
        if known is None:
            store.changed(entry.id, "added")
        return one(recording_of(entry), 200 if known else 201)

    @routes.get("/recordings/{recording}", response_model=Recording, summary="One")
    def get(entry: OneRecording) -> Response:
        return one(recording_of(entry))

    @routes.patch("/recordings/{recording}", response_model=Recording, summary="Rename")
    def rename(entry: OneRecording, asked: Name, store: Held, library: Opened) -> Response:
        renamed = library.rename(entry.id, asked.name)
        store.changed(entry.id, "renamed")
        return one(recording_of(renamed))

    @routes.delete(
        "/recordings/{recording}",
        status_code=204,
        summary="Forget all about it",
        description="What was uploaded or fetched goes with it; files that lie elsewhere stay.",
    )
    def delete(entry: OneRecording, store: Held, library: Opened) -> Response:
        with refused(404):
            library.delete(entry.id)
        store.changed(entry.id, "deleted")
        return Response(status_code=204)

    def audio(entry: OneRecording, request: Request, library: Opened) -> Response:
        with refused(410):
            path = library.file(entry.id)
        media = MEDIA.get(path.suffix.lstrip(".").lower(), UNKNOWN)
        return file_answer(path, media, request.method, request.headers)

    for method, summary in (("GET", "Its sound, as it is in the file"), ("HEAD", "How large")):
        routes.add_api_route(
            "/recordings/{recording}/audio",
            audio,
            methods=[method],
            response_class=Response,
            responses=GONE
            | {
                200: {"content": SOUND, "description": "all of it"},
                206: {"content": SOUND, "description": "the part that Range asks for"},
                416: {"description": "what Range asks for lies beyond the end"},
            },
            summary=summary,
            operation_id=f"audio_{method.lower()}",
        )

    @routes.get(
        "/recordings/{recording}/peaks",
        response_model=Peaks,
        responses=GONE,
        summary="Its waveform, to draw",
    )
    async def peaks(
        entry: OneRecording,
        store: Held,
        library: Opened,
        columns: Annotated[int, Query(ge=1, le=MOST_COLUMNS)] = 1000,
        start: Seconds = 0.0,
        end: Annotated[Seconds | None, Query(description="left out: to the end")] = None,
    ) -> Response:
        place = library.shelf.place(entry.id)
        if not (place / NAME).exists():
            with refused(410):
                path = await run_in_threadpool(library.file, entry.id)
            await store.by_hand(keep_peaks, path, place)

        def draw() -> Response:
            import numpy as np

            kept = np.load(place / NAME)
            until = len(kept) / 100 if end is None else end
            if until <= start:
                raise BridgeError(
                    f"There is no stretch from {start:g} s to {until:g} s",
                    cause=f"it lasts {len(kept) / 100:.2f} s",
                    remedy="choose a start before the end",
                )
            found = np.round(columns_of(kept, columns, start, until), 4)
            low, high = found[:, 0].tolist(), found[:, 1].tolist()
            return drawn(Peaks(start=start, end=until, low=low, high=high))

        return await run_in_threadpool(draw)

    @routes.post(
        "/recordings/{recording}/analyze",
        status_code=202,
        response_model=Job,
        summary="Analyse it",
        description="Queues a job; one that waits already is taken, not doubled.",
    )
    def analyze(entry: OneRecording, asked: Analyze, store: Held, library: Opened) -> Response:
        with refused(409):
            job = library.jobs.enqueue(entry.id, asked.stage, asked.most_riffs)
        store.work()
        return queued(job_of(job, store.folders), 202)

    return routes
