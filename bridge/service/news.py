"""The WebSocket of recordings: how far each job is, and what changed in the library."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketDisconnect

import bridge
from bridge.errors import BridgeError
from bridge.library.wording import DatabaseTrouble
from bridge.service.jobs import job_of
from bridge.service.refusals import without_folders
from bridge.service.store import LOOK, Store

if TYPE_CHECKING:
    from bridge.library.jobs import Job

MOST_READERS = 64
ACTIVE = ("queued", "running")


def news() -> APIRouter:
    """The route."""
    routes = APIRouter()
    reading: set[WebSocket] = set()

    @routes.websocket("/recordings/events")
    async def events(socket: WebSocket) -> None:
        store: Store = socket.app.state.store
        await socket.accept()
        if len(reading) >= MOST_READERS:
            await _say_error(socket, _crowded(), store)
            return
        reading.add(socket)
        telling = asyncio.create_task(_tell(socket, store))
        leaving = asyncio.create_task(_until_gone(socket))
        try:
            done, _ = await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                with suppress(WebSocketDisconnect):
                    task.result()
        finally:
            reading.discard(socket)
            for task in (telling, leaving):
                task.cancel()

    return routes


async def _tell(socket: WebSocket, store: Store) -> None:
    """Hello, then every change, until it is cancelled."""
    number, _ = store.changes(None)
    try:
        told = await run_in_threadpool(store.jobs)
    except BridgeError as error:
        await _say_error(socket, error, store)
        return
    active = [await _as_json(job, store) for job in told.values() if job.state in ACTIVE]
    await socket.send_json({"hello": {"version": bridge.__version__}, "jobs": active})
    while True:
        await asyncio.sleep(LOOK)
        try:
            now = await run_in_threadpool(store.jobs)
        except DatabaseTrouble:
            continue  # it is away for a moment
        number, changes = store.changes(number)
        for change in changes:
            await socket.send_json(change)
        for id, job in sorted(now.items()):
            before = told.get(id)
            if before != job:
                await socket.send_json({"job": await _as_json(job, store)})
            if job.state == "done" and (before is None or before.state != "done"):
                await socket.send_json({"recording": job.recording, "change": "analysed"})
        told = now


async def _as_json(job: Job, store: Store) -> dict[str, Any]:
    told = await run_in_threadpool(job_of, job, store.folders)
    return told.model_dump(mode="json")


async def _until_gone(socket: WebSocket) -> None:
    """What a client says here means nothing."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _say_error(socket: WebSocket, error: BridgeError, store: Store) -> None:
    parts = await run_in_threadpool(without_folders, error.parts(), store.folders)
    with suppress(WebSocketDisconnect, RuntimeError):
        await socket.send_json({"error": parts})
        await socket.close(1013)  # try again later


def _crowded() -> BridgeError:
    return BridgeError(
        "There are too many listeners",
        cause=f"{MOST_READERS} WebSocket clients are connected",
        remedy="close some of them, then connect again",
    )
