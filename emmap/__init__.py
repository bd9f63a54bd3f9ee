"""emmap: one map (一张图) for a city's emergency command centre."""

__version__ = "0.1.0"
