"""A model's card for people, written from the one for programs."""

from __future__ import annotations

from typing import Final

from agents.pretrained.card import Card

MEANINGS: Final = {
    "reward": "quality and novelty, weighted as each brief asks",
    "quality": "craft x adherence",
    "craft": "how well made",
    "adherence": "how well the brief is kept to",
    "novelty": "how far from the references",
    "audit": "median percentile among held-out reference works by a judge no reward uses",
    "unique": "share of different works",
    "difference": "mean share of their tokens in which two works differ",
    "dealt": "mean quality for each other's briefs: lower than quality if briefs are kept to",
    "memorised": "share of works novelty takes for a copy, or a thin disguise, of a reference",
}
TRACKS: Final = {
    "from-scratch": "No reference work was shown; it learned from rewards alone.",
    "with-reference": "The policy first cloned works by the makers of the references.",
}
TEMPLATE: Final = """# {name}

An agent that makes works in `{env}`: {policy} policy, size {size}, {parameters:,} parameters, \
{licence} licence.

```
python train_agent.py --sample {env} -n 8
```

## Use

* A starting point for trying out the environment, a baseline to compare with, an example to study.
* It makes works for briefs of this environment{keywords}. Other settings were not tried.

## Training

* {timesteps:,} environment steps of PPO in {cpu_minutes} CPU minutes, seed {seed}, track {track}. \
{started}{shown}
* {chosen}
* Rewards were computed from {references}.
* Made with {versions}.

## Scores

Of {scored_works} works for briefs of the test split, which neither training nor the choice saw \
(sampling seed {scoring_seed}):

| score | value | what it is |
|---|---|---|
{scores}

`python -m agents.pretrained` samples the same works again and compares.

## Limits

* These scores are the environment's and no judgement of people's. A policy may exploit what they \
miss; the audit percentile, where there is one, is the check on that.
* A run's result varies with its seed, and this is one run, {picked}.
* Works may resemble references the reward was computed from: look at novelty before you publish \
them as new.

## Train it again

```
{command}
```

The result is the same on one machine with the same packages; elsewhere rounding differs.
"""


def readme(card: Card) -> str:
    """The text of ``README.md``."""
    keywords = ", ".join(f"`{name}={value}`" for name, value in card.env_kwargs.items())
    return TEMPLATE.format(
        **{
            name: getattr(card, name)
            for name in (
                "env",
                "policy",
                "size",
                "parameters",
                "licence",
                "timesteps",
                "seed",
                "track",
                "scored_works",
                "scoring_seed",
                "command",
            )
        },
        name=card.env.rpartition("/")[2],
        keywords=f" with {keywords}" if keywords else "",
        cpu_minutes=f"{card.cpu_seconds / 60:.1f}",
        started=f"The policy started from `{card.start}`. " if card.start else "",
        shown=TRACKS.get(card.track, ""),
        chosen=_chosen(card),
        picked="the best of several" if len(card.candidates) > 1 else "not chosen among several",
        references=_references(card),
        versions=", ".join(f"{name} {version}" for name, version in card.versions.items()),
        scores="\n".join(
            f"| {name} | {format_score(name, value)} | {MEANINGS.get(name, '')} |"
            for name, value in card.scores.items()
        ),
    )


def format_score(name: str, value: float) -> str:
    """A score as text; a percentile lies in 0 .. 100, all else in 0 .. 1."""
    return f"{value:.1f}" if name == "audit" else f"{value:.4f}"


def _chosen(card: Card) -> str:
    rewards = ", ".join(f"{reward:.3f}" for reward in card.candidates.values())
    works = f"mean reward of {card.candidate_works} works for briefs of the validation split"
    policy = f"Within the run, the policy of step {card.chosen_at:,} had the highest {works}"
    if len(card.candidates) == 1:
        return f"{policy}: {rewards}."
    return (
        f"{policy}. Of {len(card.candidates)} runs, seeds {', '.join(card.candidates)}, this one "
        f"was best by the same measure: {rewards}."
    )


def _references(card: Card) -> str:
    if not card.reference_sha256:
        return "no reference data"
    told = f" (`{card.provenance}`)" if card.provenance else ""
    return f"the environment's reference data{told}, SHA-256 `{card.reference_sha256}`"
