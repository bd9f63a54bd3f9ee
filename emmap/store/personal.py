"""Erasing personal data: an act that the store itself writes into the audit."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from emmap.errors import Malformed, NotFound
from emmap.store.audit import ActorKind


@dataclass(frozen=True, slots=True)
class By:
    """Who erases, from where, and why."""

    actor: str
    kind: ActorKind
    address: str
    reason: str

    def given(self) -> dict[str, str]:
        """As the store's functions take it. `Malformed` without a reason."""
        if not self.reason.strip():
            raise Malformed(
                "清除个人信息须写明原因。", "Erasing personal data needs a reason.", code="no_reason"
            )
        return {
            "actor": self.actor,
            "kind": self.kind,
            "address": self.address,
            "reason": self.reason.strip()[:500],
        }


def erase(conn: Connection, layer: str, feature_id: str, by: By) -> int:
    """Erases a feature's personal data in all its states; how many had any. Its versions stay. `NotFound` where nothing
    was kept of that feature."""
    given = {"layer": layer, "feature": feature_id, **by.given()}
    known = conn.execute(
        text("select exists (select from personal where layer = :layer and feature_id = :feature)"), given
    ).scalar_one()
    if not known:
        raise NotFound(
            f"没有 {layer}/{feature_id[:80]} 的个人信息。",
            f"There are no personal data of {layer}/{feature_id[:80]}.",
        )
    erased: int = conn.execute(
        text("select erase_personal(:layer, :feature, :actor, :kind, :address, :reason)"), given
    ).scalar_one()
    return erased


def erase_caller(conn: Connection, alarm_id: int, by: By) -> None:
    """Erases who called about an alarm; the alarm stays. `NotFound` where nothing is kept, or no longer."""
    given = {"alarm": alarm_id, **by.given()}
    known = conn.execute(
        text("select exists (select from alarm_caller where alarm_id = :alarm and erased_at is null)"), given
    ).scalar_one()
    if not known:
        raise NotFound(
            f"警情 {alarm_id} 没有来电人信息。", f"Nothing is kept of who called about alarm {alarm_id}."
        )
    conn.execute(text("select erase_caller(:alarm, :actor, :kind, :address, :reason)"), given)


def erase_duty_phones(conn: Connection, name: str, by: By) -> int:
    """Erases a person's phone numbers in all turns of the rota, past ones too; in how many. The turns stay. `NotFound` where
    none is kept."""
    given = {"name": name, **by.given()}
    known = conn.execute(
        text("select exists (select from rota where name = :name and phone <> '')"), given
    ).scalar_one()
    if not known:
        raise NotFound(f"值班表没有 {name[:80]} 的电话。", f"The rota has no phone number of {name[:80]}.")
    erased: int = conn.execute(
        text("select erase_duty_phones(:name, :actor, :kind, :address, :reason)"), given
    ).scalar_one()
    return erased


def originals(conn: Connection, layer: str, feature_id: str) -> list[int]:
    """The originals that a feature's versions came from and that still hold what they said."""
    return list(
        conn.execute(
            text(
                "select distinct m.message_id from version v join source_message m on m.message_id = v.source_message_id"
                " where v.layer = :layer and v.feature_id = :feature and m.erased_at is null order by 1"
            ),
            {"layer": layer, "feature": feature_id},
        ).scalars()
    )


def erase_original(conn: Connection, message_id: int, by: By) -> None:
    """Erases the content of an original and of its refused rows; its hash stays. `NotFound` where there is none left."""
    given = {"message": message_id, **by.given()}
    known = conn.execute(
        text("select exists (select from source_message where message_id = :message and erased_at is null)"),
        given,
    ).scalar_one()
    if not known:
        raise NotFound(f"没有原始消息 {message_id}。", f"There is no message {message_id}.")
    conn.execute(text("select erase_message(:message, :actor, :kind, :address, :reason)"), given)
