import base64
import io
import wave

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image

from creative_envs.benchmark.errors import InvalidResults
from creative_envs.benchmark.report import write_html
from creative_envs.benchmark.report.exhibits import (
    PICTURE_WIDTH,
    SAMPLE_RATE,
    Exhibit,
    _small_picture,
    _small_sound,
    exhibits,
    within,
)
from creative_envs.benchmark.report.table import by_suite
from creative_envs.benchmark.suite import load_suite
from creative_envs.benchmark.works import Episode
from creative_envs.core.sampling import sample_legal
from tests.benchmark.report_rows import row

SUITE = load_suite("quick")
MELODY = SUITE.environment("MelodyComposition")


@pytest.fixture(scope="module")
def episodes():
    """Two melodies played at random."""
    env = gym.make(MELODY.id, split="test")
    rng, found = np.random.default_rng(0), []
    for seed in range(2):
        observation, _ = env.reset(seed=seed)
        actions, ended = [], False
        while not ended:
            actions.append(int(sample_legal(observation["action_mask"], rng)))
            brief = observation["brief"]
            observation, _, ended, _, _ = env.step(actions[-1])
        found.append(Episode(brief, np.array(actions)))
    return found


def melody_rows():
    found = [row(MELODY.name, agent, seed, 0.5) for agent in ("one", "two") for seed in range(3)]
    return [{**one, "suite": SUITE.name} for one in found]


def content(uri):
    return base64.b64decode(uri.partition(",")[2])


def test_works_are_made_again_and_shown_with_picture_and_sound(episodes):
    entries = by_suite(melody_rows())[0].environments[MELODY.name]
    shown = exhibits(MELODY, entries, lambda row: episodes)
    assert [(one.agent, one.pick) for one in shown[:3]] == [
        ("one", "best"),
        ("one", "median"),
        ("one", "first"),
    ]
    firsts = [one for one in shown if one.pick == "first"]
    assert len({str(one.brief) for one in firsts}) == 1 and len(shown) == 6
    for one in shown:
        picture = Image.open(io.BytesIO(content(one.pictures[0])))
        assert picture.width <= PICTURE_WIDTH
        with wave.open(io.BytesIO(content(one.sound))) as file:
            assert file.getframerate() == SAMPLE_RATE and file.getnframes() > SAMPLE_RATE
        assert 0 <= one.scores["quality"] <= 1


def test_a_work_that_cannot_be_executed_is_refused(episodes):
    entries = by_suite(melody_rows())[0].environments[MELODY.name]
    broken = [Episode(one.brief, one.actions[:-1]) for one in episodes]
    with pytest.raises(InvalidResults):
        exhibits(MELODY, entries, lambda row: broken)


def test_the_page_has_works_to_look_at_and_to_listen_to(tmp_path, episodes):
    path = tmp_path / "page.html"
    write_html(melody_rows(), path, suites={SUITE.name: SUITE}, episodes=lambda row: episodes)
    text = path.read_text(encoding="utf-8")
    assert text.count("<audio controls") == 6 and text.count("<img ") == 6
    assert text.count('alt="') == 6


def test_sounds_lose_only_what_lies_beyond_half_their_rate():
    rate, seconds = 22_050, 1.0
    time = np.arange(int(rate * seconds)) / rate
    sound = 9000 * (np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 9000 * time))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound.astype("<i2").tobytes())
    with wave.open(io.BytesIO(content(_small_sound(buffer.getvalue())))) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
    power = np.abs(np.fft.rfft(frames - 128.0)) ** 2
    assert len(frames) == SAMPLE_RATE
    assert power.argmax() == 440 and power[435:446].sum() > 0.99 * power.sum()


def test_silence_stays_silent():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(22_050)
        file.writeframes(bytes(4 * 22_050))
    with wave.open(io.BytesIO(content(_small_sound(buffer.getvalue())))) as file:
        assert set(file.readframes(99_999)) == {128}


def test_pictures_become_narrow_and_keep_their_shape():
    buffer = io.BytesIO()
    Image.new("RGB", (1280, 300), "#336699").save(buffer, "PNG")
    small = Image.open(io.BytesIO(content(_small_picture(buffer.getvalue()))))
    assert small.size == (640, 150)
    assert small.convert("RGB").getpixel((5, 5)) == (0x33, 0x66, 0x99)


def test_sounds_of_medians_go_first_and_pictures_stay():
    def one(pick):
        return Exhibit("a", 0, pick, {}, {}, ("p" * 10, "m" * 20), "s" * 70)

    shown = [one("best"), one("median"), one("first")]
    assert within(shown, 300) == (shown, 0)
    kept, lost = within(shown, 250)
    assert lost == 1 and [x.size for x in kept] == [100, 10, 100]
    kept, lost = within(shown, 0)
    assert lost == 3 and [x.pictures for x in kept] == [("p" * 10,)] * 3
