"""The queue: each job once, whoever asks and whoever dies."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import update

from bridge.errors import BridgeError
from bridge.library.jobs import ATTEMPTS, STAGES, Superseded
from bridge.library.library import Library
from bridge.library.tables import JobRow


def age(library: Library, seconds: float) -> None:
    """As if the last heartbeats had been so long ago."""
    with library.database.writing() as session:
        session.execute(update(JobRow).values(heartbeat=time.time() - seconds))


def test_a_job_that_waits_is_not_doubled(library: Library, recording: str) -> None:
    first = library.jobs.enqueue(recording, "structure", 12)
    second = library.jobs.enqueue(recording, "decode", 6)
    assert (second.id, second.begin, second.most_riffs) == (first.id, "decode", 6)
    assert library.jobs.enqueue(recording, "labels").begin == "decode"
    assert len(library.jobs.all()) == 1


def test_many_who_ask_at_once_get_one_job(library: Library, recording: str) -> None:
    got: list[int] = []
    threads = [
        threading.Thread(target=lambda: got.append(library.jobs.enqueue(recording).id))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 6
    assert len(set(got)) == 1


def test_many_who_claim_at_once_get_it_once(library: Library, recording: str) -> None:
    library.jobs.enqueue(recording)
    got: list[object] = []
    threads = [
        threading.Thread(target=lambda name=f"host:{n}": got.append(library.jobs.claim(name)))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([job for job in got if job]) == 1


def test_while_it_runs_an_earlier_stage_must_wait(library: Library, recording: str) -> None:
    job = library.jobs.enqueue(recording, "structure")
    library.jobs.claim("host:1")
    assert library.jobs.enqueue(recording, "labels").id == job.id
    with pytest.raises(BridgeError, match="right now"):
        library.jobs.enqueue(recording, "decode")


@pytest.mark.parametrize("stage", ["separation", "mastering", ""])
def test_a_stage_there_is_nothing_for_is_said(library: Library, recording: str, stage: str) -> None:
    with pytest.raises(BridgeError) as caught:
        library.jobs.enqueue(recording, stage)
    assert "decode" in caught.value.cause + caught.value.remedy
    assert library.jobs.all() == []


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "separation"])
def test_every_other_stage_can_be_begun_with(library: Library, recording: str, stage: str) -> None:
    assert library.jobs.enqueue(recording, stage).begin == stage


@pytest.mark.parametrize("most", [0, 25, -1])
def test_only_so_many_riffs_are_found(library: Library, recording: str, most: int) -> None:
    with pytest.raises(BridgeError):
        library.jobs.enqueue(recording, most_riffs=most)


def test_a_cancelled_attempt_writes_nothing_more(library: Library, recording: str) -> None:
    library.jobs.enqueue(recording)
    job = library.jobs.claim("host:1")
    assert job is not None
    assert job.run is not None
    assert library.jobs.cancel(job.id).state == "cancelled"
    assert library.jobs.is_void(job.id, job.run)
    with pytest.raises(Superseded):
        library.jobs.tell(job.id, job.run, "beats", 0.5)
    with pytest.raises(Superseded), library.database.writing() as session:
        library.jobs.finish(session, job.id, job.run)
    assert library.jobs.get(job.id).state == "cancelled"


def test_what_is_over_cannot_be_cancelled_but_done_again(library: Library, recording: str) -> None:
    library.jobs.enqueue(recording, "beats", 7)
    job = library.jobs.claim("host:1")
    assert job is not None
    with library.database.writing() as session:
        library.jobs.finish(session, job.id, job.run or "")
    assert library.jobs.cancel(job.id).state == "done"
    again = library.jobs.again(job.id)
    assert (again.begin, again.most_riffs, again.state) == ("beats", 7, "queued")
    assert again.id != job.id
    assert library.jobs.again(job.id, "decode").begin == "decode"


def test_the_job_of_a_dead_process_is_taken_up_at_once(library: Library, recording: str) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    library.jobs.enqueue(recording)
    first = library.jobs.claim(f"{socket.gethostname()}:{dead.pid}")
    assert first is not None
    assert library.jobs.take_up() == (1 if os.name == "posix" else 0)
    age(library, 60.0)
    library.jobs.take_up()
    second = library.jobs.claim("host:2")
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 1)
    with pytest.raises(Superseded):  # it was not dead, only away
        library.jobs.tell(first.id, first.run or "", "decode", 0.9)


def test_the_job_of_a_living_process_is_left_alone(library: Library, recording: str) -> None:
    library.jobs.enqueue(recording)
    library.jobs.claim(f"{socket.gethostname()}:{os.getpid()}")
    assert library.jobs.take_up() == 0


def test_one_on_another_machine_is_dead_without_heartbeats(
    library: Library, recording: str
) -> None:
    library.jobs.enqueue(recording)
    library.jobs.claim("elsewhere:1")
    age(library, 10.0)
    assert library.jobs.take_up() == 0
    age(library, 60.0)
    library.jobs.beat("elsewhere:1")
    assert library.jobs.take_up() == 0
    age(library, 60.0)
    assert library.jobs.take_up() == 1


def test_a_job_that_kills_its_process_fails_in_the_end(library: Library, recording: str) -> None:
    id = library.jobs.enqueue(recording).id
    for _ in range(ATTEMPTS):
        job = library.jobs.claim("elsewhere:1")
        assert job is not None
        library.jobs.lost(job.id, job.run or "", "it was ended by the signal SIGSEGV")
    failed = library.jobs.get(id)
    assert failed.state == "failed"
    assert failed.error is not None
    assert "SIGSEGV" in failed.error["cause"]
    assert library.jobs.claim("elsewhere:1") is None


def test_a_job_given_back_in_order_has_not_died(library: Library, recording: str) -> None:
    library.jobs.enqueue(recording)
    for _ in range(ATTEMPTS + 2):
        job = library.jobs.claim("host:1")
        assert job is not None
        library.jobs.release(job.id, job.run or "")
    assert library.jobs.get(job.id).state == "queued"


def test_jobs_are_listed_newest_first_by_state(library: Library, recording: str) -> None:
    first = library.jobs.enqueue(recording)
    library.jobs.cancel(first.id)
    second = library.jobs.enqueue(recording)
    assert [job.id for job in library.jobs.all()] == [second.id, first.id]
    assert [job.id for job in library.jobs.all("cancelled")] == [first.id]
    assert library.jobs.all(recording="other") == []
    with pytest.raises(BridgeError):
        library.jobs.get(99)
    with pytest.raises(BridgeError):
        library.jobs.enqueue("no such recording")


def test_an_error_may_name_a_file_whose_name_is_no_text(library: Library, recording: str) -> None:
    library.jobs.enqueue(recording)
    job = library.jobs.claim("me")
    assert job is not None
    error = BridgeError(f"{os.fsdecode(bytes([255]))} is gone", cause="it is", remedy="seek it")
    library.jobs.fail(job.id, job.run or "", error)
    told = library.jobs.get(job.id).error
    assert told is not None
    assert told["what"].encode().decode() == "\N{REPLACEMENT CHARACTER} is gone"


def test_a_job_says_why_there_is_no_result(library: Library, recording: str) -> None:
    library.jobs.enqueue(recording)
    job = library.jobs.claim("me")
    assert job is not None
    waiting = job.failure()
    assert waiting is not None
    assert "running" in waiting.cause
    library.jobs.fail(job.id, job.run or "", BridgeError("It broke", cause="so", remedy="mend it"))
    failed = library.jobs.get(job.id).failure()
    assert failed is not None
    assert failed.parts() == {"what": "It broke", "cause": "so", "remedy": "mend it"}
    again = library.jobs.cancel(library.jobs.again(job.id).id).failure()
    assert again is not None
    assert "was cancelled" in again.what


def test_what_a_done_job_left_out_is_no_failure(library: Library, recording: str) -> None:
    library.jobs.enqueue(recording)
    job = library.jobs.claim("me")
    assert job is not None
    with library.database.writing() as session:
        left_out = BridgeError("No names", cause="no model", remedy="start it")
        library.jobs.finish(session, job.id, job.run or "", left_out)
    done = library.jobs.get(job.id)
    assert done.failure() is None
    trouble = done.trouble()
    assert trouble is not None
    assert trouble.what == "No names"
