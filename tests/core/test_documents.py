"""What works of every domain share: checked attributes, saving by suffix, JSON documents."""

from __future__ import annotations

import json

import numpy as np
import pytest

from creative_envs.core.documents import (
    checked_scores,
    data_uri,
    document_text,
    one_line,
    plain_mapping,
    reading_document,
    save_as,
    whole_number,
)
from creative_envs.core.errors import InvalidArgument, InvalidWork

TAG = "tests.thing/1"


def read(text, make=lambda document: document["part"]):
    with reading_document(text, TAG, "thing", "thing.json") as document:
        return make(document)


class TestAttributes:
    def test_whole_numbers_of_every_type(self):
        for number in (7, np.int8(7), np.uint64(7)):
            assert type(whole_number(number, "n")) is int and whole_number(number, "n") == 7
        for other in (7.0, "7", None, np.float32(7)):
            with pytest.raises(InvalidWork, match="n is"):
                whole_number(other, "n")

    def test_titles_are_one_line(self):
        assert one_line("  Blue\n\tRider ") == "Blue Rider"
        assert one_line("") == one_line(" \n") == "Untitled"

    def test_scores_are_finite_copies(self):
        scores = {"craft": np.float32(0.5)}
        checked = checked_scores(scores)
        assert checked == {"craft": 0.5} and type(checked["craft"]) is float
        for value in (np.nan, np.inf):
            with pytest.raises(InvalidWork, match="'craft'"):
                checked_scores({"craft": value})

    def test_plain_values_survive_json(self):
        plain = plain_mapping({"a": np.arange(2), "b": [1, (None, True)], "c": {"d": "e"}}, "brief")
        assert plain == {"a": (0, 1), "b": (1, (None, True)), "c": {"d": "e"}}
        assert plain_mapping(json.loads(json.dumps(plain)), "brief") == plain

    def test_what_json_cannot_keep_is_named(self):
        for value in (object(), {1, 2}, float("nan"), [float("inf")], {"deep": b"bytes"}, "\ud800"):
            with pytest.raises(InvalidWork, match=r"brief\['a'\]"):
                plain_mapping({"a": value}, "brief")

    def test_half_characters_are_refused_before_any_file_is_written(self):
        for refused in (
            lambda: one_line("\ud800"),
            lambda: checked_scores({"\ud800": 1.0}),
            lambda: plain_mapping({"\ud800": 1}, "brief"),
        ):
            with pytest.raises(InvalidWork, match="half a character"):
                refused()


class TestSaving:
    FORMATS = {".up": lambda text: text.upper().encode(), ".txt": str.encode}  # noqa: RUF012

    def test_the_suffix_decides(self, tmp_path):
        assert save_as("work", tmp_path / "a.UP", self.FORMATS).read_bytes() == b"WORK"
        assert save_as("work", str(tmp_path / "a.txt"), self.FORMATS).read_bytes() == b"work"

    def test_unknown_suffixes_list_the_known(self, tmp_path):
        with pytest.raises(InvalidArgument, match=r"'a\.mp3'.*\.up, \.txt"):
            save_as("work", tmp_path / "a.mp3", self.FORMATS)
        assert not list(tmp_path.iterdir())

    def test_a_failure_leaves_the_old_file(self, tmp_path):
        path = save_as("old", tmp_path / "a.txt", self.FORMATS)
        with pytest.raises(ZeroDivisionError):
            save_as("new", path, {".txt": lambda text: bytes(1 // 0)})
        assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


class TestDocuments:
    def test_round_trip(self):
        text = document_text(TAG, {"part": ["Blauer Reiter, größer", None, 0.1 + 0.2]})
        assert "größer" in text
        assert read(text) == ["Blauer Reiter, größer", None, 0.1 + 0.2]

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[]", "null", '{"format": "tests.thing/2"}', b"\xff\xfe", "[" * 100_000],
        ids=["empty", "cut", "list", "null", "other version", "bytes", "deep"],
    )
    def test_other_documents_are_refused_by_name(self, text):
        with pytest.raises(InvalidWork, match=r"thing\.json"):
            read(text)

    @pytest.mark.parametrize(
        "make",
        [
            lambda document: document["missing"],
            lambda document: document["part"] + 1,
            lambda document: document["part"].strip(),
            lambda document: float(10**400),
            lambda document: int("x"),
            lambda document: plain_mapping(nested(5000), "brief"),
        ],
    )
    def test_garbled_parts_are_refused_by_name(self, make):
        with pytest.raises(InvalidWork, match=r"thing\.json lacks or garbles a part of a thing"):
            read(document_text(TAG, {"part": [1]}), make)

    def test_refusals_of_the_work_itself_keep_their_words(self):
        with pytest.raises(InvalidWork, match=r"^thing\.json: size is 1\.5: give a whole number"):
            read(document_text(TAG, {}), lambda document: whole_number(1.5, "size"))


def nested(depth):
    inner = {}
    for _ in range(depth):
        inner = {"a": inner}
    return inner


def test_data_uri():
    assert data_uri("text/plain", b"hi") == "data:text/plain;base64,aGk="
