"""The map on paper: a stored spec, the same answer and the same style as on screen, the same bytes every time."""
