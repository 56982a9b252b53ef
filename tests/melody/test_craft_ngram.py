import numpy as np
import pytest

from creative_envs.melody.craft.expectation import (
    fit_expectation,
    information_of,
    see_degrees,
    see_intervals,
    see_rhythm,
)
from creative_envs.melody.craft.ngram import (
    CONTEXT_ONLY,
    DEGREES,
    INTERVALS,
    N_ORDERS,
    RHYTHM,
    VOCABULARY_SIZES,
    build_table,
    context_key,
    information,
    table_entries,
    witten_bell,
)
from creative_envs.melody.craft.notes import new_notes, read_notes
from tests.melody.craft_works import work

SIZE = 25


def contexts_of(items):
    """Keys of order 0, and of order 1 with the given item."""
    keys = np.zeros((len(items), N_ORDERS), np.uint64)
    for row, item in enumerate(items):
        keys[row, 0] = context_key(INTERVALS, 0, 0)
        keys[row, 1] = context_key(INTERVALS, 1, item)
    return keys


@pytest.fixture(scope="module")
def tiny():
    """Context 7 was followed by the symbols 3, 3 and 4; context 8 by 3."""
    keys = contexts_of([7, 7, 7, 8])
    symbols, orders = np.array([3, 3, 4, 3]), np.ones(4, np.int64)
    return build_table(*witten_bell(keys, symbols, orders, SIZE))


def probability(table, item, symbol, order=1):
    return 2.0 ** -information(contexts_of([item])[0], order, symbol, SIZE, table)


def test_order_zero_by_hand(tiny):
    # n = 4 symbols, t = 2 kinds: P(3) = (3 + 2/25) / 6
    assert probability(tiny, 7, 3, order=0) == pytest.approx((3 + 2 / 25) / 6, rel=1e-5)
    assert probability(tiny, 7, 4, order=0) == pytest.approx((1 + 2 / 25) / 6, rel=1e-5)
    assert probability(tiny, 7, 9, order=0) == pytest.approx(2 / 6 / 25, rel=1e-5)


def test_order_one_by_hand(tiny):
    p3, p4 = (3 + 2 / 25) / 6, (1 + 2 / 25) / 6
    assert probability(tiny, 7, 3) == pytest.approx((2 + 2 * p3) / 5, rel=1e-5)
    assert probability(tiny, 7, 4) == pytest.approx((1 + 2 * p4) / 5, rel=1e-5)
    assert probability(tiny, 8, 3) == pytest.approx((1 + p3) / 2, rel=1e-5)
    assert probability(tiny, 8, 4) == pytest.approx(p4 / 2, rel=1e-5)


def test_an_unseen_context_backs_off(tiny):
    assert probability(tiny, 20, 3) == probability(tiny, 7, 3, order=0)


@pytest.mark.parametrize("item", [7, 8, 20])
def test_probabilities_sum_to_one(tiny, item):
    assert sum(probability(tiny, item, s) for s in range(SIZE)) == pytest.approx(1.0, rel=1e-5)


def test_keys_are_exact():
    keys = {
        int(context_key(model, order, items)) | symbol
        for model in range(3)
        for order in range(N_ORDERS)
        for items in (0, 1, 2**20)
        for symbol in (0, 24, CONTEXT_ONLY)
    }
    assert len(keys) == 3 * N_ORDERS * 3 * 3


def test_a_table_survives_its_entries(tiny):
    keys, values = table_entries(tiny)
    assert np.all(np.diff(keys.astype(object)) > 0)
    again = build_table(keys, values)
    assert probability(again, 7, 3) == probability(tiny, 7, 3)


def test_rare_long_contexts_are_pruned():
    keys = np.zeros((3, N_ORDERS), np.uint64)
    for order in range(4):
        keys[:, order] = context_key(INTERVALS, order, 5)
    keys[2, 3] = context_key(INTERVALS, 3, 6)
    found, _ = witten_bell(keys, np.array([1, 1, 1]), np.full(3, 3), SIZE)
    assert keys[0, 3] | np.uint64(1) in found
    assert keys[2, 3] | np.uint64(1) not in found


def see(made, model):
    notes = new_notes(made.pitch.shape[1])
    n = read_notes(made.pitch[0], made.duration[0], made.length[0], made.metre[0], notes)
    width = made.pitch.shape[1]
    contexts = np.zeros((width, N_ORDERS), np.uint64)
    symbols, orders = np.zeros(width, np.int64), np.zeros(width, np.int64)
    if model == RHYTHM:
        rows = see_rhythm(
            made.pitch[0],
            made.duration[0],
            made.length[0],
            made.metre[0],
            contexts,
            symbols,
            orders,
        )
    else:
        looker = see_intervals if model == INTERVALS else see_degrees
        rows = looker(notes, n, made.mode[0], contexts, symbols, orders)
    return rows, contexts, symbols, orders


TUNE = "C4:4 D4:4 z:4 E4:4 | G4:8 C5:8"


def test_what_the_models_see():
    made = work(TUNE)
    rows, _, symbols, orders = see(made, INTERVALS)
    assert symbols[:rows].tolist() == [14, 14, 15, 17]  # +2 +2 +3 +5, from -12 up
    assert orders[:rows].tolist() == [1, 2, 3, 4]
    rows, _, symbols, orders = see(made, RHYTHM)
    assert symbols[:rows].tolist() == [3, 3, 8, 3, 5, 5]  # a rest is the ninth symbol
    assert orders[:rows].tolist() == [1, 2, 3, 4, 5, 5]
    rows, _, symbols, orders = see(made, DEGREES)
    assert symbols[:rows].tolist() == [0, 2, 4, 7, 0]
    assert orders[:rows].tolist() == [1, 2, 3, 3, 3]


@pytest.mark.parametrize("model", [INTERVALS, RHYTHM, DEGREES])
def test_a_tune_expects_itself(model):
    made, other = work(TUNE), work("B4:1 F#4:3 C#4:4 Bb4:6 A4:2 | Ab4:12 D5:4")
    table = fit_expectation(made)

    def mean_bits(tune):
        rows, contexts, symbols, orders = see(tune, model)
        bits = np.zeros(len(symbols))
        information_of(model, rows, contexts, symbols, orders, table, bits)
        return bits[:rows].mean()

    assert mean_bits(made) < mean_bits(other)
    assert mean_bits(other) < 2 * np.log2(VOCABULARY_SIZES[model]) + 8


def test_expectation_ignores_the_octave():
    table = fit_expectation(work(TUNE))
    up = work("C5:4 D5:4 z:4 E5:4 | G5:8 C6:8")
    for model in (INTERVALS, RHYTHM, DEGREES):
        results = []
        for made in (work(TUNE), up):
            rows, contexts, symbols, orders = see(made, model)
            bits = np.zeros(len(symbols))
            information_of(model, rows, contexts, symbols, orders, table, bits)
            results.append(bits[:rows].tolist())
        assert results[0] == results[1]
