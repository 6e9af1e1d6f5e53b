"""Jobs on an executor, each stage, and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from pydantic import SecretStr

from bridge.library import worker
from bridge.library.holds import hold, release
from bridge.library.jobs import Job
from bridge.library.library import Library
from bridge.library.runner import Runner
from bridge.recordings.corrections import Double, TheOne
from bridge.recordings.findings import Findings
from bridge.settings import LabelSettings
from tests.library.found import VERSE, analysis

DEADLINE = 60.0  # seconds for what takes one


def run(
    library: Library,
    holds: Path,
    executor: Executor | None = None,
    labels: LabelSettings | None = None,
) -> None:
    with executor or ThreadPoolExecutor(1) as pool:
        runner = Runner(library, pool, lambda: 1, own=False, holds=holds, labels=labels)
        thread = threading.Thread(target=runner.run, args=(threading.Event(),))
        thread.start()
        thread.join(DEADLINE)
        assert not thread.is_alive()


def done(library: Library, job: Job) -> Job:
    ended = library.jobs.get(job.id)
    assert ended.state == "done", ended.error
    return ended


def test_a_file_becomes_an_analysis(
    library: Library, song: np.ndarray, findings: Findings, tmp_path: Path
) -> None:
    path = tmp_path / "short.flac"
    soundfile.write(path, song[: 8 * 44100], 44100)
    id = library.add(path).id
    job = library.jobs.enqueue(id, most_riffs=3)
    run(library, tmp_path / "holds")
    assert done(library, job).attempts == 1
    entry, kept = library.get(id), library.analysis(id, whole=True)
    assert entry.analysed is not None
    assert kept is not None
    assert kept.duration == pytest.approx(8.0)
    assert kept.parts
    assert len(kept.onsets) > 10
    assert library.findings(id) is not None


@pytest.mark.parametrize("stage", ["beats", "structure", "drums", "labels"])
def test_later_stages_need_no_sound(
    library: Library,
    recording: str,
    findings: Findings,
    wav: Path,
    tmp_path: Path,
    stage: str,
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    wav.unlink()
    job = library.jobs.enqueue(recording, stage)
    run(library, tmp_path / "holds")
    done(library, job)
    assert library.takes(recording)


def test_the_stage_structure_keeps_the_grid_and_the_labels_keep_the_rest(
    library: Library, recording: str, findings: Findings, tmp_path: Path
) -> None:
    library.save_analysis(recording, analysis(findings, VERSE), findings)
    take = library.takes(recording)[0].id
    corrected = library.correct(take, Double())
    done_before = library.analysis(recording)
    for stage in ("labels", "structure", "drums", "beats"):
        job = library.jobs.enqueue(recording, stage)
        run(library, tmp_path / "holds")
        done(library, job)
        again = library.take(take)
        assert again.take is not None
        assert corrected.take is not None
        assert again.take.grid == corrected.take.grid
        if stage in ("labels", "structure"):
            assert library.analysis(recording) == done_before


def test_drums_come_from_the_findings_alone(
    library: Library, recording: str, findings: Findings, tmp_path: Path
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    job = library.jobs.enqueue(recording, "drums")
    run(library, tmp_path / "holds")
    done(library, job)
    kept = library.analysis(recording)
    assert kept is not None
    assert len(kept.hits) == len(findings.hits)


def test_a_file_that_is_gone_fails_in_words(library: Library, wav: Path, tmp_path: Path) -> None:
    job = library.jobs.enqueue(library.add(wav).id)
    wav.unlink()
    run(library, tmp_path / "holds")
    failed = library.jobs.get(job.id)
    assert failed.state == "failed"
    assert failed.error is not None
    assert set(failed.error) == {"what", "cause", "remedy"}
    assert str(wav) in failed.error["cause"]


@pytest.mark.parametrize("cut", [True, False])
def test_a_file_that_changes_while_it_is_analysed_spoils_no_record(
    library: Library, wav: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: bool
) -> None:
    """The program that writes to it strikes when half of it is heard."""
    entry = library.add(wav)
    job = library.jobs.enqueue(entry.id)
    heard = worker.hear

    def hear_and_write(sound: Any, told: Any) -> Findings:
        def strike(seconds: float) -> None:
            content = wav.read_bytes()
            wav.write_bytes(content[: len(content) // 2] if cut else bytes(len(content)))
            told(seconds)

        return heard(sound, strike)

    monkeypatch.setattr(worker, "hear", hear_and_write)
    run(library, tmp_path / "holds")
    failed = library.jobs.get(job.id)
    assert failed.error is not None
    assert "changed while it was analysed" in failed.error["what"]
    assert library.findings(entry.id) is None
    assert library.get(entry.id) == entry


def test_what_was_written_anew_before_its_turn_is_not_heard_as_the_old_sound(
    library: Library, wav: Path, tmp_path: Path
) -> None:
    entry = library.add(wav)
    job = library.jobs.enqueue(entry.id)
    size = wav.stat().st_size
    soundfile.write(wav, np.zeros((size - 44) // 2), 44100)
    os.utime(wav, (1e9, 1e9))
    assert wav.stat().st_size == size
    run(library, tmp_path / "holds")
    assert library.jobs.get(job.id).state == "failed"
    assert library.findings(entry.id) is None


def test_a_file_that_was_touched_or_brought_back_is_the_same(
    library: Library, song: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, song[: 3 * 44100], 44100)
    job = library.jobs.enqueue(library.add(path).id)
    os.utime(path, (1e9, 1e9))
    run(library, tmp_path / "holds")
    done(library, job)


def test_a_file_that_was_cut_before_it_was_added_is_analysed(
    library: Library, song: np.ndarray, tmp_path: Path
) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, song[: 5 * 44100], 44100)
    path.write_bytes(path.read_bytes()[: 3 * 88200])
    entry = library.add(path)
    job = library.jobs.enqueue(entry.id)
    run(library, tmp_path / "holds")
    done(library, job)
    assert library.get(entry.id).duration == pytest.approx(3.0, abs=0.01)


def test_nothing_begins_while_there_is_a_reason_to_wait(
    library: Library, recording: str, findings: Findings, tmp_path: Path
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    holds = tmp_path / "holds"
    hold("daw", "REAPER records", folder=holds)
    job = library.jobs.enqueue(recording, "labels")
    with ThreadPoolExecutor(1) as pool:
        runner = Runner(library, pool, lambda: 1, own=False, holds=holds)
        for _ in range(3):
            runner.step()
        assert runner.waiting == "REAPER records"
        assert library.jobs.get(job.id).state == "queued"
        release("daw", holds)
        while library.jobs.get(job.id).state != "done":
            runner.step()


class DyingExecutor(Executor):
    """Its workers die, so many times; then it works."""

    def __init__(self, deaths: int) -> None:
        self.deaths = deaths
        self.calls = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.calls += 1
        if self.calls <= self.deaths:
            future.set_exception(BrokenExecutor("a worker was ended abruptly"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_a_worker_that_dies_loses_nothing(
    library: Library, recording: str, findings: Findings, tmp_path: Path
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    job = library.jobs.enqueue(recording, "labels")
    run(library, tmp_path / "holds", DyingExecutor(2))
    assert done(library, job).attempts == 3


def test_one_that_always_dies_fails(
    library: Library, recording: str, findings: Findings, tmp_path: Path
) -> None:
    job = library.jobs.enqueue(recording)
    executor = DyingExecutor(100)
    run(library, tmp_path / "holds", executor)
    failed = library.jobs.get(job.id)
    assert failed.state == "failed"
    assert failed.error is not None
    assert "abruptly" in failed.error["cause"]
    assert executor.calls == 3


def test_a_runner_that_is_stopped_gives_its_jobs_back(
    library: Library, recording: str, tmp_path: Path
) -> None:
    class SlowExecutor(Executor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            stop.set()
            return Future()  # never done

    stop = threading.Event()
    job = library.jobs.enqueue(recording)
    Runner(library, SlowExecutor(), lambda: 1, own=False, holds=tmp_path / "holds").run(stop)
    assert library.jobs.get(job.id).state == "queued"


class Model(ThreadingHTTPServer):
    """Speaks OpenAI's chat completions and calls every riff `name`."""

    def __init__(self, name: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                ids = set(re.findall(r'"(r\d+)"', asked["messages"][0]["content"]))
                answer = json.dumps({"take": "Title", "riffs": {id: f"{name} {id}" for id in ids}})
                body = {"choices": [{"message": {"content": answer if name else "no idea"}}]}
                text = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def labels(self) -> LabelSettings:
        url = f"http://127.0.0.1:{self.server_port}/v1"
        return LabelSettings(model="m", provider="openai", url=url, key=SecretStr("secret"))


@pytest.mark.parametrize("stage", ["labels", "structure"])
def test_names_are_polished_and_outlive_a_corrected_grid(
    library: Library, recording: str, findings: Findings, tmp_path: Path, stage: str
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    library.follow_again(recording, findings)
    model = Model("Thunder")
    job = library.jobs.enqueue(recording, stage)
    run(library, tmp_path / "holds", labels=model.labels())
    model.shutdown()
    assert done(library, job).error is None
    names = [region.name for region in library.regions.all(recording)]
    assert names
    assert all("Thunder" in name for name in names)
    take = library.takes(recording)[0].id
    library.correct(take, TheOne(1.0))
    library.undo(take)
    assert [region.name for region in library.regions.all(recording)] == names


def test_a_model_that_gives_no_names_is_said_and_the_old_ones_stand(
    library: Library, recording: str, findings: Findings, tmp_path: Path
) -> None:
    library.save_analysis(recording, analysis(findings), findings)
    library.follow_again(recording, findings)
    names = [region.name for region in library.regions.all(recording)]
    model = Model("")
    job = library.jobs.enqueue(recording, "labels")
    run(library, tmp_path / "holds", labels=model.labels())
    model.shutdown()
    trouble = done(library, job).error
    assert trouble is not None
    assert trouble["remedy"]
    assert [region.name for region in library.regions.all(recording)] == names
