"""The counter hash: known answers, uniformity, independence of keys and of streams."""

from __future__ import annotations

import numpy as np

from creative_envs.core.randomness import counter_hash, counter_uniforms

MASK = 2**64 - 1


def words_of(key, count):
    return counter_hash(np.full(count, key, np.uint64), np.arange(count, dtype=np.uint64)).tolist()


def splitmix64(seed, count):
    """SplitMix64 as published (Vigna, splitmix64.c), in Python's whole numbers."""
    state, words = seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        words.append(z ^ (z >> 31))
    return words


def test_known_answers_of_splitmix64():
    # The first five outputs for seed 1234567 as listed on rosettacode.org, "Pseudo-random
    # numbers/Splitmix64".
    assert words_of(1234567, 5) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_equals_the_published_generator_for_any_key():
    for key in (0, 1, MASK, 2**63, 0x123456789ABCDEF):
        assert words_of(key, 8) == splitmix64(key, 8)


def test_uniforms_are_the_highest_53_bits_of_the_words():
    for first in (0, 2**32, 2**33):
        words = splitmix64((99 + first * 0x9E3779B97F4A7C15) & MASK, 4)
        uniforms = counter_uniforms(np.array([99], np.uint64), 4, first=first)
        assert uniforms[0].tolist() == [(word >> 11) / 2**53 for word in words]


def test_uniforms_are_uniform_and_independent():
    keys = np.arange(20_000, dtype=np.uint64)
    draws = counter_uniforms(keys, 4)
    assert draws.shape == (20_000, 4) and draws.min() >= 0 and draws.max() < 1
    np.testing.assert_allclose(draws.mean(axis=0), 0.5, atol=0.01)
    np.testing.assert_allclose(draws.var(axis=0), 1 / 12, atol=0.003)
    correlations = np.corrcoef(draws.T)[np.triu_indices(4, 1)]
    assert abs(correlations).max() < 0.03
    # Consecutive keys are as unrelated as any.
    assert abs(np.corrcoef(draws[:-1, 0], draws[1:, 0])[0, 1]) < 0.03


def test_streams_are_pure_functions_of_key_and_counter():
    keys = np.array([7, 8, 9], np.uint64)
    whole = counter_uniforms(keys, 6)
    np.testing.assert_array_equal(whole[:, 2:5], counter_uniforms(keys, 3, first=2))
    np.testing.assert_array_equal(whole[1:2], counter_uniforms(keys[1:2], 6))


def test_disjoint_counters_give_unrelated_streams():
    keys = np.random.default_rng(0).integers(2**63, size=20_000).astype(np.uint64)
    first = counter_uniforms(keys, 1)[:, 0]
    for other in (1, 2**32, 2**33):
        second = counter_uniforms(keys, 1, first=other)[:, 0]
        assert abs(np.corrcoef(first, second)[0, 1]) < 0.03
        assert (first != second).all()
