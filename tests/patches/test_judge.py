import numpy as np
import pytest

from creative_envs.core.errors import CorruptData, InvalidArgument
from creative_envs.core.judging import judged
from creative_envs.patches.adversaries.controls import CONTROLS
from creative_envs.patches.artefact import Composition
from creative_envs.patches.audit import controls, shipped
from creative_envs.patches.audit.judge import (
    AuditJudge,
    audit_percentile,
    load_judge,
    pictures_of,
)
from creative_envs.patches.calibrate import LIBRARIES
from creative_envs.patches.craft.tables import tile_tables
from creative_envs.patches.framings import framings
from creative_envs.patches.geometry import N_TRANSFORMS, SIZES
from creative_envs.patches.lab import srgb_to_lab
from creative_envs.patches.library import load_library
from creative_envs.patches.patterns import FAMILIES, patterns
from creative_envs.patches.projection import budget, project, toned
from creative_envs.patches.reference import composed_pictures
from tests.patches.compositions import PHOTOGRAPHS

KINDS = (("procedural", 8), ("builtin", 6))


def held_out(library, size, each=60):
    """Projections of other details of the test pictures than the judge is calibrated on."""
    pixels = framings(composed_pictures("test"), each + 96, size).pixels
    some = np.concatenate((pixels[96 : 96 + each], pixels[-each:]))
    tables = tile_tables([library])
    lab = toned(srgb_to_lab(some), library)
    return project(lab, library, tables.seam_right[0], tables.seam_down[0])


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}")
def case(request):
    """A library, a size, and held-out works."""
    name, size = request.param
    library = load_library(name)
    return library, size, held_out(library, size)


def test_percentiles_of_held_out_pictures_are_uniform(case):
    library, size, works = case
    percentile = audit_percentile(works, size, library)
    assert percentile.shape == (len(works),) and percentile.dtype == np.float64
    np.testing.assert_allclose(np.quantile(percentile, [0.25, 0.5, 0.75]), [25, 50, 75], atol=15)


def test_lost_order_lies_low(case):
    library, size, works = case
    rng = np.random.default_rng(0)
    lost = controls.disorder(works, size, library, rng)
    median = {k: np.median(audit_percentile(c, size, library)) for k, c in lost.items()}
    assert max(median[k] for k in ("random", "shuffled cells", "50% of cells replaced")) < 5
    assert median["25% of cells replaced"] < 10
    assert 8 < median["10% of cells replaced"] < 45


FALSE_ORDER = {"luminance-sorted": 20, "mirrored detail": 5}


def test_false_order_it_was_never_taught_lies_low(case):
    library, size, works = case
    rng, tables = np.random.default_rng(1), tile_tables([library])
    tiles = np.flatnonzero(library.distinct)
    false = {"patterns": (patterns(tiles, size, len(works) // len(FAMILIES), rng), 5)}
    for name, limit in FALSE_ORDER.items():
        squares = works.astype(np.int64).reshape(-1, size, size)
        made = [CONTROLS[name](square, tables, rng) for square in squares]
        false[name] = np.array(made).reshape(works.shape), limit
    for name, (cells, limit) in false.items():
        assert np.median(audit_percentile(cells, size, library)) < limit, name


def test_turning_a_canvas_changes_nothing(case):
    library, size, works = case
    work = Composition(tuple(works[0].tolist()), size, library)
    cells = np.array([work.transformed(t).cells for t in range(N_TRANSFORMS)])
    scores = load_judge(library, size).score(pictures_of(cells, size, library))
    np.testing.assert_allclose(scores, scores[0], atol=1e-8)


def test_the_same_judge_is_taught_again():
    library = load_library("procedural")
    first, second = (AuditJudge.fit(library, 6) for _ in range(2))
    for name in ("middle", "weight", "precision", "zero", "unit", "held_out"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    other = load_judge(load_library("builtin"), 6)
    assert not np.allclose(first.weight, other.weight)


@pytest.mark.parametrize("name", LIBRARIES)
def test_judges_that_ship_are_those_that_are_taught(name, monkeypatch):
    library = load_library(name)
    taught = AuditJudge.fit(library, 6)
    monkeypatch.setattr(AuditJudge, "fit", None)
    load_judge.cache_clear()
    for size in SIZES:
        assert load_judge(library, size).side == 8 * size
    for number, expected in taught.to_arrays().items():
        found = getattr(load_judge(library, 6), number)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9, err_msg=number)


def test_other_judges_are_taught():
    library = load_library("procedural:seed=1")
    assert shipped.shipped_arrays(library.sha256, 6) is None
    weight = load_judge(library, 6).weight
    assert not np.allclose(weight, load_judge(load_library("procedural"), 6).weight)


def test_a_damaged_file_of_judges_is_refused(tmp_path, monkeypatch):
    content = bytearray(shipped.data_path().read_bytes())
    content[len(content) // 2] ^= 1
    damaged = tmp_path / "judges.npz"
    damaged.write_bytes(content)
    monkeypatch.setattr(shipped, "data_path", lambda: damaged)
    with pytest.raises(CorruptData, match=r"judges\.npz.*reinstall"):
        shipped._stored.__wrapped__()


def test_it_is_a_judge_of_larger_pictures_too(case):
    library, size, works = case
    judge = load_judge(library, size)
    cells = works[:6]
    expected = judge.score(pictures_of(cells, size, library))
    assert np.ptp(expected) > 0.1
    compositions = [Composition(tuple(row), size, library) for row in cells.tolist()]
    judgement = judged(judge, compositions, pictures_of(works, size, library), pixels=64 * size)
    np.testing.assert_allclose(judgement.scores, expected, rtol=1e-9)
    exact = judged(judge, compositions, pixels=8 * size)
    np.testing.assert_allclose(exact.scores, expected, rtol=1e-9)
    assert judgement.percentiles.shape == (6,)


def test_opinions_have_the_median_and_decile_of_held_out_pictures_as_units(case):
    library, size, works = case
    judge = load_judge(library, size)
    opinions = judge.opinions(pictures_of(works, size, library))
    np.testing.assert_array_equal(
        judge.score(pictures_of(works, size, library)), opinions.min(axis=1)
    )
    np.testing.assert_allclose(np.median(opinions, axis=0), 0, atol=0.4)
    np.testing.assert_allclose(np.quantile(opinions, 0.1, axis=0), -1, atol=0.5)


def test_pictures_are_laid_out_as_they_are_rendered():
    library = load_library("procedural")
    cells = np.random.default_rng(2).integers(0, len(library.tiles), (3, 36))
    rendered = [Composition(tuple(row), 6, library).picture(48) for row in cells.tolist()]
    np.testing.assert_array_equal(pictures_of(cells, 6, library), rendered)


@pytest.mark.parametrize(
    "cells",
    [
        np.zeros((2, 35), int),
        np.zeros(36, int),
        np.zeros((2, 36)),
        np.full((1, 36), -1),
        np.full((1, 36), 24 * 8),
    ],
)
def test_what_is_no_full_canvas_is_refused(cells):
    with pytest.raises(InvalidArgument, match="cell"):
        audit_percentile(cells, 6, load_library("procedural"))


def test_pictures_that_are_too_small_or_not_square_are_refused():
    judge = load_judge(load_library("procedural"), 8)
    for shape in ((1, 63, 63, 3), (1, 64, 65, 3)):
        with pytest.raises(InvalidArgument, match="square"):
            judge.score(np.zeros(shape, np.uint8))


def test_sizes_and_libraries_without_canvases_are_refused():
    with pytest.raises(InvalidArgument, match="size"):
        AuditJudge.fit(load_library("procedural"), 7)
    with pytest.raises(InvalidArgument, match="larger library"):
        AuditJudge.fit(PHOTOGRAPHS, 8)


def test_controls_are_what_their_names_say():
    library, size = load_library("procedural"), 6
    rng = np.random.default_rng(3)
    tiles = np.flatnonzero(library.distinct)
    works = controls.random_legal(20, size, library, rng)
    assert library.distinct[works].all()
    uses = np.array([np.bincount(row // N_TRANSFORMS, minlength=24) for row in works])
    assert uses.max() <= budget(size) and len(np.unique(works, axis=0)) == 20
    lost = controls.disorder(works, size, library, rng)
    shuffled = lost["shuffled cells"]
    np.testing.assert_array_equal(np.sort(shuffled), np.sort(works))
    assert (shuffled != works).any(axis=1).all()
    changed = (controls.replaced(works, 0.25, tiles, rng) != works).sum(axis=1)
    assert changed.max() == 9 and changed.min() >= 5
