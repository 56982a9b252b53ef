"""The example of a domain of one's own: short, sound, and all that comes with the task protocol."""

from __future__ import annotations

from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image

from agents import commands
from creative_envs import artefact, check_creative_env
from creative_envs.benchmark.calibration import measure
from creative_envs.benchmark.suite import load_suite
from creative_envs.core.errors import InvalidArgument, InvalidBrief
from creative_envs.core.retrace import retrace
from examples.weaving import cloth
from examples.weaving.task import WeaveTask
from tests.docs.guides import ROOT
from tests.docs.shell import SMALL

ID = "examples.weaving:examples/WeaveDesign-v0"
FOLDER = ROOT / "examples" / "weaving"
MOST_LINES = 115
PLAIN = np.indices((8, 8)).sum(axis=0) % 2


def scored(up: np.ndarray, brief: list[float] | None = None, earlier: np.ndarray | None = None):
    task = WeaveTask()
    tokens = np.asarray(up, np.int16).reshape(-1, 8, 8)
    given = np.tile(np.array(brief or [0.5, 0.5, 0.0], np.float32), (len(tokens), 1))
    before = np.zeros((len(tokens), 0, 65), np.float32) if earlier is None else earlier
    return task.score(tokens, np.full(len(tokens), 8, np.int32), given, before)


def test_the_task_takes_about_a_hundred_lines() -> None:
    lines = [line.strip() for line in (FOLDER / "task.py").read_text().splitlines()]
    assert sum(bool(line) and not line.startswith(("#", '"""')) for line in lines) <= MOST_LINES


@pytest.mark.parametrize("name", ["WeaveDesign", "WeavePortfolio"])
def test_it_keeps_the_contract(name: str) -> None:
    env = gym.make(f"examples.weaving:examples/{name}-v0", render_mode="ansi")
    check_creative_env(env, episodes=2)


def test_known_weaves_are_well_made_as_asked_and_not_new() -> None:
    task = WeaveTask()
    up = cloth.handbook().weaves["train"]
    tokens, length = up.astype(np.int16), np.full(len(up), 8, np.int32)
    brief = np.concatenate([np.full((len(up), 1), 0.5), cloth.described(up)], axis=1)
    scores = task.score(tokens, length, brief, np.zeros((len(up), 0, 65), np.float32))
    assert np.median(scores.craft) > 0.9
    assert scores.adherence.min() == 1.0
    assert scores.novelty.max() == 0.0
    assert scores.valid.all()


def test_held_out_weaves_are_good_and_new_and_noise_is_only_new() -> None:
    task = WeaveTask()
    tokens, length, brief = task.reference_works(100)
    held_out = task.score(tokens, length, brief, np.zeros((len(tokens), 0, 65), np.float32))
    noise = scored(np.random.default_rng(0).integers(0, 2, (100, 8, 8)))
    assert np.median(held_out.novelty) == 1.0
    assert held_out.quality.mean() > 0.9 > 0.2 > noise.quality.mean()
    assert noise.novelty.mean() > 0.95


def test_where_a_repeat_begins_makes_no_difference() -> None:
    up = np.random.default_rng(1).integers(0, 2, (8, 8))
    moved = np.roll(up, (3, 5), (0, 1))
    first, second = scored(up), scored(moved)
    np.testing.assert_allclose(first.terms, second.terms, rtol=1e-5)
    assert first.novelty == second.novelty
    earlier = np.concatenate([[1.0], up.ravel()]).astype(np.float32)[None, None]
    assert scored(moved, earlier=earlier).novelty == 0.0


def test_floats_are_measured_round_the_repeat() -> None:
    up = np.zeros((1, 8, 8), int)
    up[0, :, [0, 1, 7]] = 1
    mean, longest = cloth.floats(up, 2)
    assert (mean[0], longest[0]) == (4.0, 5.0)
    assert cloth.floats(PLAIN[None], 1) == (1.0, 1.0)


def test_cloth_that_lies_in_two_layers_is_invalid() -> None:
    assert cloth.hangs_together(PLAIN[None]) == [True]
    layers = PLAIN.copy()
    layers[:4, 4:] = 0  # the first picks lie above the last ends,
    layers[4:, :4] = 1  # and the first ends above the last picks
    assert cloth.hangs_together(layers[None]) == [False]
    assert scored(layers).quality == 0.0


def test_no_thread_floats_over_more_than_five_within_a_repeat() -> None:
    rng = np.random.default_rng(0)
    envs = gym.make_vec(ID, num_envs=64)
    observation, _ = envs.reset(seed=0)
    for _ in range(8):
        ups = observation["action_mask"] * (cloth.PICKS.sum(axis=1) + 0.1 * rng.random(256))
        observation, _, _, _, info = envs.step(ups.argmax(axis=1))  # as many threads as may be
    tokens = info["work"]["tokens"]
    runs = np.lib.stride_tricks.sliding_window_view(tokens, 6, axis=1)
    assert not (runs.min(axis=-1) == runs.max(axis=-1)).any()
    assert cloth.floats(tokens, 2)[1].max() == cloth.LONGEST


def test_demonstrations_are_legal_and_make_the_weaves() -> None:
    task = WeaveTask()
    actions, length, brief = task.demonstrations(1000)
    tokens = cloth.PICKS[actions].astype(np.int16)
    assert (retrace(task, tokens, length, brief) == actions).all()
    assert (tokens == task.own[: len(tokens)]).all()


def test_a_brief_in_words_is_read_back() -> None:
    task = WeaveTask()
    brief = task.parse_brief({"warp_share": 0.6, "float": 2.5})
    assert task.describe_brief(brief) == {"warp_share": 0.6, "float": 2.5}
    with pytest.raises(InvalidBrief, match="did you mean 'float'"):
        task.parse_brief({"flaot": 2})
    with pytest.raises(InvalidArgument, match="split is one of"):
        WeaveTask(split="tset")


def test_a_weave_is_saved_for_looms_and_eyes(tmp_path: Path) -> None:
    work = {"tokens": PLAIN, "length": 8, "brief": [0.5, 0.5, 0.0]}
    gym.make(ID)
    weave = artefact("examples/WeaveDesign-v0", work)
    draft = weave.save(tmp_path / "plain.wif").read_text()
    assert "[LIFTPLAN]\n1=2,4,6,8\n2=1,3,5,7\n" in draft
    with Image.open(weave.save(tmp_path / "plain.png")) as picture:
        assert picture.size == (256, 256) and len(picture.getcolors()) == 2
    assert weave.save(tmp_path / "plain.txt").read_text().startswith("··██··██")
    with pytest.raises(InvalidArgument, match="saved as one of"):
        weave.save(tmp_path / "plain.mp3")


@pytest.mark.parametrize("track", ["from-scratch", "with-reference"])
def test_agents_train_on_it_by_module_and_id(
    track: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--env", ID, "--set", "head=pointer", "--track", track, *SMALL]
    arguments += ["--timesteps", "2000", "--set", "cloning_epochs=1"]
    assert commands.main([*arguments, "--out", str(tmp_path / "run")]) == 0
    assert "human" in capsys.readouterr().out
    assert (tmp_path / "run" / "works" / "trained-best.wif").stat().st_size > 0


def test_the_suite_says_what_calibration_measures() -> None:
    suite = load_suite(str(FOLDER / "weaves.toml"))
    (environment,) = suite.environments
    environment.check_references()
    assert measure(environment, suite.works, suite.point_works) == environment.yardstick
