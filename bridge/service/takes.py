"""Routes: the takes of a recording and their grids."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Body, Response

from bridge.errors import BridgeError
from bridge.library.entries import TakeEntry
from bridge.recordings.corrections import Correction
from bridge.recordings.facts import Span, to_json
from bridge.service.answers import TakeName
from bridge.service.refusals import Refusal, refused
from bridge.service.routing import Held, OneRecording, OneTake, Opened, jsoned, router


def takes() -> APIRouter:
    """The routes."""
    routes = router("takes")
    listed, one, span = jsoned(list[TakeEntry]), jsoned(TakeEntry), jsoned(Span)

    @routes.get(
        "/recordings/{recording}/takes",
        response_model=list[TakeEntry],
        summary="Every part of a recording, in order",
        description="Songs and practice have a grid and all that follows from it in `take`.",
    )
    def list_all(entry: OneRecording, library: Opened) -> Response:
        return listed(library.takes(entry.id))

    @routes.get("/takes/{take}", response_model=TakeEntry, summary="One")
    def get(entry: OneTake) -> Response:
        return one(entry)

    @routes.patch("/takes/{take}", response_model=TakeEntry, summary="Rename")
    def rename(entry: OneTake, asked: TakeName, store: Held, library: Opened) -> Response:
        with refused(404):
            renamed = library.rename_take(entry.id, asked.name)
        store.changed(entry.recording, "take renamed")
        return one(renamed)

    @routes.post(
        "/takes/{take}/corrections",
        response_model=TakeEntry,
        summary="Correct its grid",
        description="Chords, sections and riffs follow; no sound is heard again.",
    )
    def correct(
        entry: OneTake,
        correction: Annotated[Correction, Body()],
        store: Held,
        library: Opened,
    ) -> Response:
        _check_finite(to_json(correction))
        corrected = library.correct(entry.id, correction)
        store.changed(entry.recording, "grid corrected")
        return one(corrected)

    @routes.post("/takes/{take}/undo", response_model=TakeEntry, summary="Undo a correction")
    def undo(entry: OneTake, store: Held, library: Opened) -> Response:
        with refused(409):
            undone = library.undo(entry.id)
        store.changed(entry.recording, "grid corrected")
        return one(undone)

    @routes.post("/takes/{take}/redo", response_model=TakeEntry, summary="Make it again")
    def redo(entry: OneTake, store: Held, library: Opened) -> Response:
        with refused(409):
            redone = library.redo(entry.id)
        store.changed(entry.recording, "grid corrected")
        return one(redone)

    @routes.get("/takes/{take}/chorus", response_model=Span, summary="Find the chorus")
    def chorus(entry: OneTake, library: Opened) -> Response:
        from bridge.recordings.taste import find_chorus

        heard = library.findings(entry.recording)
        take = entry.take
        found = take and heard and find_chorus(take.sections, take.riffs, heard)
        if not found:
            raise Refusal(
                404,
                BridgeError(
                    "No chorus was found",
                    cause="no section of this take comes back"
                    if heard
                    else "what was heard of the recording is not kept any more",
                    remedy="choose one of its sections or riffs"
                    if heard
                    else "analyse it again from the stage decode",
                ),
            )
        return span(Span(found.start, found.end))

    return routes


def _check_finite(said: dict[str, object]) -> None:
    """JSON has no infinity, but 1e999 and NaN are read as numbers."""
    beats = said.get("beats")
    values = [said.get("at"), said.get("since"), *(beats if isinstance(beats, list) else [])]
    if not all(math.isfinite(value) for value in values if isinstance(value, float)):
        raise BridgeError(
            "A grid cannot be corrected with this time",
            cause="it is not a finite number",
            remedy="give times in seconds",
        )
