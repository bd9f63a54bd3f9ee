"""`emmap user …` and `emmap token …`."""

import json
import os
import pwd
from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy import Connection

from emmap.codes import code_of, districts
from emmap.errors import Malformed
from emmap.permissions import checked_role
from emmap.settings import get_settings
from emmap.store import access, audit, tokens
from emmap.store.database import Database
from emmap.web.access import FIRST_ACCOUNT, new_sign_in_link
from emmap.web.passwords import hashed

user = typer.Typer(help="账号 / accounts", no_args_is_help=True)
token = typer.Typer(help="程序用的令牌 / tokens for programs", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="账号 / name")]
Json = Annotated[bool, typer.Option("--json", help="JSON")]
Districts = Annotated[
    list[str] | None,
    typer.Option("--district", help="只可修改这些区，代码或名称，可重复 / may change these districts only"),
]


def register(app: typer.Typer) -> None:
    """Adds the verbs."""
    app.add_typer(user, name="user")
    app.add_typer(token, name="token")


def store() -> Database:
    """The store, running."""
    found = Database.from_settings(get_settings())
    found.ensure_running()
    return found


def note(conn: Connection, command: str, act: audit.Act = "change", **details: object) -> None:
    """Tells the audit of an act by the command line, in its transaction: the system user did it."""
    audit.note(conn, [audit.Entry(act, system_user(), "command", f"emmap {command}", details=details)])


def note_done(db: Database, command: str, act: audit.Act = "change", **details: object) -> None:
    """Tells the audit of an act that kept its own transactions, when it is done."""
    with db.engine("app").begin() as conn:
        note(conn, command, act, **details)


def system_user() -> str:
    """Who runs the command, as the operating system knows them."""
    return pwd.getpwuid(os.getuid()).pw_name


def chosen_districts(named: list[str] | None) -> frozenset[str] | None:
    """Codes of districts that are named by code or name; None where none is. `Malformed` for an unknown one."""
    found = set()
    for one in named or ():
        code = code_of(one, districts().values())
        if code is None:
            known = "、".join(d.zh for d in districts().values())
            raise Malformed(f"没有区「{one[:40]}」；可用：{known}。", f"There is no district “{one[:40]}”.")
        found.add(code)
    return frozenset(found) or None


@user.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="角色 / role")] = "viewer",
    password: Annotated[
        bool, typer.Option("--password", help="设密码（会提示输入）/ set a password (asked for)")
    ] = False,
    district: Districts = None,
) -> None:
    """新增账号 / add an account."""
    secret = _asked_password(name) if password else None
    codes = chosen_districts(district)
    with store().engine("app").begin() as conn:
        access.add_account(conn, name, checked_role(role), secret, codes)
        note(conn, "user add", account=name, role=role, districts=sorted(codes or ()))
    typer.echo(f"已新增账号 {name}（{role}）/ added")


def _asked_password(name: str) -> str:
    return hashed(typer.prompt("密码 / password", hide_input=True, confirmation_prompt=True), name)


@user.command("list")
def list_(as_json: Json = False) -> None:
    """列出账号 / all accounts."""
    with store().engine("app").connect() as conn:
        found = access.accounts(conn)
    if as_json:
        told = [
            {
                "name": a.name,
                "role": a.role,
                "districts": sorted(a.districts) if a.districts else None,
                "disabled": a.disabled_at is not None,
            }
            for a in found
        ]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    names = districts()
    for one in found:
        where = (
            "、".join(names[code].zh for code in sorted(one.districts) if code in names)
            if one.districts
            else ""
        )
        typer.echo(
            "  ".join(
                filter(None, (one.name, one.role, where, "已停用 / disabled" if one.disabled_at else ""))
            )
        )


@user.command()
def disable(name: Name) -> None:
    """停用账号并结束其会话 / disable an account and end its sessions."""
    with store().engine("app").begin() as conn:
        access.disable_account(conn, name)
        note(conn, "user disable", account=name)
    typer.echo(f"已停用 {name} / disabled")


@user.command()
def enable(name: Name) -> None:
    """重新启用账号 / let a disabled account in again."""
    with store().engine("app").begin() as conn:
        access.enable_account(conn, name)
        note(conn, "user enable", account=name)
    typer.echo(f"已启用 {name} / enabled")


@user.command()
def password(
    name: Name, clear: Annotated[bool, typer.Option(help="取消密码 / take it away")] = False
) -> None:
    """设新密码（会提示输入）并结束其会话 / set a new password (asked for) and end the account's sessions."""
    secret = None if clear else _asked_password(name)
    with store().engine("app").begin() as conn:
        access.set_password(conn, name, secret)
        access.close_sessions(conn, name)
        note(conn, "user password", account=name, cleared=clear)
    typer.echo(f"{name} 的密码已更新 / done")


@user.command()
def role(name: Name, role: Annotated[str, typer.Argument(help="角色 / role")]) -> None:
    """换角色 / give an account another role."""
    with store().engine("app").begin() as conn:
        access.set_role(conn, name, checked_role(role))
        note(conn, "user role", account=name, role=role)
    typer.echo(f"{name}：{role}")


@user.command("districts")
def districts_(name: Name, district: Districts = None) -> None:
    """设可修改的区；不写 --district 即全市 / where an account may change things; without --district: everywhere."""
    codes = chosen_districts(district)
    with store().engine("app").begin() as conn:
        access.set_districts(conn, name, codes)
        note(conn, "user districts", account=name, districts=sorted(codes or ()))
    typer.echo(f"{name}：{'、'.join(sorted(codes)) if codes else '全市 / the whole city'}")


@user.command("sign-out")
def sign_out(name: Name) -> None:
    """结束账号的全部会话 / end all sessions of an account."""
    with store().engine("app").begin() as conn:
        access.account_named(conn, name)
        ended = access.close_sessions(conn, name)
        note(conn, "user sign-out", account=name, sessions=ended)
    typer.echo(f"已结束 {ended} 个会话 / ended")


@user.command()
def link(
    name: Name = FIRST_ACCOUNT,
    base_url: Annotated[str, typer.Option(help="网页地址 / address of the page")] = "http://127.0.0.1:8050",
) -> None:
    """打印一次性登录地址 / print a one-time sign-in address."""
    found = store()
    with found.engine("app").begin() as conn:
        if name != FIRST_ACCOUNT:
            access.account_named(conn, name)
        note(conn, "user link", account=name)
    typer.echo(new_sign_in_link(found, base_url, name))


@token.command()
def create(
    role: Annotated[str, typer.Option(help="角色 / role")],
    name: Annotated[str, typer.Option(help="用途 / what it is for")],
    scope: Annotated[
        list[str] | None, typer.Option(help="只给这些权限，可重复 / a part of the role's permissions")
    ] = None,
    district: Districts = None,
    days: Annotated[float | None, typer.Option(min=0.001, help="有效天数 / days until it ends")] = None,
) -> None:
    """打印新令牌（只显示这一次）/ print a new token (shown this once)."""
    codes = chosen_districts(district)
    wanted = tokens.checked_scope(checked_role(role), scope)
    with store().engine("app").begin() as conn:
        secret = tokens.make_token(
            conn,
            name,
            role,
            scope=wanted,
            districts=codes,
            life=timedelta(days=days) if days else None,
        )
        note(conn, "token create", token=name, role=role, scope=sorted(wanted or ()), days=days)
    typer.echo(secret)


@token.command("list")
def list_tokens(as_json: Json = False) -> None:
    """列出令牌（不含令牌本身）/ all tokens, never the secrets."""
    with store().engine("app").connect() as conn:
        found = tokens.tokens(conn)
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        ends = f"  → {one.expires_at:%Y-%m-%d %H:%M %Z}" if one.expires_at else ""
        typer.echo(
            f"{one.token_id}  {one.name}  {one.role}{ends}{'  已撤销 / revoked' if one.revoked_at else ''}"
        )


@token.command()
def revoke(token_id: Annotated[int, typer.Argument(help="令牌编号 / its number")]) -> None:
    """撤销令牌 / end a token."""
    with store().engine("app").begin() as conn:
        name = tokens.revoke_token(conn, token_id)
        note(conn, "token revoke", token=name, number=token_id)
    typer.echo(f"已撤销 {name} / revoked")
