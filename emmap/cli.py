"""The command line: `emmap VERB`. Each group of verbs is a module in `emmap/commands/`."""

import sys

import typer

from emmap.commands import access, briefing, exercise, ingest, layers, server
from emmap.errors import EmmapError

app = typer.Typer(
    help="应急一张图 / one map for emergency command", no_args_is_help=True, add_completion=False
)
for group in (server, ingest, layers, access, briefing, exercise):
    group.register(app)


def main() -> None:
    """Runs a verb; an error that a user may meet is one sentence, and the exit code 1."""
    try:
        app(standalone_mode=True)
    except EmmapError as error:
        typer.echo(f"✗ {error.zh}\n  {error.en}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
