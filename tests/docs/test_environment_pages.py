"""Docstrings of the environments say what the code has: terms, briefs, figures and tests."""

from __future__ import annotations

import ast
import doctest
import re
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from creative_envs.core.errors import InvalidBrief
from tests.docs.site_code import ROOT, environments
from tests.test_likeness import random_works

DOMAINS = environments.domains()
in_every_domain = pytest.mark.parametrize("domain", DOMAINS, ids=lambda one: one.name)
NUMBERS = re.compile(r"(?:(eight|two) of )?(-?[\d.]+) to (-?[\d.]+)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


def cells(domain: Any, title: str) -> list[list[str]]:
    """The rows of a section's table, without its heading."""
    body = environments.section(domain.environment.__doc__.replace("\n    ", "\n"), title)
    lines = environments.table(body).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def make_task(domain: Any) -> Any:
    return gym.make(f"creative_envs/{domain.single}").unwrapped.task


@in_every_domain
def test_examples_run(domain: Any) -> None:
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner()
    for example in finder.find(domain.environment, domain.environment.__name__):
        runner.run(example)
    assert runner.summarize() == doctest.TestResults(failed=0, attempted=runner.tries)
    assert runner.tries >= 4


@in_every_domain
def test_terms_are_those_of_the_task_and_keep_to_their_ranges(domain: Any) -> None:
    task, rows = make_task(domain), cells(domain, "Terms")
    assert tuple(row[0].strip("`") for row in rows) == task.term_names
    assert {row[1] for row in rows} <= {"craft", "adherence", "novelty", "report"}
    for works in (task.reference_works(16), random_works(task, 16)):
        earlier = np.zeros((len(works[1]), 0, 1 + task.memory_size), np.float32)
        terms = task.score(*works, earlier).terms
        for (name, _, _, span), values in zip(rows, terms.T, strict=True):
            low, _, high = re.sub(r"^from (\S+)$", r"\1 to inf", span).partition(" to ")
            assert float(low) <= values.min() and values.max() <= float(high), name


@in_every_domain
def test_words_of_briefs_are_those_that_are_read(domain: Any) -> None:
    task, rows = make_task(domain), cells(domain, "Brief")
    with pytest.raises(InvalidBrief) as refused:
        task.parse_brief({"no such word": 0})
    known = ast.literal_eval(str(refused.value).partition("known: ")[2])
    assert sorted(row[0].strip("`") for row in rows) == sorted(known)


@in_every_domain
def test_values_of_briefs_are_read_and_no_others(domain: Any) -> None:
    task = make_task(domain)
    entries = task.brief_names()
    tried = 0
    for key, values, _ in cells(domain, "Brief"):
        word = key.strip("`")
        beside = {"order": "left-right"} if word == "likeness" else {}
        if choices := re.findall(r"`([^`]+)`", values):
            assert [f"{word} {choice}" in entries for choice in choices] == [True] * len(choices)
            assert sum(entry.startswith(f"{word} ") for entry in entries) == len(choices)
            for choice in choices:
                task.parse_brief({word: choice})
        elif found := NUMBERS.fullmatch(values):
            count = {"eight": 8, "two": 2, None: 0}[found[1]]
            for number, is_read in zip(
                (float(found[2]), float(found[3]), float(found[2]) - 1, float(found[3]) + 1),
                (True, True, False, False),
                strict=True,
            ):
                brief = {word: [number] * count if count else number, **beside}
                if is_read:
                    task.parse_brief(brief)
                else:
                    with pytest.raises(InvalidBrief, match=word):
                        task.parse_brief(brief)
        else:
            continue
        tried += 1
    assert tried >= 4


@in_every_domain
def test_the_vector_has_as_many_entries_as_the_table_tells(domain: Any) -> None:
    lines = environments.table(domain.brief).splitlines()[2:]
    spans = [line.split("|")[1].strip().partition("-") for line in lines]
    told = [(int(first), int(last or first)) for first, _, last in spans]
    assert [first for first, _ in told] == [0, *(last + 1 for _, last in told[:-1])]
    assert told[-1][1] + 1 == make_task(domain).brief_size


@in_every_domain
def test_figures_are_those_of_the_standard_table(domain: Any) -> None:
    standard = (ROOT / "docs/results/benchmark/standard.md").read_text(encoding="utf-8")
    part = environments.section(standard, domain.single.partition("-")[0])
    for agent, mark in (("random", " †"), ("reference", " ◆")):
        (row,) = re.findall(rf"^\| {agent}{mark} \| (.*) \|$", part, re.MULTILINE)
        quality = float(row.split("|")[1].split("[")[0])
        found = environments.benchmarked(domain, agent)
        assert found["quality"] == pytest.approx(quality, abs=5e-4)
    text = environments.page(domain)
    for name in (domain.single, domain.portfolio):
        score = environments.shipped(name)["reward"]
        assert f"| shipped agent, `{name}` | {score:.2f} |" in text


def functions(tree: ast.AST, prefix: str = "") -> set[str]:
    """Names of the tests of a module, those in classes behind the class's name."""
    found = set()
    for part in ast.iter_child_nodes(tree):
        if isinstance(part, ast.FunctionDef):
            found.add(prefix + part.name)
        elif isinstance(part, ast.ClassDef):
            found |= functions(part, f"{prefix}{part.name}::")
    return found


@in_every_domain
def test_every_exploit_has_a_test_that_guards_against_it(domain: Any) -> None:
    doc = domain.environment.__doc__.replace("\n    ", "\n")
    section = environments.section(doc, "Known exploits")
    exploits = re.split(r"^\* ", section.partition("\nOpen: ")[0], flags=re.MULTILINE)[1:]
    assert len(exploits) >= 6
    for exploit in exploits:
        guards = TEST.findall(exploit)
        assert guards, exploit
        for file, name in guards:
            source = (ROOT / file).read_text(encoding="utf-8")
            assert name in functions(ast.parse(source)), f"{file}::{name}"
