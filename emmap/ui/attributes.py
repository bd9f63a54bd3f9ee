"""`data-…` and `aria-…` attributes as keyword arguments: `html.Button(…, **data(toggle="hazard"))`."""

from typing import Any


def data(**values: str) -> dict[str, Any]:
    """`data(count_words="total")` is `data-count-words="total"`."""
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}


def aria(**values: str) -> dict[str, Any]:
    """`aria(pressed="false")` is `aria-pressed="false"`."""
    return {f"aria-{name}": value for name, value in values.items()}
