"""The gallery: its rule, its pages and their media, the README's pictures."""

from __future__ import annotations

import html
import re
import wave

import numpy as np
import pytest
from PIL import Image

from agents.exhibition import banner
from agents.exhibition.__main__ import main
from agents.exhibition.banner import write_banner
from agents.exhibition.pages import brief_words, domain_page, front_page, plain
from agents.exhibition.rooms import DOMAINS, SAMPLE_RATE, furnished
from agents.gallery import PICKS

COUNT, SEED = 5, 3
NAMES = [
    "trained-best",
    "trained-median",
    "trained-random",
    "reference-median",
    "reference-random",
    "random-best",
    "random-median",
]
LINK = re.compile(r"(!?)\[([^]]*)\]\(([^)]+)\)")


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    """All rooms by their domain's folder, and the folder they are in."""
    out = tmp_path_factory.mktemp("gallery")
    made = {}
    for domain in DOMAINS:
        (out / domain.folder).mkdir()
        made[domain.folder] = furnished(domain, out / domain.folder, COUNT, SEED)
    return out, made


@pytest.fixture(params=[domain.folder for domain in DOMAINS])
def room(request, rooms):
    return rooms[0] / request.param, rooms[1][request.param]


def test_what_is_shown_follows_the_rule(room):
    _, made = room
    shown = {(h.exhibit.maker, h.exhibit.pick): h.exhibit.work["reward"] for h in made.works}
    for sample in made.evaluation.samples:
        assert len(sample.works) == COUNT
        rewards = sorted((work["reward"] for work in sample.works), reverse=True)
        expected = {"best": rewards[0], "median": rewards[COUNT // 2]}
        for pick in PICKS[sample.name]:
            if pick in expected:
                assert shown.pop((sample.name, pick)) == expected[pick]
            else:
                assert shown.pop((sample.name, pick)) in rewards
    assert not shown


def test_the_rewards_told_are_those_of_the_works(room):
    _, made = room
    told = re.findall(r"^\| reward .*\n\|[- |]+\n\| ([\d.]+)", domain_page(made), re.MULTILINE)
    assert told == [f"{hung.exhibit.work['reward']:.3f}" for hung in made.works]


def test_a_page_leads_to_all_its_files_and_nowhere_else(room):
    folder, made = room
    page = domain_page(made)
    named = {target for _, _, target in LINK.findall(page)} | set(
        re.findall(r'src="([^"]+)"', page)
    )
    assert named == {file.name for file in folder.iterdir() if file.suffix != ".md"}
    assert {name.partition(".")[0] for name in named} == set(NAMES)


def test_every_picture_is_described_by_its_brief(room):
    _, made = room
    descriptions = [text for picture, text, _ in LINK.findall(domain_page(made)) if picture]
    assert len(descriptions) == len(NAMES)
    for text, hung in zip(descriptions, made.works, strict=True):
        assert text.endswith(brief_words(hung.exhibit.brief))


def test_pictures_grow_and_battles_are_fought(rooms):
    for folder in ("patches", "tactics"):
        for name in NAMES:
            with Image.open(rooms[0] / folder / f"{name}.gif") as gif:
                assert gif.n_frames > 10


def test_sounds_are_light_and_heard(rooms):
    for name in NAMES:
        with wave.open(str(rooms[0] / "melody" / f"{name}.wav")) as file:
            assert (file.getnchannels(), file.getframerate()) == (1, SAMPLE_RATE)
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        assert np.abs(samples).max() > 20_000
        assert samples.nbytes < 280_000


def test_the_front_page_shows_each_models_median(rooms):
    out, made = rooms
    page = front_page(list(made.values()))
    pictures = [target for picture, _, target in LINK.findall(page) if picture]
    assert pictures == [f"{d.folder}/trained-median{d.view}" for d in DOMAINS]
    assert 'src="melody/trained-median.wav"' in page
    assert all((out / target).exists() for target in pictures)


def test_the_same_seed_makes_the_same_room_and_another_does_not(tmp_path, rooms):
    out, made = rooms
    domain = DOMAINS[0]
    again = furnished(domain, tmp_path, COUNT, SEED)
    assert domain_page(again) == domain_page(made[domain.folder])
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (out / domain.folder / file.name).read_bytes()
    other = furnished(domain, tmp_path, COUNT, SEED + 1)
    assert domain_page(other) != domain_page(again)


@pytest.mark.parametrize("text", ["Tom's *Reel* [2]", "a_b_c <i>", "#5f9e86", "up | down", "a\\b"])
def test_names_are_no_markup(text):
    markdown = pytest.importorskip("markdown")
    shown = re.sub("<[^>]*>", "", markdown.markdown(f"most like {plain(text)}."))
    shown = html.unescape(shown)
    assert shown == f"most like {text}."


def test_the_banner(tmp_path, monkeypatch):
    monkeypatch.setattr(banner, "STEPS", 4)
    still, moving = write_banner(tmp_path, COUNT, SEED)
    with Image.open(still) as image:
        assert image.width == 1140
    with Image.open(moving) as gif:
        assert (gif.width, gif.n_frames) == (840, 5)
        first = np.asarray(gif.convert("RGB"), int)
        gif.seek(4)
        last = np.asarray(gif.convert("RGB"), int)
    height = last.shape[0]
    for part in (np.s_[: height // 2], np.s_[height // 2 :, :380], np.s_[height // 2 :, 460:]):
        assert np.abs(first[part] - last[part]).max() > 100  # all three have moved


@pytest.mark.parametrize("arguments", [["--works", "2"], ["--seed", "-1"], ["--out", "FILE"]])
def test_mistakes_are_told_in_a_line(arguments, tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("not a folder")
    given = [str(file / "below") if word == "FILE" else word for word in arguments]
    assert main(given) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith("exhibition: ")
