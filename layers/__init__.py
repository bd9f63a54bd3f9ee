"""The layers: one file each, read by `emmap.layer.load_layers`."""
