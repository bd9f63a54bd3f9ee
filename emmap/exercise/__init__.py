"""Exercises: made-up histories that fill a realm of their own, so that the map can be learned and tried."""

from emmap.exercise.loading import REALM, Phase, Progress, drop, load
from emmap.exercise.replay import Replay
from emmap.exercise.scenario import SCENARIOS, Scenario

__all__ = ["REALM", "SCENARIOS", "Phase", "Progress", "Replay", "Scenario", "drop", "load"]
