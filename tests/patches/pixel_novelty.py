"""Novelty computed from pixels: of the picture itself, turned and mirrored as a picture."""

from __future__ import annotations

import numpy as np

from tests.patches.pixel_score import Picture

CELLS_OF_BLOCKS = {
    6: [[0], [1, 2], [3, 4], [5]],
    8: [[0, 1], [2, 3], [4, 5], [6, 7]],
    12: [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]],
}


def features(cells, size, library):
    """What novelty compares, shape (240,): colours, edges in 4 x 4 blocks, layout of colours."""
    return features_of_picture(Picture(cells, size, library))


def features_of_picture(picture):
    steps = ((0, 25), (-48, 24), (-48, 24))
    place = [np.clip((part - low) // step, 0, 3).astype(int)
             for part, (low, step) in zip(picture.pixels().T, steps, strict=True)]  # fmt: skip
    colours = np.zeros((4, 4, 4))
    np.add.at(colours, tuple(place), 1)
    edges, layout = np.zeros((4, 4, 8)), np.zeros((4, 4, 3))
    for v, rows in enumerate(CELLS_OF_BLOCKS[picture.size]):
        for u, columns in enumerate(CELLS_OF_BLOCKS[picture.size]):
            block = [(y, x) for y in rows for x in columns]
            layout[v, u] = np.mean(
                [picture.lab[picture.place(*cell)].mean(axis=(0, 1)) for cell in block], axis=0
            )
            for cell in block:
                strength, angle = picture.gradients(*cell)
                np.add.at(edges[v, u], np.round(np.degrees(angle) / 22.5).astype(int) % 8, strength)
    layout = (layout - np.array([0, -125, -125])) / 250
    shares = [np.sqrt(part / max(part.sum(), 1e-6)).ravel() for part in (colours, edges)]
    return np.concatenate((*shares, layout.ravel()))


def novelty_distances(cells, size, library, known, earlier):
    """Distance to the nearest of known features (m, 240), and to earlier canvases in any order."""
    own = features(cells, size, library)
    nearest = np.sqrt(((known - own) ** 2).sum(axis=1)).min()
    picture, others = Picture(cells, size, library), [2.0]
    for work in earlier:
        for transform in range(8):
            turned = Picture(cells, size, library)
            turned.lab = np.rot90(
                picture.lab[:, ::-1] if transform >= 4 else picture.lab, transform % 4
            )
            others.append(np.linalg.norm(features_of_picture(turned) - work))
    return min(nearest, 2.0), min(others)
