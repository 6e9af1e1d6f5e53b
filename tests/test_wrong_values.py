"""Wrong values and torn files of settings: said in words, with what to write instead."""

from pathlib import Path

import pytest

from bridge.errors import BridgeError
from bridge.settings import leaves, load, read_toml


def refused(name: str, value: object) -> str:
    with pytest.raises(BridgeError) as told:
        load(environment={}, flags={name: value})
    return str(told.value)


def torn(tmp_path: Path, text: str) -> str:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BridgeError) as told:
        read_toml(path)
    return str(told.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("daw.offset", "abc", "a number from -1 to 1"),
        ("daw.offset", 4, "a number from -1 to 1"),
        ("source.block", 4, "a number from 16 to 8192"),
        ("source.block", 20.5, "a whole number from 16 to 8192"),
        ("source.rate", "fast", "a whole number such as 4"),
        ("recorder.keep", 0, "a number, 1 at least"),
        ("source.channels", ["left"], "a whole number such as 4"),
        ("source.channels", 3, "a list, in brackets"),
        ("source.input", 3, "a text, in quotes"),
        ("midi.on", "maybe", "true or false"),
        ("midi.beats", "loud", "one of off, notes or cc"),
        ("osc.targets", [{"rate": 0}], "a number, more than 0"),
        ("osc.targets", [{"port": 0}], "a number from 1 to 65535"),
        ("service", 1, "a group of settings"),
        ("service.folders", ["music"], "music is no whole path"),
    ],
)
def test_what_a_setting_has_to_be_is_said(name: str, value: object, words: str) -> None:
    said = refused(name, value)
    assert words in said
    assert "the command line" in said
    for programmers in ("valid", "parse", "tuple", "Value error", "flag", "Input"):
        assert programmers not in said


@pytest.mark.parametrize("value", ["?", [], {"a": 1}, -1e9])
def test_no_setting_refuses_in_programmers_words(value: object) -> None:
    for name, _ in leaves(load(environment={}).settings):
        try:
            load(environment={}, flags={name: value})
        except BridgeError as error:
            assert "Input should" not in str(error), name


@pytest.mark.parametrize(
    ("wrong", "meant"), [("midi.chord", "midi.chords"), ("midi.latancy", "midi.latency")]
)
def test_a_misspelt_setting_is_told_by_the_one_that_was_meant(wrong: str, meant: str) -> None:
    assert f"did you mean {meant}?" in refused(wrong, True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[source]\nloop = true\n[source]\ninput = 'a'\n", 3, "below the first [source]"),
        ("[midi]\n[[osc.targets]]\n[osc.targets]\n", 3, "line 3"),
        ("[source]\ninput = Scarlett\n", 2, 'write input = "Scarlett"'),
        ("[source]\ninput = Scarlett 2i2 # mine\n", 2, 'write input = "Scarlett 2i2"'),
        ("[source]\ninput = C:\\Music\\a.wav\n", 2, "write input = 'C:\\Music\\a.wav'"),
        ('[source]\ninput = "C:\\Users\\a.wav"\n', 2, "write input = 'C:\\Users\\a.wav'"),
        ('[source]\ninput = "Scarlett\nloop = true\n', 2, 'write input = "Scarlett"'),
        ("[daw]\noffset = 0,5\n", 2, "write offset = 0.5"),
        ("[daw]\noffset =\n", 2, "nothing stands after offset ="),
        ("[daw]\non = true\non = false\n", 3, "on stands there a second time"),
        ("[daw]\non = true\n\noffset\n# end\n", 4, "'offset' is no setting"),
        ("[daw\non = true\n", 1, "'[daw' is no setting"),
    ],
)
def test_a_torn_file_names_the_line_and_what_to_write(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    said = torn(tmp_path, text)
    assert f"line {line}:" in said
    assert words in said


@pytest.mark.parametrize("name", ["key", "token", "url"])
@pytest.mark.parametrize("value", ["sk-secret", '"sk-secret', "'sk'-secret", '"a\\secret"'])
def test_a_torn_file_repeats_no_secret(tmp_path: Path, name: str, value: str) -> None:
    assert "secret" not in torn(tmp_path, f"[labels]\n{name} = {value}\n")
    assert "secret" not in torn(tmp_path, f"[labels]\n{name} {value}\n")


def test_a_file_in_another_encoding_is_said(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes("[midi]\nport = 'Bühne'\n".encode("latin-1"))
    with pytest.raises(BridgeError, match="UTF-8"):
        read_toml(path)
