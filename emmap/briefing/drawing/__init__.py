"""The map and the charts as vector drawings: frame, ground, symbols, names, legend."""
