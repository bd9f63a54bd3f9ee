"""Detections of fire on their way into the store: told again, of standing sources, grouped into events.

A detection told again by the standard processing takes its near real time self's place. What standing sources of heat
give is marked. What hangs together becomes an event, which is a feature too. All of it is written with the import that
brought the detections, and only the neighbourhood of what is new is looked at. What people said stays in force.
"""

from emmap.ingest.detections.grouping import settle

__all__ = ["settle"]
