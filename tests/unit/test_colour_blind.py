"""Symbols of one legend stay apart for eyes without one of the three cones: by shape, or by colour as they see it."""

from itertools import combinations

import numpy as np
import pytest

from emmap.layer import load_layers, style_table
from emmap.settings import ROOT

LAYERS = load_layers(ROOT / "layers")
SIMULATED = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""On linear RGB, at full severity (Machado, Oliveira, Fernandes 2009, table 1)."""
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)
APART = 12.0
"""CIE 1976 difference: about five times what can just be seen side by side (2.3)."""


def seen(colour: str, by: str) -> np.ndarray:
    """A colour #rrggbb in CIE L*a*b* (D65), as such eyes see it."""
    srgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(SIMULATED[by]) @ linear, 0, 1) / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", ["colour", "night"])
@pytest.mark.parametrize("layer", sorted(LAYERS))
def test_symbols_of_a_legend_differ_in_shape_or_in_simulated_colour(layer: str, theme: str) -> None:
    alike = [
        (a["label"]["zh"], b["label"]["zh"], eyes, round(float(distance), 1))
        for a, b in combinations(style_table(LAYERS[layer]), 2)
        if (a["shape"], a["mark"]) == (b["shape"], b["mark"])
        if a["mark"] == "point" or a["dash"] == b["dash"]
        for eyes in SIMULATED
        if (distance := np.linalg.norm(seen(a[theme], eyes) - seen(b[theme], eyes))) < APART
    ]
    assert alike == []
