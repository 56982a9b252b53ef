"""Scores of compositions computed from their pixels: slow, plain, and apart from the tables.

The picture is put together as pixels, and everything is measured on that picture: seams on the
pixel lines that touch, symmetries by mirroring it, the spectrum by the Haar pyramid of all of it.
Only constants and bands are shared with the package, and two numbers of a library: what counts as
a close seam, and how far apart its tiles usually are.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from creative_envs.patches import adherence as kept
from creative_envs.patches.craft import measures as made
from creative_envs.patches.craft import profile as bands
from creative_envs.patches.craft import tables
from creative_envs.patches.geometry import CELL
from creative_envs.patches.lab import srgb_to_lab

TEMPLATES = {
    "i": [(0, 18)],
    "V": [(0, 93.6)],
    "L": [(0, 18), (90, 79.2)],
    "mirrored L": [(0, 18), (-90, 79.2)],
    "I": [(0, 18), (180, 18)],
    "T": [(0, 180)],
    "Y": [(0, 93.6), (180, 18)],
    "X": [(0, 93.6), (180, 93.6)],
}
"""Sectors (centre, width) of Cohen-Or's hue templates, in degrees."""
FADE = 30.0


class Picture:
    """A canvas as pixels.

    Attributes:
        lab: L*, a*, b*, shape (8 size, 8 size, 3); 0 where nothing is placed.
        filled: Which pixels have something placed on them, shape (8 size, 8 size).
        patch: In each cell, -1 where nothing is placed, shape (size, size).
    """

    def __init__(self, cells, size, library):
        self.size, self.library = size, library
        self.lab = np.zeros((CELL * size, CELL * size, 3))
        self.filled = np.zeros((CELL * size, CELL * size), bool)
        self.patch = np.full((size, size), -1)
        for cell, tile in enumerate(cells):
            if tile < 0:
                continue
            place = self.place(*divmod(cell, size))
            patch, transform = divmod(int(tile), 8)
            square = library.patches[patch]
            if transform >= 4:
                square = np.fliplr(square)
            self.lab[place] = srgb_to_lab(np.rot90(square, transform % 4))
            self.filled[place] = True
            self.patch[divmod(cell, size)] = patch

    def place(self, y, x):
        return slice(CELL * y, CELL * (y + 1)), slice(CELL * x, CELL * (x + 1))

    def placed(self):
        """Rows and columns of the cells that are filled."""
        return [tuple(cell) for cell in np.argwhere(self.patch >= 0).tolist()]

    def pixels(self):
        """Colours of the filled pixels, shape (n, 3)."""
        return self.lab[self.filled]

    def gradients(self, y, x):
        """Size and direction of the gradient of L* at the pixels of a cell, by itself."""
        down, right = np.gradient(self.lab[self.place(y, x)][..., 0])
        return np.sqrt(right**2 + down**2).ravel(), np.arctan2(down, right).ravel()


def distance(one, other):
    return np.sqrt(((one - other) ** 2).sum(axis=-1))


def border_colours(lab):
    """Colours as seams compare them."""
    return lab * np.array([1, tables.CHROMA_WEIGHT, tables.CHROMA_WEIGHT])


@lru_cache(maxsize=8)
def tolerance_of(library):
    """Distance of border pixels that counts as a close seam in a library."""
    lab = border_colours(srgb_to_lab(library.tiles))
    every = [distance(tile[:, -1], lab[:, :, 0]).mean(axis=1) for tile in lab]
    return np.percentile(every, tables.SEAM_QUANTILE) + tables.SEAM_SLACK


@lru_cache(maxsize=8)
def typical_distance_of(library):
    """Median distance of the pixels of two tiles."""
    lab = srgb_to_lab(library.tiles)
    return np.median([distance(tile, lab).mean(axis=(1, 2)) for tile in lab])


def seams(picture):
    """(fit, going on, changes) of every two neighbours, by the two lines of pixels that touch.

    The changes along a line are its colours less their mean; they go on in the other line as far
    as they correlate with its changes.
    """
    lab = border_colours(picture.lab)
    found = []
    for (y, x), (v, u) in neighbours(picture):
        here, there = lab[picture.place(y, x)], lab[picture.place(v, u)]
        ends, begins = (here[:, -1], there[:, 0]) if u > x else (here[-1], there[0])
        same = picture.library.photographic and picture.patch[y, x] == picture.patch[v, u]
        credit = tables.SAME_PATCH_CREDIT if same else 1
        fit = 1 / (1 + (distance(ends, begins).mean() / tolerance_of(picture.library)) ** 2)
        inner = [line - line.mean(axis=0) for line in (ends, begins)]
        spread = [np.sqrt((line**2).sum(axis=1).mean()) for line in inner]
        together = (inner[0] * inner[1]).sum(axis=1).mean()
        alike = together / np.prod([np.sqrt(part**2 + tables.FLAT**2) for part in spread])
        found.append((credit * fit, credit * max(alike, 0), max(spread)))
    return found


def neighbours(picture):
    """Pairs of filled cells that touch, the left or upper one first."""
    return [
        ((y, x), (v, u))
        for y, x in picture.placed()
        for v, u in ((y, x + 1), (y + 1, x))
        if v < picture.size and u < picture.size and picture.patch[v, u] >= 0
    ]


def contour(picture):
    found = seams(picture)
    if not found:
        return 0.0
    going_on = sum(alike * changes for _, alike, changes in found)
    return going_on / sum(changes + made.CONTOUR_FLOOR for *_, changes in found)


def seam(picture):
    found = seams(picture)
    return np.mean([fit for fit, *_ in found]) if found else 0.0


def coherence(picture):
    """Moran's I = N / W * sum over neighbours of z_i z_j / sum of z_i^2."""
    mean = {cell: picture.lab[picture.place(*cell)].mean(axis=(0, 1)) for cell in picture.placed()}
    centre = np.mean(list(mean.values()), axis=0)
    pairs = neighbours(picture)
    joint = sum((mean[one] - centre) @ (mean[other] - centre) for one, other in pairs)
    variance = sum(((colour - centre) ** 2).sum() for colour in mean.values())
    floor = made.COHERENCE_FLOOR * len(mean) / 64
    return len(mean) / max(len(pairs), 1) * joint / (variance + floor)


def spectrum(picture):
    """Slope and residual of log2 energy against level, of the Haar pyramid of the whole picture."""
    if not picture.filled.all():
        return 0.0, 0.0
    rest, energies = picture.lab[..., 0], []
    while len(rest) % 2 == 0 and len(energies) < made.FITTED_LEVELS:
        a, b, c, d = rest[::2, ::2], rest[::2, 1::2], rest[1::2, ::2], rest[1::2, 1::2]
        details = np.array([a - b + c - d, a + b - c - d, a - b - c + d]) / 2
        energies.append(np.log2((details**2).mean() + made.ENERGY_FLOOR))
        rest = (a + b + c + d) / 2
    level = np.arange(len(energies))
    line = np.polyfit(level, energies, 1)
    return line[0], np.sqrt(((np.polyval(line, level) - energies) ** 2).mean())


def share_entropy(weights, most):
    """Entropy of weights, over that of so many equal ones."""
    weights = np.asarray(weights, float)
    if weights.sum() <= 0 or most < 2:
        return 0.0
    share = weights[weights > 0] / weights.sum()
    return -(share * np.log(share)).sum() / np.log(most)


def edge_entropy(picture):
    strength, angle = np.hstack([picture.gradients(*cell) for cell in picture.placed()])
    return share_entropy(by_angle(strength, angle, tables.FAINT_EDGE), 24)


def by_angle(strength, angle, faint):
    """Strengths above a faint one in 24 bins of angle, each centred on a multiple of 15 degrees."""
    place = np.round(np.degrees(angle) / 15).astype(int) % 24
    return np.array([strength[(place == k) & (strength > faint)].sum() for k in range(24)])


def light_histogram(picture):
    """Pixels in 16 bins of L*, and the middles of the bins."""
    edges = np.linspace(0, 100, 17)
    counts, _ = np.histogram(np.clip(picture.pixels()[:, 0], 0, 100), edges)
    return counts, (edges[1:] + edges[:-1]) / 2


def contrast(picture):
    """Standard deviation of L*, each pixel's taken for the middle of its bin."""
    counts, middles = light_histogram(picture)
    return np.repeat(middles, counts).std()


def complexity(picture):
    return np.mean([picture.gradients(*cell)[0].mean() for cell in picture.placed()])


def hue_weights(picture):
    """Chroma of the coloured pixels in 24 bins of hue."""
    _, a, b = picture.pixels().T
    return by_angle(np.sqrt(a**2 + b**2), np.arctan2(b, a), tables.FAINT_CHROMA)


def harmony(picture):
    weights = hue_weights(picture)
    if weights.sum() <= 1:
        return 1.0
    best = 0.0
    for sectors in TEMPLATES.values():
        member = np.array([belongs(15 * k, sectors) for k in range(24)])
        inside = max(weights @ np.roll(member, turn) for turn in range(24)) / weights.sum()
        best = max(best, (inside - member.mean()) / (1 - member.mean()))
    return best


def belongs(hue, sectors):
    """Membership of a hue in a template: 1 in its sectors, 0 from 30 degrees beyond them."""
    beyond = [abs((hue - centre + 180) % 360 - 180) - width / 2 for centre, width in sectors]
    return np.clip(1 - min(beyond) / FADE, 0, 1)


def balance(picture):
    """Centre of visual weight; cells without anything weigh what the others do on average."""
    centre = picture.pixels()[:, 0].mean()
    weight = np.full((picture.size, picture.size), np.nan)
    for y, x in picture.placed():
        light = picture.lab[picture.place(y, x)][..., 0].mean()
        weight[y, x] = abs(light - centre) + 0.5 * picture.gradients(y, x)[0].mean()
    weight[np.isnan(weight)] = np.nanmean(weight)
    place = (np.arange(picture.size) - (picture.size - 1) / 2) * 2 / picture.size
    total = weight.sum() + 1e-6
    return weight.sum(axis=0) @ place / total, weight.sum(axis=1) @ place / total


def likeness(picture, image, filled):
    """Likeness of a picture and its image where both are filled; -1 where that is nowhere."""
    both = picture.filled & filled
    if not both.any():
        return made.NO_PAIRS
    away = distance(picture.lab, image)[both].mean()
    return max(0.0, 1 - away / typical_distance_of(picture.library))


def symmetries(picture):
    images = {
        "left_right": [lambda p: p[:, ::-1]],
        "up_down": [lambda p: p[::-1]],
        "half_turn": [lambda p: p[::-1, ::-1]],
        "diagonal": [lambda p: p.swapaxes(0, 1), lambda p: p[::-1, ::-1].swapaxes(0, 1)],
    }
    return {
        name: max(likeness(picture, turn(picture.lab), turn(picture.filled)) for turn in turns)
        for name, turns in images.items()
    }


def repetition(picture):
    best = 0.0
    for period in range(1, made.LONGEST_PERIOD + 1):
        away = []
        for lab, filled in (
            (picture.lab, picture.filled),
            (picture.lab.swapaxes(0, 1), picture.filled.T),
        ):
            both = filled[: -CELL * period] & filled[CELL * period :]
            away.append(distance(lab[: -CELL * period], lab[CELL * period :])[both])
        away = np.concatenate(away)
        if away.size:
            best = max(best, 1 - away.mean() / typical_distance_of(picture.library))
    return best


def measures(cells, size, library):
    """Every measure of a canvas, by name."""
    picture = Picture(cells, size, library)
    cells_filled = len(picture.placed())
    if not cells_filled:
        return dict.fromkeys(made.MEASURES, 0.0)
    uses = np.bincount(picture.patch[picture.patch >= 0], minlength=len(library))
    slope, residual = spectrum(picture)
    right, down = balance(picture)
    return {
        "contour": contour(picture),
        "seam": seam(picture),
        "coherence": coherence(picture),
        "slope": slope,
        "slope_residual": residual,
        "edge_entropy": edge_entropy(picture),
        "light_entropy": share_entropy(light_histogram(picture)[0], 16),
        "contrast": contrast(picture),
        "complexity": complexity(picture),
        "harmony": harmony(picture),
        "imbalance": np.sqrt(right**2 + down**2),
        "reuse": uses.max() / size**2,
        "variety": share_entropy(uses, min(len(library), cells_filled)),
        **symmetries(picture),
        "repetition": repetition(picture),
        "lightness": picture.pixels()[:, 0].mean(),
        "warmth": picture.pixels()[:, 2].mean(),
        "balance_x": right,
        "balance_y": down,
    }


def membership(value, low, high, width):
    away = np.maximum(0, np.maximum(low - value, value - high)) / width
    return 1 / (1 + away**2)


def craft(measured, order, photographic, full):
    """Craft and its terms, by name."""
    asked = (None, "left_right", "up_down", "half_turn")[order]
    symmetry = ("left_right", "up_down", "half_turn", "diagonal")
    unasked = max(0.0, *(measured[name] for name in symmetry if name != asked))
    late = () if full else ("slope", "slope_residual", "variety", "imbalance")
    terms, logs, weights = {}, 0.0, 0.0
    for name, band in zip(bands.TERM_NAMES, bands.profile(photographic), strict=True):
        low, high, width, weight = band
        value = unasked if name == "symmetry" else measured[name]
        terms[name] = 1.0 if name in late else membership(value, low, high, width)
        logs += weight * np.log(terms[name])
        weights += 0 if name in late else weight
    return np.exp(logs / weights) ** bands.SHARPNESS, terms


def adherence(cells, size, library, measured, brief):
    """Adherence to one brief (a `Briefs` of one row) and its terms, by name."""
    lab = Picture(cells, size, library).pixels()
    inks = tables.library_inks(library)
    nearest = np.array([distance(colour, inks).argmin() for colour in lab])
    order = brief.order[0]
    likeness_made = measured[("left_right", "left_right", "up_down", "half_turn")[order]]
    deviation = {
        "keeps_lead": (nearest == brief.lead[0]).mean() - brief.share[0],
        "keeps_warmth": measured["warmth"] - brief.warmth[0],
        "keeps_complexity": measured["complexity"] - brief.complexity[0],
        "keeps_contrast": measured["contrast"] - brief.contrast[0],
        "keeps_balance": distance(
            np.array([measured["balance_x"], measured["balance_y"]]), brief.balance[0]
        ),
        "keeps_order": likeness_made - brief.likeness[0],
    }
    if order == 0 or likeness_made == made.NO_PAIRS:
        deviation["keeps_order"] = 0.0
    terms = {
        name: membership(deviation[name], -tolerance, tolerance, width)
        for name, tolerance, width in zip(
            kept.TERM_NAMES, kept._TOLERANCE, kept._WIDTH, strict=True
        )
    }
    return np.prod(list(terms.values())) ** (1 / len(terms)), terms
