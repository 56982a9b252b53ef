"""How boldly later works of a portfolio are made: a temperature learned for each novelty weight."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from agents.attention.moments import Moments

GAIN: Final = 10.0
"""Two numbers that all decisions share may learn faster than a network's weights do."""
LARGEST_EXPONENT: Final = 1.5
"""Temperatures stay between 1 / 4.5 and 4.5."""


class Heat(nn.Module):
    """The temperature of works that have earlier ones beside them: exp(a + b w), within bounds.

    What novelty is worth against quality changes with the weight w of the brief, and so does the
    temperature that pays best. A network finds that slowly, if it does not settle on one taste for
    all weights; two numbers do quickly. The first work of an episode, which is like no other yet,
    is made at 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.exponents = nn.Parameter(torch.zeros(2))

    def forward(self, moments: Moments) -> Tensor:
        """Temperatures (m,) at these moments."""
        context, row, _ = moments
        weight = context["brief"][row, 0]
        beside_others = context["works"][row, :, 0].amax(dim=1)
        constant, slope = GAIN / LARGEST_EXPONENT * self.exponents
        bounded = LARGEST_EXPONENT * (constant + slope * weight).tanh()
        return (beside_others * bounded).exp()
