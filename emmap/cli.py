"""The command line: `emmap VERB`. Each group of verbs is a module in `emmap/commands/`."""

import sys

import psycopg
import pydantic
import sqlalchemy.exc
import typer

from emmap.commands import access, audit, briefing, exercise, ingest, layers, server, source
from emmap.errors import EmmapError
from emmap.settings import Settings, get_settings

app = typer.Typer(
    help="应急一张图 / one map for emergency command",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (server, ingest, source, layers, access, audit, briefing, exercise):
    group.register(app)


def main() -> None:
    """Runs a verb; whatever goes wrong is one sentence, and the exit code 1. A fault of the program itself shows its
    trace with EMMAP_LOG_LEVEL=DEBUG."""
    try:
        app(prog_name="emmap")
    except EmmapError as error:
        _refuse(error.zh, error.en)
    except (sqlalchemy.exc.OperationalError, psycopg.OperationalError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        _refuse(
            f"数据库没有应答：{reason}。请运行 emmap status 查看，emmap db start 启动。",
            f"The database does not answer: {reason}. See emmap status; emmap db start starts it.",
        )
    except Exception as error:
        if isinstance(error, pydantic.ValidationError) and error.title == Settings.__name__:
            names = ", ".join(dict.fromkeys(f"EMMAP_{str(one['loc'][0]).upper()}" for one in error.errors()))
            # Only our own checks speak: other messages would quote the value, which may hold a secret.
            why = " ".join(str(one["ctx"]["error"]) for one in error.errors() if one["type"] == "value_error")
            _refuse(
                f"设置 {names} 的值无效；请对照 docs/operate.md 改正。",
                f"The value of {names} is not valid; see docs/operate.md." + (f"\n  {why}" if why else ""),
            )
        if get_settings().log_level.upper() == "DEBUG":
            raise
        _refuse(
            f"程序内部错误（{type(error).__name__}: {error}）；请设 EMMAP_LOG_LEVEL=DEBUG 重试并把输出交给维护者。",
            f"A fault of the program ({type(error).__name__}); run it again with EMMAP_LOG_LEVEL=DEBUG and report the "
            "output.",
        )


def _refuse(zh: str, en: str) -> None:
    typer.echo(f"✗ {zh}\n  {en}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
