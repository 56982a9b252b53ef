"""What hangs in the gallery: a room for each domain, and what is known of its works."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tqdm import tqdm

import agents
from agents.agent import Agent
from agents.environments import make_test_envs
from agents.evaluation import Evaluation, Sample, audit, reference_sample, sample_works
from agents.gallery import PICKS, Exhibit, choose, exhibit
from agents.pretrained import folder_of
from agents.pretrained.card import Card
from agents.pretrained.scoring import one_thread
from creative_envs.core.files import write_atomically
from creative_envs.core.information import stack
from creative_envs.core.insight import Likeness
from creative_envs.core.task import Task
from creative_envs.melody.export import wav_bytes

SAMPLE_RATE: Final = 8_000
"""Samples a second of the sound on pages: up to 270 kB a melody. The highest notes keep four
harmonics."""


@dataclass(frozen=True)
class Domain:
    """What the gallery says of a domain.

    Attributes:
        folder: Its room's.
        env_id: Whose shipped model is shown.
        name: Of its works.
        view: Suffix of the picture on the page; the other files are linked.
        seen: What that picture shows.
    """

    folder: str
    env_id: str
    name: str
    view: str
    seen: str


DOMAINS: Final = (
    Domain(
        "melody",
        "creative_envs/MelodyComposition-v0",
        "Melodies",
        ".png",
        "piano roll, with the contour asked for",
    ),
    Domain(
        "patches",
        "creative_envs/PatchComposition-v0",
        "Pictures",
        ".gif",
        "a picture growing patch by patch",
    ),
    Domain(
        "tactics",
        "creative_envs/TacticDesign-v0",
        "Tactics",
        ".gif",
        "the deployment, and the battle against the first enemy",
    ),
)


@dataclass(frozen=True)
class Hung:
    """A work on show, and the known work it is most like (None where a domain names none)."""

    exhibit: Exhibit
    likeness: Likeness | None


@dataclass(frozen=True)
class Room:
    """All there is to say of one domain.

    Attributes:
        domain: Which.
        card: Of the shipped model.
        evaluation: Of all works the ones shown were chosen from.
        works: On show, those of one maker together.
        count: Works of each maker.
        seed: Decides them.
    """

    domain: Domain
    card: Card
    evaluation: Evaluation
    works: tuple[Hung, ...]
    count: int
    seed: int


def write_rooms(out: Path, count: int, seed: int) -> list[Path]:
    """Writes all pages and their media.

    Args:
        out: An existing folder.
        count: Works of each maker.
        seed: Decides them.

    Returns:
        The files.
    """
    from agents.exhibition.pages import domain_page, front_page

    rooms, written = [], []
    with tqdm(DOMAINS, desc="Gallery", unit="domain", disable=None) as bar:
        for domain in bar:
            bar.set_postfix_str(domain.name.lower())
            folder = out / domain.folder
            folder.mkdir(exist_ok=True)
            room = furnished(domain, folder, count, seed)
            written += [file for hung in room.works for file in hung.exhibit.files]
            written.append(write_atomically(folder / "index.md", domain_page(room).encode()))
            rooms.append(room)
    written.append(write_atomically(out / "index.md", front_page(rooms).encode()))
    return written


def furnished(domain: Domain, folder: Path, count: int, seed: int) -> Room:
    """Makes, chooses and writes the works of a domain; one thread decides every digit."""
    with one_thread():
        agent = agents.load(domain.env_id, device="cpu")
        evaluation = makers(agent, count, seed)
    works: list[Hung] = []
    for sample in evaluation.samples:
        works += _hung(agent.task, sample, folder, seed)
    card = Card.read(folder_of(domain.env_id))
    return Room(domain, card, evaluation, tuple(works), count, seed)


def makers(agent: Agent, count: int, seed: int) -> Evaluation:
    """Works of the agent, references and random play, as many of each."""
    env = make_test_envs(agent.config.env, agent.config.env_kwargs, 1)
    works = {
        "trained": agent.sample(count, seed),
        env.task.reference_maker: reference_sample(env, count),
        "random": sample_works(agent.config, None, count, seed),
    }
    return Evaluation(
        tuple(Sample(name, made, audit(env.task, made)) for name, made in works.items())
    )


def _hung(task: Task, sample: Sample, folder: Path, seed: int) -> list[Hung]:
    """Writes the chosen works of a maker."""
    chosen = choose(sample, PICKS[sample.name], seed)
    likenesses: Sequence[Likeness | None] = [None] * len(chosen)
    with contextlib.suppress(NotImplementedError):
        shown = [sample.works[index] for index in chosen.values()]
        likenesses = task.nearest_references(*stack(shown))
    role = "reference" if sample.name == task.reference_maker else sample.name
    hung = []
    for (pick, index), likeness in zip(chosen.items(), likenesses, strict=True):
        shown_work = exhibit(task, sample, pick, index, folder / f"{role}-{pick}")
        _lighten(task, shown_work)
        hung.append(Hung(shown_work, likeness))
    return hung


def _lighten(task: Task, shown: Exhibit) -> None:
    """Writes sounds again at the gallery's rate, as pages are to load quickly."""
    for file in shown.files:
        if file.suffix == ".wav":
            sound = wav_bytes(task.artefact_of(shown.work), sample_rate=SAMPLE_RATE)
            write_atomically(file, sound)
