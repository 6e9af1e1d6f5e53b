"""What is known of recordings over the API: jobs, takes and their grids, regions, exports."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import get_args

import mido
import pytest
import soundfile

from bridge.library.holds import hold, release
from bridge.recordings.export import FORMATS, KINDS, SOUND_FORMATS
from bridge.service.answers import FactFormat, FactKind, SoundFormat
from tests.service.desk import Desk

EVENTS = "ws://127.0.0.1:8765/recordings/events"


def ids(known: Desk) -> tuple[str, str, str]:
    """Of the recording, its take and its riff."""
    (entry,) = known.get("/recordings")
    takes = known.get(f"/recordings/{entry['id']}/takes")
    (riff,) = known.get(f"/recordings/{entry['id']}/regions")
    return entry["id"], next(each["id"] for each in takes if each["kind"] == "song"), riff["id"]


def test_the_api_offers_all_that_can_be_exported() -> None:
    assert set(get_args(FactFormat)) == set(FORMATS)
    assert get_args(FactKind) == KINDS
    assert {f".{name}" for name in get_args(SoundFormat)} == set(SOUND_FORMATS)


# -- takes


def test_a_take_has_its_grid_and_all_that_follows(known: Desk) -> None:
    recording, take, _ = ids(known)
    found = known.get(f"/takes/{take}")
    assert found["recording"] == recording
    assert found["tempo"] == pytest.approx(120, abs=0.5)
    assert {"grid", "chords", "sections", "riffs", "keys"} <= set(found["take"])
    renamed = known.ask("PATCH", f"/takes/{take}", json={"name": "Monday"})
    assert renamed["name"] == renamed["take"]["name"] == "Monday"


def test_a_grid_is_corrected_and_undone_and_corrected_again(known: Desk) -> None:
    _, take, _ = ids(known)
    corrections = f"/takes/{take}/corrections"
    doubled = known.ask("POST", corrections, json={"kind": "double"})
    assert doubled["tempo"] == pytest.approx(240, abs=1)
    assert doubled["corrections"] == [{"kind": "double"}]
    assert known.ask("POST", f"/takes/{take}/undo")["tempo"] == pytest.approx(120, abs=0.5)
    assert known.ask("POST", f"/takes/{take}/redo")["corrections"] == [{"kind": "double"}]
    known.ask("POST", f"/takes/{take}/undo")
    waltz = known.ask("POST", corrections, json={"kind": "metre", "counted": 3, "unit": 4})
    assert waltz["metre"] == "3/4"
    beats = [0.5 + 0.4 * n for n in range(30)]
    own = known.ask("POST", corrections, json={"kind": "beats", "beats": beats})
    assert own["take"]["grid"]["beats"] == pytest.approx(beats)


@pytest.mark.parametrize(
    "body",
    [
        '{"kind": "triple"}',
        '{"kind": "the_one", "at": 1e999}',
        '{"kind": "the_one", "at": NaN}',
        '{"kind": "metre", "counted": 0, "unit": 4}',
        '{"kind": "beats", "beats": [3, 2, 1]}',
        '{"kind": "beats", "beats": [1, Infinity]}',
        "{}",
    ],
)
def test_a_correction_that_cannot_be_changes_nothing(known: Desk, body: str) -> None:
    _, take, _ = ids(known)
    known.ask("POST", f"/takes/{take}/corrections", 422, content=body)
    assert known.get(f"/takes/{take}")["corrections"] == []


def test_there_is_nothing_to_undo_at_first(known: Desk) -> None:
    _, take, _ = ids(known)
    known.ask("POST", f"/takes/{take}/undo", 409)
    known.ask("POST", f"/takes/{take}/redo", 409)
    known.get("/takes/0123456789ab", 404)
    known.get("/takes/nothing", 422)


# -- regions


def test_a_region_is_drawn_changed_and_taken_away(known: Desk) -> None:
    recording, take, riff = ids(known)
    new = {"start": 4.5, "end": 8.5, "name": "bridge", "labels": ["try"]}
    drawn = known.ask("POST", f"/recordings/{recording}/regions", 201, json=new)
    assert (drawn["origin"], drawn["take"], drawn["bars"]) == ("manual", take, 2.0)
    changed = known.ask("PATCH", f"/regions/{drawn['id']}", json={"end": 12.5, "coolness": 9})
    assert (changed["end"], changed["bars"], changed["coolness"]) == (12.5, 4.0, 9)
    back = known.ask("PATCH", f"/regions/{drawn['id']}", json={"coolness": None})
    assert (back["end"], back["coolness"]) == (12.5, 0)
    all_ = known.get(f"/recordings/{recording}/regions")
    assert [each["id"] for each in all_] == [drawn["id"], riff]
    known.ask("DELETE", f"/regions/{drawn['id']}", 204)
    known.ask("DELETE", f"/regions/{riff}", 204)
    known.get(f"/regions/{riff}", 404)
    assert known.get(f"/recordings/{recording}/regions") == []


@pytest.mark.parametrize(
    "change", [{"end": 1000}, {"start": 9, "end": 8}, {"name": ""}, {"colour": 1}, {"start": -1}]
)
def test_a_region_that_cannot_be_is_refused(known: Desk, change: dict) -> None:
    recording, _, riff = ids(known)
    known.ask("PATCH", f"/regions/{riff}", 422, json=change)
    new = {"start": 1, "end": 2, "name": "x"} | change
    known.ask("POST", f"/recordings/{recording}/regions", 422, json=new)


def test_the_same_riff_is_found_in_another_recording(known: Desk, song: Path) -> None:
    recording, _, riff = ids(known)
    assert known.get(f"/regions/{riff}/like") == []
    library = known.store.library()
    samples, rate = soundfile.read(song)
    other = known.folder.parent / "other.wav"
    soundfile.write(other, 0.5 * samples, rate)
    entry = library.add(other)
    findings, facts = library.findings(recording), library.analysis(recording)
    library.save_analysis(entry.id, facts, findings)
    (hit,) = known.get(f"/regions/{riff}/like")
    assert hit["region"]["recording"] == entry.id
    assert hit["likeness"] > 0.9
    ranked = known.get(f"/regions/{riff}/tightest")
    assert {take["recording"] for take in ranked} == {hit["region"]["recording"], recording}
    assert len(known.get(f"/regions/{riff}/tightest?most=1")) == 1


# -- jobs


def test_a_job_is_queued_done_and_done_again(known: Desk) -> None:
    recording, _, _ = ids(known)
    with known.client, known.client.websocket_connect(EVENTS) as socket:
        hello = socket.receive_json()
        assert set(hello) == {"hello", "jobs"}
        job = known.ask("POST", f"/recordings/{recording}/analyze", 202, json={"stage": "labels"})
        assert (job["state"], job["begin"], job["recording"]) == ("queued", "labels", recording)
        said = [socket.receive_json()]
        while said[-1] != {"recording": recording, "change": "analysed"}:
            said.append(socket.receive_json())
        assert said[-2]["job"]["state"] == "done"
        assert said[-2]["job"]["progress"] == 1.0
    assert known.get(f"/jobs/{job['id']}")["state"] == "done"
    again = known.ask("POST", f"/jobs/{job['id']}/again", 202, json={"stage": "structure"})
    assert again["begin"] == "structure"
    listed = known.get("/jobs", params={"recording": recording})
    assert [each["id"] for each in listed["jobs"]] == [again["id"], job["id"]]
    known.get("/jobs/99", 404)


def test_jobs_wait_while_there_is_a_reason_and_say_it(known: Desk) -> None:
    recording, _, _ = ids(known)
    holds = known.folder.parent / "holds"
    hold("daw", "the DAW records", folder=holds)
    job = known.ask("POST", f"/recordings/{recording}/analyze", 202, json={})
    assert known.get("/jobs")["waiting"] == "the DAW records"
    again = known.ask("POST", f"/recordings/{recording}/analyze", 202, json={"most_riffs": 3})
    assert (again["id"], again["most_riffs"]) == (job["id"], 3)
    ended = known.ask("POST", f"/jobs/{job['id']}/cancel")
    assert ended["state"] == "cancelled"
    release("daw", folder=holds)
    assert known.get("/jobs")["waiting"] is None
    known.ask("POST", f"/recordings/{recording}/analyze", 422, json={"most_riffs": 25})
    known.ask("POST", f"/recordings/{recording}/analyze", 422, json={"stage": "separation"})


def test_what_is_changed_here_is_told(known: Desk) -> None:
    recording, take, _ = ids(known)
    with known.client, known.client.websocket_connect(EVENTS) as socket:
        socket.receive_json()
        known.ask("PATCH", f"/recordings/{recording}", json={"name": "Tuesday"})
        known.ask("POST", f"/takes/{take}/corrections", json={"kind": "halve"})
        known.ask("DELETE", f"/recordings/{recording}", 204)
        said = [socket.receive_json() for _ in range(3)]
    assert [each["change"] for each in said] == ["renamed", "grid corrected", "deleted"]


# -- exports


@pytest.mark.parametrize("format", ["wav", "flac", "ogg", "mp3"])
def test_a_riff_comes_back_as_a_loop(known: Desk, format: str) -> None:
    _, _, riff = ids(known)
    asked = {"format": format, "passes": 2, "count_in_bars": 1}
    answer = known.client.get(f"/regions/{riff}/loop", params=asked)
    assert answer.status_code == 200, answer.text
    sound = soundfile.SoundFile(io.BytesIO(answer.content))
    assert sound.frames / sound.samplerate == pytest.approx(18.0, abs=0.1)
    assert f".{format}" in answer.headers["content-disposition"]
    assert list((known.folder / "exports").iterdir()) == []


def test_a_loop_that_cannot_be_is_refused_and_leaves_nothing(known: Desk) -> None:
    recording, _, riff = ids(known)
    known.get(f"/regions/{riff}/loop", 422, params={"tempo": 20})
    known.get(f"/regions/{riff}/loop", 422, params={"passes": 11})
    known.get(f"/recordings/{recording}/loop", 422, params={"start": 5, "end": 5})
    known.get(f"/recordings/{recording}/loop", 422, params={"start": 5, "end": 500})
    assert list((known.folder / "exports").iterdir()) == []


def test_any_stretch_comes_back_at_another_tempo(known: Desk) -> None:
    recording, _, _ = ids(known)
    asked = {"start": 0.5, "end": 8.5, "tempo": 100}
    answer = known.client.get(f"/recordings/{recording}/loop", params=asked)
    sound = soundfile.SoundFile(io.BytesIO(answer.content))
    assert sound.frames / sound.samplerate == pytest.approx(9.6, abs=0.01)


def test_facts_come_back_in_each_format(known: Desk) -> None:
    recording, take, riff = ids(known)
    for format in FORMATS:
        answer = known.client.get(f"/recordings/{recording}/facts/{format}")
        assert (answer.status_code, bool(answer.content)) == (200, True)
        assert FORMATS[format].suffix in answer.headers["content-disposition"]
    midi = known.client.get(f"/recordings/{recording}/facts/midi").content
    tempos = [
        m for t in mido.MidiFile(file=io.BytesIO(midi)).tracks for m in t if m.type == "set_tempo"
    ]
    assert tempos
    asked = {"region": riff, "kinds": ["chords"], "zero": True}
    chords = known.client.get(f"/recordings/{recording}/facts/csv", params=asked).text
    assert "chords" in chords
    assert "sections" not in chords
    whole = json.loads(known.client.get(f"/recordings/{recording}/facts/json").text)
    part = json.loads(
        known.client.get(f"/recordings/{recording}/facts/json", params={"start": 9}).text
    )
    assert len(json.dumps(part)) < len(json.dumps(whole))
    known.get(f"/recordings/{recording}/facts/csv", 422, params={"take": take, "region": riff})
    known.get(f"/recordings/{recording}/facts/csv", 422, params={"start": 9, "end": 9})
    known.get(f"/recordings/{recording}/facts/csv", 404, params={"take": "0123456789ab"})


def test_nothing_can_be_exported_before_it_is_analysed(desk: Desk, song: Path) -> None:
    id = desk.upload(song.read_bytes())["id"]
    desk.get(f"/recordings/{id}/facts/midi", 409)
    assert desk.get(f"/recordings/{id}/takes") == []
    assert desk.get(f"/recordings/{id}/regions") == []


def test_the_list_is_searched_and_comes_in_parts(desk: Desk, song: Path) -> None:
    content = song.read_bytes()
    for n, name in enumerate(("verse", "chorus", "bridge")):
        desk.upload(content[:-1] + bytes([n]), f"{name}.wav")
    assert [each["name"] for each in desk.get("/recordings")] == ["bridge", "chorus", "verse"]
    assert [each["name"] for each in desk.get("/recordings", params={"text": "RS"})] == ["verse"]
    (second,) = desk.get("/recordings", params={"skip": 1, "most": 1})
    assert second["name"] == "chorus"
    desk.get("/recordings", 422, params={"most": 0})
