"""Agents that come with the benchmark, to stand beside any other: floors, adversaries, searches.

One module an agent family; `creative_envs.benchmark.plugins` has their names.
"""
