from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from creative_envs.benchmark.errors import InvalidResults, InvalidSuite
from creative_envs.benchmark.suite import Environment, load_suite
from creative_envs.benchmark.works import Episode, read_episodes, replay, write_episodes

QUICK = load_suite("quick")
MELODY = QUICK.environment("MelodyComposition")
PORTFOLIO = replace(MELODY, id="creative_envs/MelodyPortfolio-v0", arguments={"works": 3})


def play(environment: Environment, count: int) -> tuple[list[Episode], list[float], list[int]]:
    """Episodes of random legal actions, their rewards as paid, and how many works they made."""
    vector, rng = environment.make_held_out(count), np.random.default_rng(0)
    observation, _ = vector.reset(seed=5)
    briefs, actions = observation["brief"].copy(), [[] for _ in range(count)]
    reward, works = np.zeros(count), np.zeros(count, int)
    ongoing = np.ones(count, bool)
    while ongoing.any():
        mask = vector.action_masks()
        _, paid, ended, _, info = vector.step((mask * rng.random(mask.shape)).argmax(-1))
        for row in ongoing.nonzero()[0]:
            actions[row].append(int(info["executed_action"][row]))
            works[row] += bool("_work" in info and info["_work"][row])
        reward[ongoing] += paid[ongoing]
        ongoing &= ~ended
    episodes = [Episode(*one) for one in zip(briefs, map(np.array, actions), strict=True)]
    return episodes, reward.tolist(), works.tolist()


@pytest.mark.parametrize("environment", [*QUICK.environments, PORTFOLIO], ids=lambda one: one.name)
def test_works_made_again_are_worth_what_they_were(environment: Environment) -> None:
    episodes, rewards, counts = play(environment, 5)
    kept = read_episodes(write_episodes(episodes), "works.jsonl")
    again = replay(environment, kept)
    assert [len(works) for works in again] == counts
    assert [sum(work["reward"] for work in works) for works in again] == pytest.approx(rewards)
    assert len({work["tokens"].tobytes() for works in again for work in works}) == sum(counts)


def test_episodes_are_read_as_they_were_written() -> None:
    brief = np.random.default_rng(0).random(20).astype(np.float32)
    written = [Episode(brief, np.array([3, 0, 7])), Episode(brief, np.array([1]), step=12)]
    text = write_episodes(written)
    read = read_episodes(text, "x")
    assert [one.step for one in read] == [0, 12]
    for before, after in zip(written, read, strict=True):
        assert before.brief.tobytes() == after.brief.tobytes()
        assert before.actions.tolist() == after.actions.tolist()
    assert write_episodes(read) == text


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[1]",
        '{"brief": [0.5]}',
        '{"brief": "no", "actions": [1]}',
        '{"brief": [[0.5]], "actions": [1]}',
        '{"brief": [NaN], "actions": [1]}',
        '{"brief": [0.5], "actions": []}',
        '{"brief": [0.5], "actions": [1.5]}',
        '{"brief": [0.5], "actions": [1e400]}',
        '{"brief": [0.5], "actions": [99999999999999999999999]}',
        '{"brief": [0.5], "actions": [1], "step": -1}',
        '{"brief": [0.5], "actions": [1], "step": true}',
    ],
)
def test_damaged_lines_are_named(line: str) -> None:
    good = '{"brief": [0.5], "actions": [1]}'
    with pytest.raises(InvalidResults, match=r"works\.jsonl, line 2: "):
        read_episodes(f"{good}\n{line}\n{good}\n", "works.jsonl")


def test_what_is_no_episode_is_refused() -> None:
    (one, two), _, _ = play(MELODY, 2)

    def refused(episode: Episode, why: str) -> None:
        with pytest.raises(InvalidResults, match=why):
            replay(MELODY, [two, episode])

    refused(replace(one, actions=one.actions[:-1]), "Episode 1 stops before its end")
    refused(replace(one, actions=np.append(one.actions, 0)), "Episode 1 goes on after its end")
    refused(replace(one, actions=one.actions + 10_000), "has no action")
    refused(replace(one, brief=one.brief[:-1]), "brief")
    refused(replace(one, brief=one.brief + 2), "brief")
    illegal = one.actions.copy()
    vector = MELODY.make_held_out(1)
    vector.reset(seed=0, options={"brief": one.brief})
    for action in one.actions[:-1]:
        vector.step(np.array([action]))
    illegal[-1] = int((~vector.action_masks()[0]).argmax())
    refused(replace(one, actions=illegal), "Episode 1 takes an illegal action")


def test_no_works_are_no_works() -> None:
    assert replay(MELODY, []) == []
    assert read_episodes("", "x") == []


def test_a_brief_for_each_work_of_an_episode_cannot_be_made_again() -> None:
    environment = replace(PORTFOLIO, arguments={"works": 2, "brief_per": "work"})
    episodes, _, _ = play(MELODY, 1)
    with pytest.raises(InvalidSuite, match="brief_per"):
        replay(environment, episodes)
