"""CAP messages into the store: each to the layer that claims it, each as a version of its chain's feature."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from emmap.errors import Malformed, TooLarge
from emmap.ingest import cap
from emmap.ingest.cap import CapMessage, Note, RejectedMessage
from emmap.ingest.lifecycle import Timelines, in_order, notice_of, timelines
from emmap.ingest.places import in_guangdong
from emmap.ingest.result import ImportResult
from emmap.layer import Act, End, Layer, Record, Rejected, load_layers
from emmap.settings import get_settings
from emmap.store import chains, inbox
from emmap.store.chains import Link, Name, Standing
from emmap.store.database import Database
from emmap.store.inbox import RejectedRow
from emmap.store.versions import content_hash, write

MEDIA_TYPE = "application/cap+xml"
RAW_KEPT = 10_000
"""Characters of a refused message that stand beside its reason; the whole message is kept anyway."""


@dataclass(frozen=True, slots=True)
class AlertResult:
    """What became of one message. `layer` is None and `feature_ids` empty where it speaks of no feature (yet):
    an Ack, or a Cancel that came before its Alert. `outcome`: `added` (a new feature), `changed` (a version of
    a known one), `unchanged` (nothing on the map differs). `created`: the message itself was new. `notes` say
    in Chinese and English what was put right."""

    layer: str | None
    feature_ids: tuple[str, ...]
    outcome: str
    created: bool
    notes: tuple[Note, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The answer of `POST /api/alerts`."""
        return {
            "layer": self.layer,
            "feature_ids": list(self.feature_ids),
            "outcome": self.outcome,
            "notes": [{"zh": zh, "en": en} for zh, en in self.notes],
        }


def receive(db: Database, realm: str, content: bytes, *, source: str = "api", user: str = "") -> AlertResult:
    """Takes one CAP message in.

    Raises `Unreadable` where it is no CAP, `TooLarge`, and `Malformed` where the message is refused; a refused
    message is kept aside with its reason.
    """
    parsed = _parsed(content)
    count = len(parsed.messages) + len(parsed.rejected)
    if count != 1:
        raise Malformed(
            f"这里一次收一条 CAP 消息,收到 {count} 条;多条请用导入。",
            f"One CAP message at a time is taken here, this holds {count}; import a file of several.",
            code="not_one_message",
        )
    with db.engine("app", realm).begin() as conn:
        refused: RejectedMessage | None = None
        result: AlertResult | None = None
        if parsed.messages:
            try:
                with conn.begin_nested():
                    result = _take(conn, parsed.messages[0], source=source, name="")
            except Rejected as error:
                refused = _refusal(parsed.messages[0], error)
        else:
            refused = parsed.rejected[0]
        _keep_run(conn, result, refused, content, source=source, user=user)
    if result is None:
        assert refused is not None
        raise Malformed(refused.zh, refused.en, code=refused.code)
    return result


def receive_file(
    db: Database,
    realm: str,
    name: str,
    content: bytes,
    dry_run: bool = False,
    *,
    layer_id: str = "",
    user: str = "",
) -> ImportResult:
    """Takes every message of a file in, each in a transaction of its own; messages count as rows.

    Messages go to the layers that claim them; `layer_id` is what the import was called for, and names the run.
    A dry run undoes each message, so one that builds on an earlier one of the same file counts as added.
    Raises `Unreadable` and `TooLarge`; nothing is stored then.
    """
    parsed = _parsed(content)
    rejected = list(parsed.rejected)
    outcomes = Counter[str]()
    abroad = 0
    seen: set[cap.Reference] = set()
    engine = db.engine("app", realm)
    for message in parsed.messages:
        with engine.connect() as conn, conn.begin() as transaction:
            try:
                taken = _take(conn, message, source="import", name=name)
            except Rejected as error:
                transaction.rollback()
                rejected.append(_refusal(message, error))
                continue
            if dry_run:
                transaction.rollback()
        outcomes["unchanged" if message.key in seen else taken.outcome] += 1
        seen.add(message.key)
        abroad += _abroad(message)
    rejected.sort(key=lambda one: one.position)
    rows = tuple(_row(one) for one in rejected)
    result = ImportResult(
        read=len(parsed.messages) + len(parsed.rejected),
        added=outcomes["added"],
        changed=outcomes["changed"],
        unchanged=outcomes["unchanged"],
        rejected=len(rows),
        abroad=abroad,
        dry_run=dry_run,
        format="CAP",
        rejected_records=rows,
    )
    return result if dry_run else _kept(db, realm, result, layer_id, name, content, user)


def _kept(
    db: Database, realm: str, result: ImportResult, layer_id: str, name: str, content: bytes, user: str
) -> ImportResult:
    """Keeps the file's run with its refused messages."""
    with db.engine("app", realm).begin() as conn:
        message_id = inbox.keep_message(conn, "import", content, MEDIA_TYPE, name)
        run_id = inbox.start_run(conn, layer_id, "cap", file_name=name, account=user, message_id=message_id)
        inbox.reject(conn, run_id, result.rejected_records)
        counts = ("read", "added", "changed", "unchanged", "rejected", "ended", "abroad")
        inbox.finish_run(conn, run_id, {count: getattr(result, count) for count in counts})
    return replace(result, run_id=run_id)


def _parsed(content: bytes) -> cap.Parsed:
    limit = get_settings().max_upload_mb
    if len(content) > limit * 2**20:
        raise TooLarge(
            f"消息超过 {limit} MiB,未读取。",
            f"The message is over {limit} MiB and was not read.",
            code="file_too_large",
        )
    return cap.parse(content)


def _take(conn: Connection, message: CapMessage, *, source: str, name: str) -> AlertResult:
    """One message in the caller's transaction. Raises `Rejected`."""
    chains.lock(conn)
    own: Name = (message.sender, message.identifier)
    refers_to = tuple(dict.fromkeys(ref[:2] for ref in message.references))
    links = chains.linked(conn, {own, *refers_to})
    for link in links:
        if (link.name, link.sent_at) == (own, message.sent_at):
            return AlertResult(link.layer, link.feature_ids, "unchanged", False, message.notes)
    message_id = inbox.keep_message(conn, source, message.raw, MEDIA_TYPE, name)
    before = _messages_behind(conn, links, message.status)
    told, layers = _timelines([message, *before.values()], links)
    numbers = {one.key: number for number, one in before.items()} | {message.key: message_id}
    sources = {
        position: numbers[one.key] for position, one in enumerate(in_order([message, *before.values()]), 1)
    }
    stale = {
        feature: layers[link.layer]
        for link in links
        if link.message_id in before and link.layer is not None and link.layer in layers
        for feature in link.feature_ids
        if feature not in told.states
    }
    outcome = _write(conn, told, stale, sources)
    features = told.features[message.key]
    layer = told.layers[features[0]].id if features else None
    chains.add(
        conn,
        Link(
            message.sender,
            message.identifier,
            message.sent_at,
            message.msg_type,
            layer,
            features,
            refers_to,
            message_id,
        ),
    )
    return AlertResult(layer, features, outcome, True, message.notes)


def _messages_behind(conn: Connection, links: Iterable[Link], status: str) -> dict[int, CapMessage]:
    """The chain's earlier messages, read again, by their number in the inbox. Only those of the same status:
    an exercise must not cancel what is real."""
    found: dict[int, CapMessage] = {}
    for link in links:
        kept = inbox.message(conn, link.message_id)
        for one in cap.parse(kept.content).messages if kept else ():
            if one.key == (link.sender, link.identifier, link.sent_at) and one.status == status:
                found[link.message_id] = one
    return found


def _timelines(
    messages: Sequence[CapMessage], links: Iterable[Link]
) -> tuple[Timelines, Mapping[str, Layer]]:
    """What the chain says; a known feature stays in its layer, a new one goes to the first that claims it."""
    layers = load_layers(get_settings().layers_dir)
    known: dict[str, str] = {}
    for link in links:
        for feature in link.feature_ids:
            if link.layer is not None and link.layer in layers:
                known.setdefault(feature, link.layer)

    def layer_for(message: CapMessage, feature: str) -> Layer:
        if feature in known:
            return layers[known[feature]]
        notice = notice_of(message)
        for layer in layers.values():
            if layer.claims(notice):
                return layer
        raise Rejected("no_layer", "没有图层接收这类预警。", "No layer takes in this kind of alert.")

    return timelines(messages, layer_for), layers


def _write(conn: Connection, told: Timelines, stale: Mapping[str, Layer], sources: Mapping[int, int]) -> str:
    """Writes what differs from what stands; answers the outcome."""
    by_layer: dict[str, tuple[Layer, dict[str, list[Record]]]] = {}
    for feature, states in told.states.items():
        layer = told.layers[feature]
        by_layer.setdefault(layer.id, (layer, {}))[1][feature] = states
    for feature, layer in stale.items():
        by_layer.setdefault(layer.id, (layer, {}))[1][feature] = []
    outcome = "unchanged"
    for layer, wanted in (by_layer[layer_id] for layer_id in sorted(by_layer)):
        standing = chains.standing(conn, layer.id, wanted) if len(sources) > 1 else {}
        acts = [
            act
            for feature, states in wanted.items()
            for act in _acts(feature, states, standing.get(feature, []))
        ]
        if not acts:
            continue
        written = write(conn, layer, acts, source_message=sources)
        if written.added:
            outcome = "added"
        elif written.stamp is not None and outcome == "unchanged":
            outcome = "changed"
    return outcome


def _acts(feature: str, wanted: Sequence[Record], standing: Sequence[Standing]) -> list[Act]:
    """The acts that make `standing` into `wanted`; what is the same from the start on is left alone."""
    same = 0
    while same < min(len(wanted), len(standing)) and _is(wanted[same], standing[same]):
        same += 1
    if same == len(wanted) == len(standing):
        return []
    if same == len(standing):
        return list(wanted[same:])
    starts = [standing[same].valid_from, *(record.valid_from for record in wanted[same : same + 1])]
    first = min(at for at in starts if at is not None)
    position = wanted[same].position if same < len(wanted) else 0
    return [End(position, feature, first), *wanted[same:]]


def _is(record: Record, standing: Standing) -> bool:
    return (record.valid_from, record.valid_to, content_hash(record)) == (
        standing.valid_from,
        standing.valid_to,
        standing.content_hash,
    )


def _keep_run(
    conn: Connection,
    result: AlertResult | None,
    refused: RejectedMessage | None,
    content: bytes,
    *,
    source: str,
    user: str,
) -> None:
    """The run of a single message: it tells when its layer last heard, and holds the reason of a refusal."""
    if result is not None and result.layer is None:
        return
    message_id = inbox.keep_message(conn, source, content, MEDIA_TYPE) if refused else None
    run_id = inbox.start_run(
        conn, result.layer or "" if result else "", "cap", account=user, message_id=message_id
    )
    if refused is not None:
        inbox.reject(conn, run_id, [_row(refused)])
    outcome = result.outcome if result else "rejected"
    counts = {name: int(name == outcome) for name in ("added", "changed", "unchanged", "rejected")}
    inbox.finish_run(conn, run_id, {"read": 1, **counts})


def _refusal(message: CapMessage, error: Rejected) -> RejectedMessage:
    return RejectedMessage(message.position, error.code, error.zh, error.en, message.raw)


def _row(refused: RejectedMessage) -> RejectedRow:
    raw = refused.raw.decode("utf-8", "replace").replace("\x00", "")[:RAW_KEPT]
    return RejectedRow(refused.position, refused.code, refused.zh, refused.en, raw)


def _abroad(message: CapMessage) -> bool:
    """Whether the message draws areas, and none of them in the province."""
    drawn = [event.geometry for event in message.events if event.geometry is not None]
    return bool(drawn) and not in_guangdong(drawn).any()
