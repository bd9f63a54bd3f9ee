"""Taking an applied import back: one act, with a run of its own in the history."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from emmap.errors import Conflict, NotFound
from emmap.ingest.gauges.take import SOURCE as GAUGES_SOURCE
from emmap.ingest.result import FIRST_REJECTED
from emmap.store import inbox, withdrawals
from emmap.store.database import Database
from emmap.store.inbox import RejectedRow, Run
from emmap.store.withdrawals import Left, Withdrawn
from emmap.view import BEIJING


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What taking a run back did: features with their earlier state again (`restored`), features that had none
    (`removed`), and those that something later changed, which stay (`left`)."""

    run_id: int
    withdraws: int
    done: Withdrawn

    def as_json(self) -> dict[str, Any]:
        """The answer of `POST /api/imports/{run_id}/withdraw`."""
        return {
            "run_id": self.run_id,
            "withdraws": self.withdraws,
            "restored": self.done.restored,
            "removed": self.done.removed,
            "left": len(self.done.left),
            "left_features": [
                {"layer": one.layer, "feature_id": one.feature_id, "changed_at": one.changed_at.isoformat()}
                for one in self.done.left[:FIRST_REJECTED]
            ],
        }


def withdraw_run(db: Database, realm: str, run_id: int, *, user: str) -> Withdrawal:
    """Takes run `run_id` back in one transaction: every feature that it touched goes back to the state before,
    unless something later changed it. A withdrawal can itself be withdrawn.

    Raises `NotFound`, and `Conflict` where nothing can be taken back.
    """
    with db.engine("app", realm).begin() as conn:
        run = inbox.run(conn, run_id)
        if run is None:
            raise NotFound(f"没有导入记录 {run_id}。", f"There is no import {run_id}.")
        written = withdrawals.writes(conn, run_id)
        if (refusal := _refusal(run, bool(written))) is not None:
            raise refusal
        try:
            own_id = inbox.start_run(
                conn,
                run.layer,
                "withdrawal",
                file_name=run.file_name,
                mode=run.mode,
                datum=run.datum,
                account=user,
                message_id=run.message_id,
                withdraws=run_id,
            )
        except IntegrityError as error:
            raise _taken_back(run_id) from error
        done = withdrawals.withdraw(conn, written)
        if not done.restored and not done.removed:
            raise Conflict(
                f"第 {run_id} 次导入改动的 {len(done.left):,} 个要素，后来都又改过了，没有可以撤回的。",
                f"All {len(done.left):,} features that import {run_id} changed were changed again since: nothing is left "
                "to withdraw.",
                code="changed_later",
            )
        inbox.reject(conn, own_id, (_kept(n, one) for n, one in enumerate(done.left, 1)))
        counts = {"restored": done.restored, "removed": done.removed, "left": len(done.left)}
        inbox.finish_run(conn, own_id, counts)
    return Withdrawal(own_id, run_id, done)


def withdrawable(run: Run, wrote: bool) -> bool:
    """Whether a run can be taken back; `wrote`: it changed something."""
    return _refusal(run, wrote) is None


def _refusal(run: Run, wrote: bool) -> Conflict | None:
    if run.withdrawn_by is not None:
        return _taken_back(run.run_id)
    if run.reader == "cap":
        return Conflict(
            "CAP 消息有自己的生命周期：发错的消息请用解除（Cancel）或更新（Update）消息更正，不能撤回导入。",
            "CAP messages have a life cycle of their own: correct a wrong one by a Cancel or an Update message; such an "
            "import cannot be withdrawn.",
            code="cap_run",
        )
    if run.source == GAUGES_SOURCE:
        return Conflict(
            "测站的状态和预警由观测值算出，不能撤回导入；请导入同一站、同一时间的正确值来更正。",
            "Stations and their warnings follow from what was measured; such an import cannot be withdrawn: import the "
            "right values of the same stations and times.",
            code="gauges_run",
        )
    if not wrote:
        return Conflict(
            f"第 {run.run_id} 次导入没有改变任何要素，没有可以撤回的。",
            f"Import {run.run_id} changed no feature: there is nothing to withdraw.",
            code="nothing_written",
        )
    return None


def _taken_back(run_id: int) -> Conflict:
    return Conflict(
        f"第 {run_id} 次导入已经撤回。", f"Import {run_id} is withdrawn already.", code="withdrawn"
    )


def _kept(number: int, one: Left) -> RejectedRow:
    """A feature that stays, as the run's history tells it."""
    at = one.changed_at.astimezone(BEIJING)
    return RejectedRow(
        position=number,
        code="changed_later",
        zh=f"要素「{one.feature_id}」在 {at:%Y-%m-%d %H:%M:%S} 又改过，保持原样。",
        en=f"Feature “{one.feature_id}” was changed again at {at:%Y-%m-%d %H:%M:%S} (Beijing time) and stays as it is.",
        raw=one.feature_id,
    )
