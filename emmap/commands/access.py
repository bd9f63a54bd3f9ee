"""`emmap user add|list|disable|link` and `emmap token create`."""

import json
from typing import Annotated

import typer
from argon2 import PasswordHasher

from emmap.errors import NotFound
from emmap.permissions import checked_role
from emmap.settings import get_settings
from emmap.store import access
from emmap.store.database import Database
from emmap.web.access import new_sign_in_link

user = typer.Typer(help="账号 / accounts", no_args_is_help=True)
token = typer.Typer(help="程序用的令牌 / tokens for programs", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(user, name="user")
    app.add_typer(token, name="token")


def _store() -> Database:
    found = Database.from_settings(get_settings())
    found.ensure_running()
    return found


@user.command()
def add(
    name: Annotated[str, typer.Argument(help="账号 / name")],
    role: Annotated[str, typer.Option(help="角色 / role")] = "viewer",
    password: Annotated[
        bool, typer.Option("--password", help="设密码(会提示输入)/ set a password (asked for)")
    ] = False,
) -> None:
    """新增账号 / add an account."""
    secret = typer.prompt("密码 / password", hide_input=True, confirmation_prompt=True) if password else None
    with _store().engine("app").begin() as conn:
        access.add_account(conn, name, checked_role(role), PasswordHasher().hash(secret) if secret else None)
    typer.echo(f"已新增账号 {name}({role})/ added")


@user.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """列出账号 / all accounts."""
    with _store().engine("app").connect() as conn:
        found = access.accounts(conn)
    if as_json:
        told = [{"name": a.name, "role": a.role, "disabled": a.disabled_at is not None} for a in found]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in found:
        typer.echo(f"{one.name}  {one.role}{'  已停用 / disabled' if one.disabled_at else ''}")


@user.command()
def disable(name: Annotated[str, typer.Argument(help="账号 / name")]) -> None:
    """停用账号并结束其会话 / disable an account and end its sessions."""
    with _store().engine("app").begin() as conn:
        access.disable_account(conn, name)
    typer.echo(f"已停用 {name} / disabled")


@user.command()
def link(
    name: Annotated[str, typer.Argument(help="账号 / name")] = "administrator",
    base_url: Annotated[str, typer.Option(help="网页地址 / address of the page")] = "http://127.0.0.1:8050",
) -> None:
    """打印一次性登录地址 / print a one-time sign-in address."""
    store = _store()
    with store.engine("app").connect() as conn:
        known = access.account(conn, name)
    if known is None and name != "administrator":
        raise NotFound(
            f"没有账号 {name};用 emmap user add 新增。",
            f"There is no account {name}; add it with emmap user add.",
        )
    typer.echo(new_sign_in_link(store, base_url, name))


@token.command()
def create(
    role: Annotated[str, typer.Option(help="角色 / role")],
    name: Annotated[str, typer.Option(help="用途 / what it is for")],
) -> None:
    """打印新令牌(只显示这一次)/ print a new token (shown this once)."""
    with _store().engine("app").begin() as conn:
        secret = access.make_token(conn, name, checked_role(role))
    typer.echo(secret)
