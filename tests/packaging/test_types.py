"""Type checkers see the types of the package from outside, and catch what would go wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import creative_envs

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "typed_user.py"
MISUSE = {
    "sample_legal([1, 0], np.random.default_rng())": 'Argument 1 to "sample_legal"',
    "sample_legal(np.ones(3, np.int8))": 'Missing positional argument "rng"',
    "OneHotTokens('creative_envs/MelodyComposition-v0')": 'Argument 1 to "OneHotTokens"',
    "compose(0).save(3)": 'Argument 1 to "save" of "Melody"',
    "compose(0).tempi": '"Melody" has no attribute "tempi"',
    "Legal().train(0)": 'Argument 1 to "train"',
    "check: Agent = compose(0)": "Incompatible types in assignment",
}
"""Lines a user might write, and what mypy says of each."""


def test_the_example_passes_and_misuse_does_not(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    assert (Path(creative_envs.__file__).parent / "py.typed").exists()
    right = EXAMPLE.read_text(encoding="utf-8")
    misused = tmp_path / "misused.py"
    misused.write_text("\n".join([right, *MISUSE]) + "\n")
    # The project's own settings and cache: what `make lint` has looked at need not be again.
    options = [f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}"]
    said, problems, _ = api.run(["--strict", *options, str(misused)])
    assert not problems
    first = right.count("\n") + 2
    errors = dict(re.findall(r"(?m)^\S*misused\.py:(\d+): error: (.*)$", said))
    assert [int(line) for line in errors] == list(range(first, first + len(MISUSE))), said
    for told, expected in zip(errors.values(), MISUSE.values(), strict=True):
        assert told.startswith(expected)
