import json

import numpy as np
import pytest

from agents.callbacks import unique_share
from agents.environments import make_test_envs
from agents.evaluation import (
    Evaluation,
    Sample,
    audit,
    earlier_works,
    format_table,
    mean_difference,
    quality_when_dealt,
    reference_sample,
    sample_works,
)
from agents.gallery import choose
from agents.training import make_model
from creative_envs.core.reward import work_reward
from tests.agents.necklaces import NECKLACES, necklace_envs, tiny_config
from tests.toy_domain import BEADS, NecklaceTask


def make_work(reward, tokens=(0,)):
    scores = dict.fromkeys(("quality", "craft", "adherence", "novelty"), reward / 2)
    rows = np.array(tokens)[:, None]
    return {"reward": reward, "tokens": rows, "length": len(rows), "brief": np.zeros(2), **scores}


@pytest.mark.parametrize("works", [1, 3])
def test_samples_are_whole_episodes_and_a_function_of_the_seed(works):
    config = tiny_config(env_kwargs={"works": works})
    policy = make_model(config, necklace_envs(works=works), "cpu").policy
    for maker in (None, policy):
        first, same, other = (sample_works(config, maker, 10, seed) for seed in (1, 1, 2))
        assert len(first) == 10
        assert all(work["length"] == BEADS for work in first)
        assert [w["tokens"].tolist() for w in first] == [w["tokens"].tolist() for w in same]
        assert [w["tokens"].tolist() for w in first] != [w["tokens"].tolist() for w in other]
        if works == 3:
            assert np.array_equal(first[0]["brief"], first[2]["brief"])


def test_sampling_disturbs_no_other_randomness():
    import torch

    config = tiny_config()
    policy = make_model(config, necklace_envs(), "cpu").policy
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    sample_works(config, policy, 4, seed=1)
    assert torch.equal(torch.rand(2), expected)


def test_measures_by_hand():
    works = [make_work(0.2, (1, 2)), make_work(0.6, (1, 2)), make_work(0.4, (3, 4))]
    sample = Sample("trained", works, np.array([10.0, 90.0, 40.0]))
    measures = sample.measures()
    assert measures["reward"] == pytest.approx(0.4)
    assert measures["quality"] == pytest.approx(0.2)
    assert measures["audit"] == 40
    assert measures["unique"] == pytest.approx(2 / 3)
    assert sample.ranking().tolist() == [1, 2, 0]
    assert "audit" not in Sample("random", works, None).measures()
    assert unique_share(works[:2]) == 0.5
    assert measures["difference"] == pytest.approx(2 / 3)


def test_difference_counts_tokens_of_works_of_one_episode():
    works = [make_work(0, tokens) for tokens in ((1, 2, 3, -1), (1, 2, 4, -1), (5, 6, 7, 8))]
    for work, length in zip(works, (3, 3, 4), strict=True):
        work["length"] = length
    assert mean_difference(works) == pytest.approx((1 / 3 + 1 + 1) / 3)
    assert mean_difference(works[:2] * 2, per_episode=2) == pytest.approx(1 / 3)
    assert mean_difference(works[:1] * 2) == 0


def test_works_are_dealt_the_briefs_of_the_next_episode():
    class Kept(NecklaceTask):
        keeps_sense_for_other_briefs = True

    works = [make_work(0, (0, 1, 2, 3, 4, 0)), make_work(0, (4, 3, 2, 1, 0, 4))]
    works[1]["brief"] = np.array([0.0, 1.0])
    assert quality_when_dealt(NecklaceTask(), works) is None
    assert quality_when_dealt(Kept(), works) == 0
    assert quality_when_dealt(Kept(), works[::-1], per_episode=2) == 1


def test_choice_of_works():
    sample = Sample("trained", [make_work(r) for r in (0.1, 0.9, 0.3, 0.5, 0.7)], None)
    chosen = choose(sample, ("best", "median", "random"), seed=3)
    assert (chosen["best"], chosen["median"]) == (1, 3)
    assert chosen["random"] in {0, 2, 4}


def test_table_leaves_out_what_nobody_has():
    table = {"random": {"reward": 0.25, "unique": 1.0}, "human": {"reward": 0.5, "audit": 51.0}}
    assert format_table(table).splitlines() == [
        "              reward      audit     unique",
        "random         0.250          -       100%",
        "human          0.500         51          -",
    ]


def test_a_domain_without_references_or_judge_has_no_such_row():
    env = make_test_envs(NECKLACES, {}, 1)
    assert reference_sample(env, 5) == []
    assert audit(env.task, sample_works(tiny_config(), None, 4, seed=0)) is None


def test_reference_works_are_scored_like_any_other(monkeypatch):
    tokens = np.array([[[0], [1], [2], [3], [4], [0]], [[1], [0], [1], [0], [1], [0]]], np.int16)
    brief = np.array([[0, 0], [0, 1]], np.float32)
    monkeypatch.setattr(
        NecklaceTask,
        "reference_works",
        lambda self, count: (tokens[:count], np.full(2, BEADS, np.int32)[:count], brief[:count]),
    )
    env = make_test_envs(NECKLACES, {"novelty_weight": 0.25, "works": 3}, 1)
    good, bad = reference_sample(env, 2)
    assert (good["quality"], good["novelty"]) == (1.0, 1.0)
    assert bad["quality"] == pytest.approx(0.4 * 0.25)
    assert good["brief"][0] == 0.25
    one = np.ones(1, np.float32)
    assert good["reward"] == work_reward(one, one, one * 0.25)[0]


def test_evaluation_is_saved_as_json(tmp_path):
    evaluation = Evaluation((Sample("random", [make_work(0.5)], None),))
    evaluation.save(tmp_path / "table.json")
    assert json.loads((tmp_path / "table.json").read_text()) == evaluation.table()
    assert evaluation.sample("human") is None
    assert "random" in str(evaluation)


def test_reference_works_of_a_portfolio_find_the_earlier_ones_of_their_episode():
    task = NecklaceTask()
    tokens = np.array([[[0], [1]] * 3, [[2], [3]] * 3] * 2, np.int16)
    length, brief = np.full(4, 6, np.int32), np.zeros((4, 2), np.float32)
    earlier = earlier_works(task, 3, tokens, length, brief)
    assert earlier[:, :, 0].tolist() == [[0, 0], [1, 0], [1, 1], [0, 0]]
    novelty = task.score(tokens, length, brief, earlier).novelty
    assert novelty.tolist() == [1, 1, 0, 1]  # the third repeats the first; the fourth begins anew


def test_a_task_without_splits_is_evaluated_all_the_same(monkeypatch):
    monkeypatch.setattr(NecklaceTask, "__init__", _init_without_split)
    env = make_test_envs(NECKLACES, {}, 2)
    assert env.num_envs == 2


def _init_without_split(self, beads: int = BEADS):
    self.n_actions, self.max_length, self.token_sizes = 5, beads, (5,)
    self.brief_size, self.memory_size = 2, beads
