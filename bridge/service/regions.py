"""Routes: regions of recordings, found (riffs) and drawn; the same riff elsewhere; loops, facts."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.concurrency import run_in_threadpool

from bridge.errors import BridgeError
from bridge.library.entries import Likeness, Region, RegionChange, Seconds, TakeEntry
from bridge.recordings.facts import Recording, Span
from bridge.recordings.grid import Grid
from bridge.service.answers import (
    FactFormat,
    FactKind,
    LoopAsked,
    NewRegion,
    SpanLoopAsked,
)
from bridge.service.exports import FACTS_MEDIA, MEDIA, attached, send_facts, send_loop
from bridge.service.models import Error
from bridge.service.refusals import Refusal, refused
from bridge.service.routing import Held, OneRecording, OneRegion, Opened, jsoned, router

if TYPE_CHECKING:
    from bridge.library.library import Library

LOOPS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {MEDIA[name]: {} for name in ("wav", "flac", "ogg", "mp3")},
        "description": "the file",
    },
    410: {"model": Error, "description": "the recording's file is not where it was"},
}
FACTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {media: {} for media in sorted(set(FACTS_MEDIA.values()))},
        "description": "the file",
    },
    410: {"model": Error, "description": "the recording's file is not where it was"},
}


def regions() -> APIRouter:
    """The routes."""
    routes = router("regions")
    listed, one, alike = map(jsoned, (list[Region], Region, list[Likeness]))
    ranked = jsoned(list[TakeEntry])

    @routes.get(
        "/recordings/{recording}/regions",
        response_model=list[Region],
        summary="Of a recording, in order",
        description="Riffs that were found (`origin` auto) and what the user drew (manual).",
    )
    def list_all(entry: OneRecording, library: Opened) -> Response:
        return listed(library.regions.all(entry.id))

    @routes.post(
        "/recordings/{recording}/regions",
        status_code=201,
        response_model=Region,
        summary="Draw one",
        description="No analysis touches what is said here.",
    )
    def create(entry: OneRecording, asked: NewRegion, store: Held, library: Opened) -> Response:
        said = asked.model_dump(exclude_none=True)
        drawn = library.regions.create(entry.id, **said)
        store.changed(entry.id, "region drawn")
        return one(drawn, 201)

    @routes.get("/regions/{region}", response_model=Region, summary="One")
    def get(region: OneRegion) -> Response:
        return one(region)

    @routes.patch("/regions/{region}", response_model=Region, summary="Change one")
    def patch(region: OneRegion, asked: RegionChange, store: Held, library: Opened) -> Response:
        changed = library.regions.patch(region.id, asked.model_dump(exclude_unset=True))
        store.changed(region.recording, "region changed")
        return one(changed)

    @routes.delete(
        "/regions/{region}",
        status_code=204,
        summary="Take one away",
        description="One that was found is not found again.",
    )
    def delete(region: OneRegion, store: Held, library: Opened) -> Response:
        with refused(404):
            library.regions.delete(region.id)
        store.changed(region.recording, "region removed")
        return Response(status_code=204)

    @routes.get(
        "/regions/{region}/like",
        response_model=list[Likeness],
        summary="This riff in other recordings",
        description="In whatever key and tempo, the likest first.",
    )
    def like(
        region: OneRegion,
        library: Opened,
        most: Annotated[int, Query(ge=1, le=200)] = 20,
        least: Annotated[float, Query(ge=0, le=1, description="likeness, 0..1")] = 0.7,
    ) -> Response:
        with refused(409):
            return alike(library.regions.like(region.id, most, least))

    @routes.get(
        "/regions/{region}/tightest",
        response_model=list[TakeEntry],
        summary="The takes in which this riff is played, the most evenly played first",
        description="Of all recordings, practice included, in whatever key and tempo.",
    )
    def tightest(
        region: OneRegion, library: Opened, most: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> Response:
        with refused(409):
            return ranked(library.tightest(region.id, most))

    @routes.get(
        "/regions/{region}/loop",
        response_class=Response,
        responses=LOOPS,
        summary="A region as a backing track",
    )
    async def region_loop(
        region: OneRegion, asked: Annotated[LoopAsked, Query()], store: Held, library: Opened
    ) -> Response:
        def look() -> tuple[Any, Grid | None]:
            take = library.take(region.take).take if region.take else None
            with refused(410):
                return library.file(region.recording), take.grid if take else None

        sound, grid = await run_in_threadpool(look)
        span = Span(region.start, region.end)
        return await send_loop(store, library, sound, span, asked, grid, region.name)

    @routes.get(
        "/recordings/{recording}/loop",
        response_class=Response,
        responses=LOOPS,
        summary="Any stretch as a backing track",
    )
    async def span_loop(
        entry: OneRecording, asked: Annotated[SpanLoopAsked, Query()], store: Held, library: Opened
    ) -> Response:
        span = Span(asked.start, asked.end)

        def look() -> tuple[Any, Grid | None]:
            with refused(410):
                return library.file(entry.id), _grid_around(library.takes(entry.id), span)

        sound, grid = await run_in_threadpool(look)
        name = f"{entry.name} {span.start:.0f}s-{span.end:.0f}s"
        return await send_loop(store, library, sound, span, asked, grid, name)

    @routes.get(
        "/recordings/{recording}/facts/{format}",
        response_class=Response,
        responses=FACTS,
        summary="What is known of it, for other programs",
        description="All of the recording, or a take, a region, or a stretch from start to end.",
    )
    async def facts(
        entry: OneRecording,
        format: FactFormat,
        store: Held,
        library: Opened,
        kinds: Annotated[list[FactKind] | None, Query(description="left out: all")] = None,
        take: Annotated[str | None, Query(pattern="^[0-9a-f]{12}$")] = None,
        region: Annotated[str | None, Query(pattern="^[0-9a-f]{12}$")] = None,
        start: Annotated[Seconds | None, Query()] = None,
        end: Annotated[Seconds | None, Query()] = None,
        zero: Annotated[bool, Query(description="times count from the stretch's start")] = False,
        include_audio: Annotated[bool, Query(description="a dawproject holds the sound")] = True,
    ) -> Response:
        from bridge.recordings.export import FORMATS, export_facts

        def look() -> tuple[Recording, Span | None]:
            known = library.analysis(entry.id)
            if known is None:
                raise Refusal(
                    409,
                    BridgeError(
                        f"{entry.name} is not analysed yet",
                        cause="nothing is known of it that could be exported",
                        remedy=f"POST /recordings/{entry.id}/analyze, and wait for its job",
                    ),
                )
            return known, _stretch(library, entry.id, take, region, start, end, known.duration)

        def write() -> bytes:
            out = BytesIO()
            export_facts(known, format, out, kinds=_kinds(kinds), of=of, zero=zero)
            return out.getvalue()

        def find() -> Path:
            with refused(410):
                return library.file(entry.id)

        known, of = await run_in_threadpool(look)
        if FORMATS[format].sound:
            return await send_facts(
                store,
                library,
                await run_in_threadpool(find),
                known,
                format,
                kinds=_kinds(kinds),
                of=of,
                zero=zero,
                title=entry.name,
                include_audio=include_audio,
            )
        headers = attached(f"{entry.name}{FORMATS[format].suffix}")
        content = await run_in_threadpool(write)
        return Response(content, headers=headers, media_type=FACTS_MEDIA[format])

    return routes


def _kinds(kinds: Sequence[FactKind] | None) -> tuple[FactKind, ...] | None:
    return tuple(dict.fromkeys(kinds)) if kinds else None


def _stretch(
    library: Library,
    recording: str,
    take: str | None,
    region: str | None,
    start: float | None,
    end: float | None,
    duration: float,
) -> Span | None:
    """What is meant: one of take, region and start-end. None: the whole recording."""
    by_time = start is not None or end is not None
    if sum((take is not None, region is not None, by_time)) > 1:
        raise BridgeError(
            "Which stretch is meant?",
            cause="more than one of take, region and start-end is given",
            remedy="give one of them",
        )
    if by_time:
        span = Span(start or 0.0, duration if end is None else end)
        if span.end <= span.start:
            raise BridgeError(
                f"There is no stretch from {span.start:g} s to {span.end:g} s",
                cause=f"the recording lasts {duration:.3f} s",
                remedy="choose a start before the end",
            )
        return span
    if take is None and region is None:
        return None
    with refused(404):
        found: TakeEntry | Region = (
            library.take(take) if take is not None else library.regions.get(region or "")
        )
        if found.recording != recording:
            raise BridgeError(
                "This stretch belongs to another recording",
                cause=f"it lies in {found.recording}",
                remedy="ask for it there",
            )
    return Span(found.start, found.end)


def _grid_around(takes: Sequence[TakeEntry], span: Span) -> Grid | None:
    """Of the take that the middle of the stretch lies in."""
    middle = (span.start + span.end) / 2
    for entry in takes:
        if entry.take is not None and entry.start <= middle < entry.end:
            return entry.take.grid
    return None
