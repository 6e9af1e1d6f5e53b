"""Which piece of which file a selected item plays, against formulas of our own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lupa import lua53, lua54

from bridge.daw.analysed import Placement
from tests.daw_scripts.reaper.project import Item, Source, Take
from tests.daw_scripts.test_reaper_items import Desk, unicode

PLAYED = [(lua53, "6.71"), (lua54, "7.78")]


@pytest.fixture(params=PLAYED, ids=lambda played: played[1])
def desk(request, tmp_path) -> Desk:
    desk = Desk(*request.param, tmp_path)
    yield desk
    assert desk.reaper.mistakes == []


def of(desk: Desk, item: Item):
    """What lib/media.lua says of an item: (sound, why)."""
    media = desk.library("media")
    told = media.script.lua.eval(
        "function(guid) for i = 0, reaper.CountMediaItems(0) - 1 do "
        "local item = reaper.GetMediaItem(0, i) "
        "local _, each = reaper.GetSetMediaItemInfo_String(item, 'GUID', '', false) "
        "if each == guid then return module.of(item) end end end"
    )(item.guid)
    return told if isinstance(told, tuple) else (told, None)


def placement(desk: Desk, item: Item) -> Placement:
    sound, why = of(desk, item)
    assert sound is not None, dict(why)
    return Placement.read(sound["map"])


def recording(desk: Desk, length: float = 600.0, name: str = "take.wav") -> Source:
    path = desk.folder / name
    path.write_bytes(b"RIFF")
    return Source(desk.reaper.guid(), path=str(path), length=length)


def placed(desk: Desk, source: Source | None, at: float, length: float, **take: float) -> Item:
    item = desk.item(desk.track("Guitar"), at, length, B_LOOPSRC=0.0)
    item.takes = [Take(desk.reaper.guid(), source, dict(take), "Take 1")]
    return item


def test_offset_and_rate_follow_the_documented_formula(desk) -> None:
    item = placed(desk, recording(desk), 12.5, 20.0, D_STARTOFFS=3.25, D_PLAYRATE=1.25)
    where = placement(desk, item)
    for t in np.linspace(12.5, 32.5, 9):
        assert where.at(3.25 + (t - 12.5) * 1.25) == pytest.approx(t, abs=1e-8)
    assert where.span.start == pytest.approx(3.25)
    assert where.span.end == pytest.approx(28.25)


@pytest.mark.parametrize("lua", [lua53, lua54], ids=["5.3", "5.4"])
def test_any_item_follows_the_formula(lua, tmp_path_factory) -> None:
    desk = Desk(lua, "7.78", tmp_path_factory.mktemp("any"))
    source = recording(desk, 100.0)
    item = placed(desk, source, 0.0, 1.0)
    media = desk.library("media")
    media.script.lua.execute("first = function() return module.of(reaper.GetMediaItem(0, 0)) end")
    call = media.script.lua.globals().first

    @given(
        at=st.floats(0, 5000),
        length=st.floats(0.6, 300),
        offset=st.floats(-20, 99),
        rate=st.floats(0.25, 4),
        section=st.none() | st.tuples(st.floats(0, 50), st.floats(2, 50)),
    )
    @settings(max_examples=60, deadline=None)
    def follows(at, length, offset, rate, section) -> None:
        item.values |= {"D_POSITION": at, "D_LENGTH": length}
        take = item.takes[0]
        take.values = {"D_STARTOFFS": offset, "D_PLAYRATE": rate}
        take.source = source
        begin, size = section or (0.0, 100.0)
        if section:
            take.source = Source("{S}", "SECTION", parent=source, section=(*section, False))
        first = max(offset, 0.0)
        last = min(offset + length * rate, size, 100.0 - begin)
        told = call()
        if last - first < 0.5:
            assert isinstance(told, tuple) and told[0] is None
            return
        where = Placement.read(told["map"])
        assert where.span.start == pytest.approx(begin + first, abs=1e-6)
        assert where.span.end == pytest.approx(begin + last, abs=1e-6)
        for s in np.linspace(first, last, 5):
            assert where.at(begin + s) == pytest.approx(at + (s - offset) / rate, abs=1e-5)

    follows()
    assert desk.reaper.mistakes == []


def test_sections_within_sections_add_their_offsets(desk) -> None:
    inner = Source("{A}", "SECTION", parent=recording(desk), section=(10.0, 100.0, False))
    outer = Source("{B}", "SECTION", parent=inner, section=(5.0, 30.0, False))
    where = placement(desk, placed(desk, outer, 100.0, 20.0, D_STARTOFFS=2.0))
    assert where.at(17.0) == pytest.approx(100.0)
    assert where.span.end == pytest.approx(37.0)


def curve(mark, after, x: float) -> float:
    """Source position between two markers: the speed is 1 - slope to 1 + slope of its mean."""
    u = np.linspace(0, 1, 20001)
    speed = 1 + mark[2] * (2 * u - 1)
    way = np.concatenate([[0], np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(u))])
    share = (x - mark[0]) / (after[0] - mark[0])
    return mark[1] + float(np.interp(share, u, way)) * (after[1] - mark[1])


@pytest.mark.parametrize("rate", [1.0, 0.5, 1.7])
def test_stretch_markers_are_mapped_piece_by_piece(desk, rate) -> None:
    item = placed(desk, recording(desk), 50.0, 20.0, D_PLAYRATE=rate, D_STARTOFFS=4.0)
    marks = [[2.0, 6.0, 0.0], [5.0, 8.0, 0.3], [9.0, 14.0, 0.0]]
    item.takes[0].stretch = marks
    where = placement(desk, item)
    assert where.at(6.0) == pytest.approx(50 + 2.0 / rate, abs=1e-6)
    assert where.at(7.0) == pytest.approx(50 + 3.5 / rate, abs=1e-6)  # in the middle: straight
    assert where.at(5.0) == pytest.approx(50 + 1.0 / rate, abs=1e-6)  # before: at its own speed
    for x in (5.5, 6.2, 7.7, 8.9):
        assert where.at(curve(marks[1], marks[2], x)) == pytest.approx(50 + x / rate, abs=0.02)
    if rate >= 1:
        assert where.at(15.0) == pytest.approx(50 + 10 / rate, abs=1e-6)  # behind the last


def test_stretch_markers_outside_of_the_item_count_only_inside(desk) -> None:
    item = placed(desk, recording(desk), 10.0, 4.0)
    item.takes[0].stretch = [[-3.0, 1.0], [2.0, 5.0], [30.0, 40.0]]
    where = placement(desk, item)
    assert where.positions[0] == pytest.approx(10.0) and where.positions[-1] == pytest.approx(14.0)
    assert where.at(5.0) == pytest.approx(12.0)


def test_an_item_that_repeats_its_file_is_its_first_run_and_says_so(desk) -> None:
    item = placed(desk, recording(desk, 8.0), 100.0, 30.0, D_STARTOFFS=2.0)
    item.values["B_LOOPSRC"] = 1.0
    sound, _ = of(desk, item)
    where = Placement.read(sound["map"])
    assert (where.span.start, where.span.end) == pytest.approx((2.0, 8.0))
    assert where.positions[-1] == pytest.approx(106.0)
    assert "first run" in sound["notes"][1]


def test_an_item_within_its_file_needs_no_word(desk) -> None:
    item = placed(desk, recording(desk), 0.0, 30.0)
    item.values["B_LOOPSRC"] = 1.0
    assert len(of(desk, item)[0]["notes"]) == 0


def test_a_transposed_item_says_that_chords_are_those_of_the_file(desk) -> None:
    sound, _ = of(desk, placed(desk, recording(desk), 0.0, 30.0, D_PITCH=2.0))
    assert "pitch" in sound["notes"][1]


@pytest.mark.parametrize("name", ["spaces in it.wav", "Größe 音 🥁.wav", "a,b;c=d#.wav", "'q'.wav"])
def test_files_in_odd_places_are_told_as_they_are(desk, name) -> None:
    sound, _ = of(desk, placed(desk, recording(desk, name=name), 0.0, 30.0))
    assert Path(unicode(sound["path"])) == desk.folder / name


def refusals(desk: Desk):
    there = recording(desk)
    back = Source("{R}", "SECTION", parent=there, section=(0.0, 10.0, True))
    held = placed(desk, there, 0, 10)
    held.takes[0].stretch = [[1.0, 5.0], [4.0, 4.0]]
    empty = placed(desk, None, 0, 10)
    text = placed(desk, None, 0, 10)
    text.takes = []
    return {
        "backwards": placed(desk, back, 0, 10),
        "MIDI": placed(desk, Source("{M}", "MIDI", length=10), 0, 10),
        "subproject": placed(desk, Source("{P}", "RPP_PROJECT", "x.rpp", 10), 0, 10),
        "no sound file": placed(desk, Source("{V}", "VIDEO", "", 10), 0, 10),
        "offline": placed(desk, Source("{E}", "EMPTY", "", 0), 0, 10),
        "not there": placed(desk, Source("{G}", "WAVE", "/gone/it.wav", 10), 0, 10),
        "no source": empty,
        "a text": text,
        "hold it still": held,
        "half a second": placed(desk, there, 0, 10, D_STARTOFFS=599.9),
        "how long": placed(desk, Source("{Z}", "WAVE", there.path, 0), 0, 10),
    }


def test_what_cannot_be_analysed_is_refused_with_cause_and_remedy(desk) -> None:
    for words, item in refusals(desk).items():
        sound, why = of(desk, item)
        assert sound is None
        assert words in why["cause"], (words, dict(why))
        assert why["what"] and why["remedy"]
