"""What the routes of recordings share: what an id in a path stands for, and large answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import TypeAdapter

from bridge.library.entries import Entry, Region, TakeEntry
from bridge.service.refusals import ANSWERS, LibraryRoute, refused
from bridge.service.store import Store

if TYPE_CHECKING:
    from bridge.library.library import Library
else:
    Library = Any  # to FastAPI: importing it would import SQLAlchemy

RecordingId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="of the recording")]
TakeId = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="of the take")]
RegionId = Annotated[str, Path(pattern="^[0-9a-f]{12}$", description="of the region")]
JobId = Annotated[int, Path(ge=1, lt=2**31, description="of the job")]


def router(tag: str) -> APIRouter:
    """Routes whose errors are answers."""
    return APIRouter(route_class=LibraryRoute, tags=[tag], responses=ANSWERS)


def store_of(request: Request) -> Store:
    """The service's library and jobs."""
    store: Store = request.app.state.store
    return store


def library_of(store: Annotated[Store, Depends(store_of)]) -> Library:
    """The library, opened now if it was not. In a thread: this may take a second."""
    return store.library()


Held = Annotated[Store, Depends(store_of)]
Opened = Annotated[Library, Depends(library_of)]


def _entry(recording: RecordingId, library: Opened) -> Entry:
    with refused(404):
        found: Entry = library.get(recording)
    return found


def _take(take: TakeId, library: Opened) -> TakeEntry:
    with refused(404):
        found: TakeEntry = library.take(take)
    return found


def _region(region: RegionId, library: Opened) -> Region:
    with refused(404):
        found: Region = library.regions.get(region)
    return found


OneRecording = Annotated[Entry, Depends(_entry)]
OneTake = Annotated[TakeEntry, Depends(_take)]
OneRegion = Annotated[Region, Depends(_region)]


def jsoned(kind: Any) -> Callable[..., Response]:
    """Answers of that type, written as JSON where it is called: in a thread, not in the loop.

    A take of an hour is megabytes; every listener of the live part would wait for it.
    """
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def answer(value: Any, status: int = 200) -> Response:
        return Response(adapter.dump_json(value), status, media_type="application/json")

    return answer
