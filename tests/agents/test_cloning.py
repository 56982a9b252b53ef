import json

import numpy as np
import pytest

from agents.cloning import MEASURES, main
from agents.ppo import imitation
from tests.agents.necklaces import NECKLACES, mirrored
from tests.toy_domain import COLOURS, NecklaceTask

TINY = [
    *("--env", NECKLACES, "--seeds", "2"),
    *("--set", "cloning_epochs=3", "--set", "eval_works=8"),
]


def test_variants_are_compared_seed_by_seed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(NecklaceTask, "symmetric_demonstrations", mirrored)
    monkeypatch.setattr(imitation, "BATCH_SIZE", 48)
    out = tmp_path / "measures.json"
    assert main([*TINY, "--out", str(out)]) == 0
    columns, *rows = capsys.readouterr().out.partition("\n\n")[0].splitlines()[-4:]
    assert tuple(columns.split()) == MEASURES
    assert [row.split()[0] for row in rows] == ["plain", "augmented", "gain"]
    found = json.loads(out.read_text())
    assert set(found) == {"plain", "augmented"} and all(len(v) == 2 for v in found.values())
    (first, second), (other, _) = found["plain"], found["augmented"]
    assert first["nats"] != second["nats"] and first["nats"] != other["nats"]
    assert 0 < first["nats"] < np.log(COLOURS)


def test_one_variant_is_what_it_is_beside_the_other(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(NecklaceTask, "symmetric_demonstrations", mirrored)
    out = [tmp_path / name for name in ("both.json", "one.json")]
    assert main([*TINY, "--out", str(out[0])]) == 0
    assert "gain" in capsys.readouterr().out
    assert main([*TINY, "--out", str(out[1]), "--variant", "augmented"]) == 0
    assert "gain" not in capsys.readouterr().out
    both, one = (json.loads(path.read_text()) for path in out)
    assert one == {"augmented": both["augmented"]}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--env", "creative_envs/MelodyCompositio-v0"], "did you mean"),
        (["--seeds", "0"], "at least 1"),
        (["--set", "cloning_epoch=3"], "did you mean 'cloning_epochs'"),
        (["--variant", "augmented"], "no symmetries"),
    ],
)
def test_mistakes_are_one_line(tmp_path, capsys, flags, words):
    assert main([*TINY, "--out", str(tmp_path / "out.json"), *flags]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "cloning: " in said and words in said


def test_a_place_that_cannot_be_written_is_named_before_anything_is_cloned(tmp_path, capsys):
    assert main([*TINY, "--out", str(tmp_path / "missing" / "out.json")]) == 2
    out, said = capsys.readouterr()
    assert "give --out another path" in said and "Cloned" not in out
