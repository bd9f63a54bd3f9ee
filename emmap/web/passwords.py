"""Passwords: argon2, checked so that neither time nor answer tells whether a name exists."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from emmap.errors import Malformed, TooManyTries
from emmap.store import access
from emmap.store.database import Database

SHORTEST, LONGEST = 10, 200
LONGEST_QUEUE_S = 5.0
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody")
"""Checked for unknown names, so that the time does not tell whether a name exists."""
_at_once = BoundedSemaphore(2)
"""Each check takes 64 MiB and a tenth of a second: many tries at once must not take the machine."""


def hashed(password: str, name: str) -> str:
    """The hash of a new password of an account. `Malformed` where it is too short, too long or the name."""
    if not SHORTEST <= len(password) <= LONGEST or password.casefold() == name.casefold():
        raise Malformed(
            f"密码须为 {SHORTEST} 至 {LONGEST} 个字符，且不同于账号名。",
            f"A password has {SHORTEST} to {LONGEST} characters and is not the account's name.",
            code="weak_password",
        )
    with _turn():
        return _hasher.hash(password)


def fits(db: Database, name: str, password: str, address: str) -> bool:
    """Whether name and password belong together. A wrong one is remembered, for the account and for the address; while
    either has to wait the right one does not help. No connection is held meanwhile. `TooManyTries` under a flood."""
    with db.engine("app").connect() as conn:
        found = access.account(conn, name)
        waiting = access.must_wait(conn, name, address)
    usable = found.password_hash if found is not None and found.disabled_at is None else None
    with _turn():
        right = _verify(usable or _NOBODY, password[: LONGEST + 1])
    with db.engine("app").begin() as conn:
        if usable is None or not right:
            access.note_failure(conn, name, address)
            return False
        if not waiting:
            access.note_success(conn, name)
    return not waiting


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except VerificationError:
        return False


@contextmanager
def _turn() -> Iterator[None]:
    if not _at_once.acquire(timeout=LONGEST_QUEUE_S):
        raise TooManyTries(
            "现在登录的人太多，请稍后再试。", "Too many are signing in just now; try again shortly."
        )
    try:
        yield
    finally:
        _at_once.release()
