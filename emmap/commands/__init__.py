"""The verbs of the `emmap` command, one module a group; each exposes `register(app)`."""
