"""Gauges: from tables and messages of measurements to observations, stations' conditions and warnings."""
