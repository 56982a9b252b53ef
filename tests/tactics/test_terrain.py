"""Maps: which can be fought on, what it costs to cross them, and what the generator draws."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from creative_envs.core.errors import InvalidArgument
from creative_envs.tactics.terrain.ground import Ground, stacked
from creative_envs.tactics.terrain.maps import MAP_KINDS, generate_map
from creative_envs.tactics.terrain.travel import UNREACHABLE, travel_costs
from creative_envs.tactics.vocabulary import (
    COLUMNS,
    DEPLOY_COLUMNS,
    FOREST,
    HILL,
    PLAIN,
    RIVER,
    ROCK,
    ROWS,
    TERRAINS,
)

SEEDS = range(50)
FOOT = {PLAIN: 20, FOREST: 30, HILL: 32, RIVER: 50}
MOUNTED = {PLAIN: 20, FOREST: 48, HILL: 44, RIVER: 60}


def text_of(rows=None):
    """A plain map but for some rows, drawn whole."""
    lines = ["." * COLUMNS] * ROWS
    for row, line in (rows or {}).items():
        lines[row] = line
    return "\n".join(lines)


def rows_of(cells):
    return tuple(tuple(row) for row in np.asarray(cells).tolist())


def dijkstra(terrain, goal, costs):
    """Least costs to a goal, walked backwards from it; a step costs what the cell entered does."""
    best, queue = {goal: 0}, [(0, goal)]
    while queue:
        cost, cell = heapq.heappop(queue)
        if cost > best[cell] or terrain[cell] == ROCK:
            continue
        for down in (-1, 0, 1):
            for across in (-1, 0, 1):
                near = cell[0] + down, cell[1] + across
                inside = 0 <= near[0] < ROWS and 0 <= near[1] < COLUMNS
                if near == cell or not inside or terrain[near] == ROCK:
                    continue
                step = costs[terrain[cell]]
                total = cost + (step * 14 // 10 if down and across else step)
                if total < best.get(near, UNREACHABLE):
                    best[near] = total
                    heapq.heappush(queue, (total, near))
    return best


def scattered(seed):
    """Any terrain anywhere, a quarter of it rock: full of pockets nobody gets into."""
    shares = (0.3, 0.15, 0.15, 0.15, 0.25)
    rng = np.random.default_rng(seed)
    return rng.choice(len(TERRAINS), (ROWS, COLUMNS), p=shares).astype(np.int8)


class TestTravel:
    @pytest.mark.parametrize("name", ["pass", "forest", "scattered"])
    @pytest.mark.parametrize("mounted, costs", [(0, FOOT), (1, MOUNTED)])
    def test_agrees_with_dijkstra(self, name, mounted, costs):
        terrain = scattered(0) if name == "scattered" else generate_map(name, 3).cells
        travel = travel_costs(terrain)[mounted]
        for goal in range(0, ROWS * COLUMNS, 7):
            best = dijkstra(terrain, divmod(goal, COLUMNS), costs)
            expected = np.full((ROWS, COLUMNS), UNREACHABLE)
            for cell, cost in best.items():
                expected[cell] = cost
            assert np.array_equal(travel[goal].reshape(ROWS, COLUMNS), expected)

    def test_by_hand(self):
        travel = Ground.from_text("plain", text_of()).travel
        # From (0, 0) to (3, 5): three diagonal steps and two straight ones.
        assert travel[0, 3 * COLUMNS + 5, 0] == travel[1, 3 * COLUMNS + 5, 0] == 3 * 28 + 2 * 20

    def test_nobody_enters_or_leaves_rock(self):
        terrain = scattered(1)
        rock = terrain.ravel() == ROCK
        travel = travel_costs(terrain)
        assert (travel[:, rock][:, :, ~rock] == UNREACHABLE).all()
        assert (travel[:, ~rock][:, :, rock] == UNREACHABLE).all()

    def test_mirrors_with_the_map(self):
        travel = generate_map("hills", 0).travel.reshape(2, ROWS, COLUMNS, ROWS, COLUMNS)
        assert np.array_equal(travel, travel[:, :, ::-1, :, ::-1])


class TestGround:
    def test_text_round_trip(self):
        text = text_of({2: "..ff^^~~####" + "####~~^^ff.."})
        ground = Ground.from_text("drawn", text)
        assert str(ground) == text
        row = [PLAIN, PLAIN, FOREST, FOREST, HILL, HILL, RIVER, RIVER, ROCK, ROCK, ROCK, ROCK]
        assert ground.cells[2].tolist() == row + row[::-1]
        assert Ground("drawn", ground.terrain) == ground

    def test_arrays_do_as_well(self):
        ground = generate_map("forest", 0)
        assert Ground("forest-0", ground.cells) == ground

    def test_hash_is_of_the_terrain_alone(self):
        ground = generate_map("forest", 0)
        assert Ground("other", ground.terrain).sha256 == ground.sha256
        assert generate_map("forest", 1).sha256 != ground.sha256

    def test_stacked(self):
        grounds = [generate_map("open", 0), generate_map("river", 0)]
        fields = stacked(grounds)
        assert fields.terrain.shape == (2, ROWS, COLUMNS)
        for place, ground in enumerate(grounds):
            assert np.array_equal(fields.terrain[place], ground.cells)
            assert np.array_equal(fields.travel[place], ground.travel)


class TestRefusals:
    @pytest.mark.parametrize(
        "terrain",
        [
            np.zeros((ROWS, COLUMNS - 2), int),
            np.zeros((ROWS + 1, COLUMNS), int),
            np.zeros((ROWS, COLUMNS)),
            np.zeros((ROWS, COLUMNS), bool),
            [[0] * COLUMNS] * (ROWS - 1) + [[0]],
            None,
        ],
        ids=["narrow", "high", "floats", "truths", "ragged", "none"],
    )
    def test_of_another_shape(self, terrain):
        with pytest.raises(InvalidArgument, match=r"'odd'.*16 rows of 24 whole numbers"):
            Ground("odd", terrain)

    @pytest.mark.parametrize("number", [-1, len(TERRAINS)])
    def test_of_unknown_terrain(self, number):
        cells = np.zeros((ROWS, COLUMNS), int)
        cells[3, [4, -5]] = number
        with pytest.raises(InvalidArgument, match=f"terrains are 0..4, got.*{number}"):
            Ground("odd", rows_of(cells))

    def test_of_unknown_signs(self):
        with pytest.raises(InvalidArgument, match=r"holds 'x': draw it with . f \^ ~ #"):
            Ground.from_text("odd", text_of({3: "x" * COLUMNS}))

    @pytest.mark.parametrize("text", ["", text_of() + "\n" + "." * COLUMNS, text_of({3: "...."})])
    def test_of_drawings_of_another_shape(self, text):
        with pytest.raises(InvalidArgument, match="draw 16 lines of 24 signs"):
            Ground.from_text("odd", text)

    def test_of_maps_that_favour_a_side(self):
        with pytest.raises(InvalidArgument, match="favours a side"):
            Ground.from_text("odd", text_of({3: "f" + "." * (COLUMNS - 1)}))

    def test_of_maps_without_room(self):
        def with_room(cells):
            terrain = np.zeros((ROWS, COLUMNS), int)
            terrain[:, :DEPLOY_COLUMNS] = ROCK
            terrain[:cells, DEPLOY_COLUMNS - 1] = PLAIN
            return rows_of(np.concatenate([terrain[:, :12], terrain[:, 11::-1]], axis=1))

        with pytest.raises(InvalidArgument, match="no room to deploy 12 squads"):
            Ground("odd", with_room(11))
        assert Ground("narrow", with_room(12)).cells.shape == (ROWS, COLUMNS)

    def test_of_maps_that_keep_the_sides_apart(self):
        wall = "." * 11 + "##" + "." * 11
        with pytest.raises(InvalidArgument, match="keeps the sides apart"):
            Ground.from_text("odd", text_of(dict.fromkeys(range(ROWS), wall)))
        gate = text_of(dict.fromkeys(range(ROWS - 1), wall))
        assert str(Ground.from_text("gate", gate)) == gate

    @pytest.mark.parametrize("row", [0, 7, 15])
    def test_of_maps_with_a_cell_nobody_gets_out_of(self, row):
        # (row, 1) is walled in, but a squad could be put there.
        wall, pocket = "###" + "." * 18 + "###", "#.#" + "." * 18 + "#.#"
        rows = {row - 1: wall, row: pocket, row + 1: wall}
        drawn = {place: line for place, line in rows.items() if 0 <= place < ROWS}
        with pytest.raises(InvalidArgument, match="from every cell of the deployment areas"):
            Ground.from_text("odd", text_of(drawn))

    @pytest.mark.parametrize("row", range(1, ROWS - 1))
    def test_of_maps_cut_in_two_along_a_row(self, row):
        # Each half of an army reaches the enemy's in front of it, but not the other half.
        cut = text_of({row: "#" * COLUMNS})
        with pytest.raises(InvalidArgument, match="keeps the sides apart"):
            Ground.from_text("odd", cut)
        gate = text_of({row: "#" * 11 + ".." + "#" * 11})
        assert str(Ground.from_text("gate", gate)) == gate

    def test_but_not_for_a_pocket_in_the_middle(self):
        # Nobody is deployed in (7, 11) and (7, 12), nor ever gets there.
        wall, pocket = "." * 10 + "####" + "." * 10, "." * 10 + "#..#" + "." * 10
        ground = Ground.from_text("walled", text_of({6: wall, 7: pocket, 8: wall}))
        assert ground.travel[0, 0, 7 * COLUMNS + 11] == UNREACHABLE


class TestGenerator:
    @pytest.mark.parametrize("kind", MAP_KINDS)
    def test_maps_are_valid_mirrored_and_differ(self, kind):
        hashes = set()
        for seed in SEEDS:
            ground = generate_map(kind, seed)
            assert ground.name == f"{kind}-{seed}"
            assert np.array_equal(ground.cells, ground.cells[:, ::-1])
            assert Ground(ground.name, ground.terrain) == ground
            hashes.add(ground.sha256)
        assert len(hashes) == len(SEEDS)

    @pytest.mark.parametrize("kind", MAP_KINDS)
    def test_every_place_to_deploy_reaches_every_other(self, kind):
        for seed in range(5):
            ground = generate_map(kind, seed)
            passable = ground.cells != ROCK
            start = int(np.flatnonzero(passable.ravel())[0])
            camps = passable.copy()
            camps[:, DEPLOY_COLUMNS:-DEPLOY_COLUMNS] = False
            assert (ground.travel[0, start][camps.ravel()] < UNREACHABLE).all()

    def test_maps_are_always_the_same(self):
        for kind in MAP_KINDS:
            first = generate_map(kind, 17)
            for seed in range(300):  # more than are kept
                generate_map("open", 1000 + seed)
            again = generate_map(kind, 17)
            assert again is not first
            assert again == first

    def test_kinds_are_what_they_say(self):
        shares = {
            kind: np.mean(
                [np.bincount(generate_map(kind, s).cells.ravel(), minlength=5) for s in SEEDS],
                axis=0,
            )
            for kind in MAP_KINDS
        }
        for kind, terrain in (
            ("open", PLAIN),
            ("river", RIVER),
            ("forest", FOREST),
            ("hills", HILL),
            ("pass", ROCK),
        ):
            most = max(shares, key=lambda other, t=terrain: shares[other][t])
            assert most == kind

    def test_rivers_have_three_fords(self):
        for seed in SEEDS:
            cells = generate_map("river", seed).cells
            assert (cells[:, COLUMNS // 2] == RIVER).sum() == ROWS - 3

    def test_passes_have_gates_in_both_halves(self):
        for seed in SEEDS:
            open_rows = np.flatnonzero(generate_map("pass", seed).cells[:, COLUMNS // 2] != ROCK)
            assert (open_rows < 7).sum() >= 2 and (open_rows > 8).sum() >= 2
            assert len(open_rows) <= 6

    def test_refuses_unknown_kinds(self):
        with pytest.raises(InvalidArgument, match=r"one of \('open', .*got 'swamp'"):
            generate_map("swamp", 0)

    @pytest.mark.parametrize("seed", [np.int64(1), np.uint8(1), np.int32(1)])
    def test_seeds_may_be_of_numpy(self, seed):
        ground = generate_map("hills", seed)
        assert ground.name == "hills-1"
        assert ground == generate_map("hills", 1)

    def test_the_greatest_seed(self):
        assert generate_map("open", 2**31 - 1).name == "open-2147483647"

    @pytest.mark.parametrize(
        "seed", [-1, np.int64(-1), 2**31, 0.5, 1.0, "0", None, True, np.True_, [1], {}]
    )
    def test_refuses_other_seeds(self, seed):
        # Also where the map of an equal seed is kept.
        generate_map("open", 0), generate_map("open", 1)
        with pytest.raises(InvalidArgument, match="whole number from 0, got"):
            generate_map("open", seed)
