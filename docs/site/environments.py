"""Pages of the environments, made from docstrings, registered ids and committed results."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from creative_envs.benchmark.statistics import interquartile_mean
from creative_envs.registration import PORTFOLIOS, SINGLE_WORK

ROOT: Final = Path(__file__).parents[2]
RUNS: Final = ROOT / "docs" / "results" / "benchmark" / "runs" / "standard-v1"
CARDS: Final = ROOT / "agents" / "pretrained"
TITLES: Final = {"melody": "Melodies", "patches": "Pictures", "tactics": "Tactics"}
SCORES: Final = ("reward", "quality", "novelty", "audit")


@dataclass(frozen=True)
class Domain:
    """The environments of one domain."""

    name: str
    """Of its package in `creative_envs`."""
    prefix: str
    """As ids are registered with."""
    single: str
    """Name of the environment of single works, with its version."""
    portfolio: str
    """Of the environment of portfolios."""

    @property
    def environment(self) -> type[Any]:
        """The class whose docstring is the page."""
        module, name = self.prefix.split(":")
        return getattr(import_module(module), f"{name}Env")

    @property
    def brief(self) -> str:
        """Docstring of the module that says what the numbers of a brief mean."""
        return inspect.getdoc(import_module(f"creative_envs.{self.name}.brief")) or ""


def domains() -> list[Domain]:
    """Every domain with registered environments."""
    portfolios = {prefix: env_id for env_id, prefix in PORTFOLIOS.items()}
    return [
        Domain(prefix.split(".")[1], prefix, _short(env_id), _short(portfolios[prefix]))
        for env_id, prefix in SINGLE_WORK.items()
    ]


def page(domain: Domain) -> str:
    """Markdown of a domain's page."""
    text = inspect.getdoc(domain.environment) or ""
    text = _with(text, "Brief", f"As a vector:\n\n{table(domain.brief)}")
    text = _with(text, "Reference figures", figures(domain))
    ids = " and ".join(f"`creative_envs/{name}`" for name in (domain.single, domain.portfolio))
    works = f"[works in the gallery](../gallery/{domain.name}/index.md)"
    return f"# {TITLES[domain.name]}\n\n{ids}: {works}\n\n{text}\n"


def section(text: str, title: str) -> str:
    """What stands below a heading of the second level; "" where there is none of that name."""
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, flags=re.DOTALL | re.MULTILINE)
    return found.group(1) if found else ""


def table(text: str) -> str:
    """The lines of a text that are of a table."""
    return "\n".join(line for line in text.splitlines() if line.startswith("|"))


def figures(domain: Domain) -> str:
    """Scores of random actions, reference works and shipped agents, as a table."""
    by = {agent: benchmarked(domain, agent) for agent in ("random", "reference")}
    by |= {f"shipped agent, `{one}`": shipped(one) for one in (domain.single, domain.portfolio)}
    shown = [name for name in SCORES if all(name in scores for scores in by.values())]
    head = [["works by", *shown], ["---"] * (1 + len(shown))]
    return _rows(
        head + [[who, *(_shown(name, one[name]) for name in shown)] for who, one in by.items()]
    )


def overview() -> str:
    """Quality and novelty in all domains, as a table."""
    lines = [["", "random actions", "reference works", "shipped agent"], ["---"] * 4]
    for domain in domains():
        found = [benchmarked(domain, "random"), benchmarked(domain, "reference")]
        found.append(shipped(domain.single))
        scores = (f"{one['quality']:.2f} / {one['novelty']:.2f}" for one in found)
        lines.append([f"[{TITLES[domain.name]}](environments/{domain.name}.md)", *scores])
    return _rows(lines)


def benchmarked(domain: Domain, agent: str) -> dict[str, float]:
    """Interquartile means over the seeds of an agent of the standard suite."""
    folder = RUNS / domain.single.partition("-")[0] / agent
    files = sorted(folder.glob("*/score.json"))
    seeds = [json.loads(file.read_text())["metrics"] for file in files]
    names = [name for name in SCORES if name in seeds[0]]
    return {name: float(interquartile_mean([one[name] for one in seeds])) for name in names}


def shipped(name: str) -> dict[str, float]:
    """Scores on the card of a shipped model."""
    scores: dict[str, float] = json.loads((CARDS / name / "card.json").read_text())["scores"]
    return scores


def _with(text: str, title: str, addition: str) -> str:
    """The text with something more at the end of a section."""
    body = section(text, title)
    if not body:
        raise ValueError(f"The docstring has no section '## {title}'")
    return text.replace(body, f"{body.rstrip()}\n\n{addition}\n\n")


def _rows(lines: Iterable[Iterable[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _shown(name: str, score: float) -> str:
    """The audit is a percentile, all else are shares."""
    return f"{score:.0f}" if name == "audit" else f"{score:.2f}"


def _short(env_id: str) -> str:
    return env_id.rpartition("/")[2]
