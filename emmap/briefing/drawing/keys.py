"""What explains a drawing to its reader: entries of the legend that no layer's style holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its picture (SVG), what it stands for, and how many."""

    picture: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Key:
    """Lines under a title; the counts sum to what the sheet shows of it. `note` says how to read it; `styled`: whether
    the drawing has the colours of the layer's styles, so that these stay in the legend."""

    title: str
    entries: tuple[Entry, ...]
    note: str = ""
    styled: bool = True
