"""The canvas drawn the slow way: every symbol sampled point by point over what lies under it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

SAMPLES = 8
"""Samples of a pixel's side."""


@dataclass(frozen=True)
class Drawn:
    """A symbol on the canvas: the device pixel of its middle, its shape, diameter (CSS px) and colours."""

    x: int
    y: int
    shape: str
    size: float
    colour: str
    rim: str = "#ffffff"


def picture(symbols: Iterable[Drawn], width: int, height: int, ratio: int) -> np.ndarray:
    """Symbols laid on white one after the other: height × width × 3, 0 to 255."""
    found = np.full((height, width, 3), 255.0)
    for one in symbols:
        fill, rim = _coverage(one, ratio)
        reach = fill.shape[0] // 2
        rows = slice(max(0, one.y - reach), min(height, one.y + reach + 1))
        columns = slice(max(0, one.x - reach), min(width, one.x + reach + 1))
        part = (
            slice(rows.start - one.y + reach, rows.stop - one.y + reach),
            slice(columns.start - one.x + reach, columns.stop - one.x + reach),
        )
        if rows.start >= rows.stop or columns.start >= columns.stop:
            continue
        for cover, colour in ((rim, one.rim), (fill, one.colour)):
            alpha = cover[part][..., None]
            found[rows, columns] = alpha * _rgb(colour) + (1 - alpha) * found[rows, columns]
    return found


def _coverage(one: Drawn, ratio: int) -> tuple[np.ndarray, np.ndarray]:
    """How much of each pixel around the middle the shape covers, and the line along its outline."""
    radius = one.size / 2 * ratio
    edge = (1.2 if one.size >= 8 else 0.6) * ratio
    reach = math.ceil(radius + edge + 2)
    steps = (np.arange((2 * reach + 1) * SAMPLES) + 0.5) / SAMPLES - reach - 0.5
    x, y = np.meshgrid(steps, steps)
    inside, distance = _shape(one.shape, x / radius, y / radius)
    near = np.abs(distance) * radius <= edge

    def share(samples: np.ndarray) -> np.ndarray:
        side = 2 * reach + 1
        return samples.reshape(side, SAMPLES, side, SAMPLES).mean(axis=(1, 3))

    return share(inside), share(near)


def _shape(shape: str, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For points of the plane, y down: whether inside, and how far from the outline; the shape's radius is 1."""
    if shape == "circle":
        r = np.hypot(x, y)
        return r <= 1, r - 1
    corners = {
        "pentagon": _around(5),
        "hexagon": _around(6),
        "star": [(r * x, r * y) for (x, y), r in zip(_around(10), [1, 0.45] * 5, strict=True)],
        "square": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)],
        "diamond": [(0, -1), (1, 0), (0, 1), (-1, 0)],
        "triangle": [(0, -1), (0.95, 0.75), (-0.95, 0.75)],
        "cross": [
            *((-0.33, -1), (0.33, -1), (0.33, -0.33), (1, -0.33), (1, 0.33), (0.33, 0.33)),
            *((0.33, 1), (-0.33, 1), (-0.33, 0.33), (-1, 0.33), (-1, -0.33), (-0.33, -0.33)),
        ],
    }[shape]
    inside = np.zeros(x.shape, bool)
    distance = np.full(x.shape, np.inf)
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
        along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
        along = np.clip(along, 0, 1)
        distance = np.minimum(distance, np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)))
    return inside, distance


def _around(corners: int) -> list[tuple[float, float]]:
    """Corners of a regular polygon, clockwise from the top."""
    turns = [2 * math.pi * k / corners for k in range(corners)]
    return [(math.sin(turn), -math.cos(turn)) for turn in turns]


def _rgb(colour: str) -> np.ndarray:
    return np.array([*bytes.fromhex(colour.lstrip("#"))], float)
