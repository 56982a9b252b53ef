"""Starting from what another run has learned: single works before portfolios of them, say."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from agents.config import RunConfig
from agents.errors import ConfigError
from agents.policy import MaskedPolicy
from agents.runs import RunFolder
from agents.sealed import newest

EARLIER_WORKS: Final = ("trunk.earlier.", "features_extractor.works.", "heat.")
"""Parts of names of parameters that heed the episode's earlier works."""
RELATIVE_BIAS: Final = "bias.table"
"""End of the names of what attention adds for where things stand, earlier works first."""


def start_from_run(config: RunConfig, policy: MaskedPolicy, folder: RunFolder) -> None:
    """Gives a new run's policy the parameters of the run named in ``config.start``, if one is.

    Raises:
        RunError: There is no such run.
        CheckpointError: It has no policy yet, or a damaged one.
        ConfigError: Its policy has another shape, or is of portfolios of another size.
    """
    if config.start is None or newest(folder.checkpoints) is not None:
        return
    from agents.agent import load

    run = config.start.replace("{seed}", str(config.seed))
    source = load(run, device="cpu").policy
    _require_same_works(policy, source, run)
    inherit(policy, dict(source.named_parameters()), run)


@torch.no_grad()
def inherit(policy: MaskedPolicy, learned: dict[str, Tensor], run: str) -> None:
    """Copies parameters; what reads earlier works begins at zero where they knew none.

    Args:
        policy: Is changed.
        learned: Parameters of another policy, by name.
        run: Where they are from, for messages.
    """
    for name, parameter in policy.named_parameters():
        source = learned.get(name)
        if source is None and any(part in name for part in EARLIER_WORKS):
            parameter.zero_()
        elif source is not None and source.shape == parameter.shape:
            parameter.copy_(source)
        elif source is not None and name.endswith(RELATIVE_BIAS) and len(source) == len(parameter):
            parameter.zero_()
            parameter[:, parameter.shape[1] - source.shape[1] :] = source
        else:
            raise ConfigError(
                f"start={run}: that run's policy has another shape (at {name}). Give this one the "
                "same env domain, policy, size and head."
            )


def _require_same_works(policy: MaskedPolicy, source: MaskedPolicy, run: str) -> None:
    """Parameters mean the same where works are as long, and stand in the same places."""
    ours, theirs = (
        {name: space.shape for name, space in one.observation_space.spaces.items()}
        for one in (policy, source)
    )
    if "works" not in theirs:
        ours.pop("works", None)
    if ours != theirs:
        raise ConfigError(
            f"start={run}: that run's observations have another shape. Start from works as long, "
            "single ones or as many an episode as here."
        )
