"""The audit: who came in, was refused, saw personal data, changed or took out something. Append only, hash-chained."""

import json
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal

from sqlalchemy import Connection, text

from emmap.layer import Layer
from emmap.permissions import Caller

Act = Literal["sign_in", "sign_in_failed", "sign_out", "refused", "personal", "change", "export"]
ActorKind = Literal["account", "token", "command", "nobody"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One act. `subject` is what it was done to (a route, a command); `details` hold no secret and no personal data."""

    act: Act
    actor: str
    actor_kind: ActorKind
    subject: str
    address: str = ""
    details: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    times: int = 1
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as the store keeps it; `seal_id` is its place in the chain, None until it is sealed."""

    audit_id: int
    recorded_at: datetime
    entry: Entry
    seal_id: int | None


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain does not hold: `kind` is changed (or put elsewhere), removed, or unchained."""

    kind: str
    seal_id: int | None
    audit_id: int | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What a verification found. The head (`seals`, `hash`), noted elsewhere, later proves that nothing was cut off the
    end."""

    seals: int
    hash: str
    pending: int
    faults: tuple[Fault, ...]


def by(caller: Caller | None) -> tuple[str, ActorKind]:
    """How the audit names a caller."""
    if caller is None:
        return "", "nobody"
    return caller.name, "token" if caller.by_token else "account"


MOST_NAMED = 200
"""Features that one view of personal data names; more are counted."""


def note_view(
    scope: MutableMapping[str, Any], realm: str, layer: Layer, features: Iterable[Mapping[str, Any]]
) -> None:
    """Says on a request (its ASGI scope) whose personal data its answer shows: those GeoJSON features that have any. The
    guard tells the audit when the answer goes out."""
    fields = [name for name, field in layer.fields.items() if field.info.personal]
    shown = dict.fromkeys(
        one["id"] for one in features if any(one["properties"].get(name) is not None for name in fields)
    )
    if shown:
        told = {
            "realm": realm,
            "layer": layer.id,
            "features": list(shown)[:MOST_NAMED],
            "count": len(shown),
        }
        scope.setdefault("emmap.seen", []).append(told)


def note_names_view(scope: MutableMapping[str, Any], realm: str, layer: Layer, names: int) -> None:
    """Says on a request that its answer names so many who answer for features of a layer."""
    told = {"realm": realm, "layer": layer.id, "names": names}
    scope.setdefault("emmap.seen", []).append(told)


def note_caller_view(scope: MutableMapping[str, Any], realm: str, alarm_id: int) -> None:
    """Says on a request that its answer shows who called about an alarm."""
    told = {"realm": realm, "alarm": alarm_id}
    scope.setdefault("emmap.seen", []).append(told)


def note_phones_view(scope: MutableMapping[str, Any], realm: str, names: Iterable[str]) -> None:
    """Says on a request that its answer shows the phone numbers of these people on the rota."""
    if shown := sorted(set(names)):
        told = {"realm": realm, "on_duty": shown[:MOST_NAMED], "count": len(shown)}
        scope.setdefault("emmap.seen", []).append(told)


def note(conn: Connection, entries: Iterable[Entry]) -> None:
    """Writes entries, in the caller's transaction."""
    rows = [
        {
            "at": one.at,
            "actor": _clean(one.actor)[:200],
            "actor_kind": one.actor_kind,
            "address": one.address[:100],
            "act": one.act,
            "subject": _clean(one.subject)[:1000],
            "details": json.dumps(dict(one.details), ensure_ascii=True).replace("\\u0000", ""),
            "times": one.times,
        }
        for one in entries
    ]
    if rows:
        conn.execute(
            text(
                "insert into emmap.audit (at, actor, actor_kind, address, act, subject, details, times)"
                " values (:at, :actor, :actor_kind, :address, :act, :subject, cast(:details as jsonb), :times)"
            ),
            rows,
        )


def _clean(said: str) -> str:
    """What PostgreSQL can keep of a text from outside."""
    return said.replace("\x00", "").encode("utf-8", "replace").decode()


def seal(conn: Connection) -> int:
    """Chains what was committed since; answers how many rows. In a transaction of its own."""
    found: int = conn.execute(text("select emmap.seal_audit()")).scalar_one()
    return found


def entries(
    conn: Connection,
    *,
    before: int | None = None,
    limit: int = 100,
    actor: str | None = None,
    act: str | None = None,
) -> list[Kept]:
    """The newest entries, before number `before`."""
    found = conn.execute(
        text(
            "select a.audit_id, a.recorded_at, a.at, a.actor, a.actor_kind, a.address, a.act, a.subject, a.details, a.times,"
            " s.seal_id from emmap.audit a left join emmap.audit_seal s using (audit_id)"
            " where (cast(:before as bigint) is null or a.audit_id < :before)"
            " and (cast(:actor as text) is null or a.actor = :actor) and (cast(:act as text) is null or a.act = :act)"
            " order by a.audit_id desc limit :limit"
        ),
        {"before": before, "limit": limit, "actor": actor, "act": act},
    )
    return [
        Kept(
            row.audit_id,
            row.recorded_at,
            Entry(
                row.act, row.actor, row.actor_kind, row.subject, row.address, row.details, row.times, row.at
            ),
            row.seal_id,
        )
        for row in found
    ]


def last(conn: Connection, act: Act, subject: str) -> datetime | None:
    """When an act on this subject was last told; None where it never was."""
    found: datetime | None = conn.execute(
        text(
            "select at from emmap.audit where act = :act and subject = :subject order by audit_id desc limit 1"
        ),
        {"act": act, "subject": subject},
    ).scalar()
    return found


def signed_hash(conn: Connection, briefing_id: str) -> str | None:
    """The hash of a briefing's spec as the audit told it when it was signed; None where it was not signed over HTTP."""
    found: str | None = conn.execute(
        text(
            "select details ->> 'sha256' from emmap.audit where act = 'change'"
            " and subject like 'POST /api/briefings/drafts/%/stage' and details ->> 'briefing' = :briefing_id"
            " order by audit_id limit 1"
        ),
        {"briefing_id": briefing_id},
    ).scalar()
    return found


def verify(conn: Connection, head: tuple[int, str] | None = None, most: int = 100) -> Proof:
    """Goes over the whole chain. `head`: number and hash of a seal that was noted earlier, which must still stand there.
    At most `most` faults are told. About 10 µs a row."""
    found = conn.execute(
        text(
            "with chain as ("
            "  select seal_id, audit_id, hash, lag(hash, 1, ''::bytea) over w as hash_before,"
            "    lag(seal_id, 1, 0::bigint) over w as seal_before"
            "  from emmap.audit_seal window w as (order by seal_id)"
            "), judged as ("
            "  select c.seal_id, c.audit_id, case when a.audit_id is null or c.seal_id <> c.seal_before + 1 then 'removed'"
            "    when c.hash <> sha256(c.hash_before || convert_to(emmap.audit_text(a), 'UTF8')) then 'changed' end as kind"
            "  from chain c left join emmap.audit a using (audit_id)"
            "  union all"
            "  select null, a.audit_id, 'unchained' from emmap.audit a"
            "  where not exists (select from emmap.audit_seal s where s.audit_id = a.audit_id)"
            "    and not exists (select from emmap.audit_pending p where p.audit_id = a.audit_id)"
            ") select seal_id, audit_id, kind from judged where kind is not null"
            " order by seal_id nulls last, audit_id limit :most"
        ),
        {"most": most},
    ).all()
    faults = [Fault(row.kind, row.seal_id, row.audit_id) for row in found]
    if head is not None and head[0] > 0:
        stands = conn.execute(
            text("select encode(hash, 'hex') from emmap.audit_seal where seal_id = :seal"), {"seal": head[0]}
        ).scalar()
        if stands != head[1]:
            faults.append(Fault("removed" if stands is None else "changed", head[0], None))
    last = conn.execute(
        text("select seal_id, encode(hash, 'hex') from emmap.audit_seal order by seal_id desc limit 1")
    ).one_or_none()
    pending = conn.execute(text("select count(*) from emmap.audit_pending")).scalar_one()
    return Proof(last[0] if last else 0, last[1] if last else "", pending, tuple(faults))
