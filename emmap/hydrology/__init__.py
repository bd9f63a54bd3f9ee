"""What measurements of water mean: rain sums, levels with hysteresis, silence. Pure: no database, no layer."""
