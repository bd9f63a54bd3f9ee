"""CAP messages into the store: each to the layer that claims it, each as a version of its chain's feature."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from emmap.errors import Malformed, TooLarge
from emmap.ingest import cap
from emmap.ingest.cap import CapMessage, RejectedMessage
from emmap.ingest.cap_areas import Note
from emmap.ingest.cap_signatures import NONE, Signature, certificates
from emmap.ingest.differences import acts_between
from emmap.ingest.formats import beginning
from emmap.ingest.lifecycle import Timelines, notice_of, timelines
from emmap.ingest.places import in_guangdong
from emmap.ingest.result import ImportResult
from emmap.layer import Act, Layer, Record, Rejected, load_layers
from emmap.settings import get_settings
from emmap.store import chains, inbox
from emmap.store.chains import Link, Name
from emmap.store.database import Database
from emmap.store.inbox import RejectedRow
from emmap.store.versions import write

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
    parsed = read_file(content)
    count = len(parsed.messages) + len(parsed.rejected)
    if count != 1:
        raise Malformed(
            f"这里一次收一条 CAP 消息,收到 {count} 条;多条请用导入。",
            f"One CAP message at a time is taken here, this holds {count}; import a file of several.",
            code="not_one_message",
        )
    with db.engine("app", realm).begin() as conn:
        taken = _take(conn, parsed.messages, source, "")
        result = next(iter(taken.results.values()), None)
        refused = [*parsed.rejected, *taken.rejected]
        layer = (result.layer if result else None) or ""
        _keep_run(conn, layer, source, "", content, _counted(parsed, taken), user)
    if result is None:
        raise Malformed(refused[0].zh, refused[0].en, code=refused[0].code)
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
    """Takes every message of a file in, in one transaction; messages count as rows.

    Messages go to the layers that claim them; `layer_id` is what the import was called for, and names the run.
    `dry_run` does everything and undoes it. Raises `Unreadable` and `TooLarge`; nothing is stored then.
    """
    parsed = read_file(content)
    with db.engine("app", realm).connect() as conn, conn.begin() as transaction:
        result = take(conn, parsed, content, name=name, layer_id=layer_id, user=user)
        if dry_run:
            transaction.rollback()
            return replace(result, run_id=None, dry_run=True)
    return result


def take(
    conn: Connection,
    parsed: cap.Parsed,
    content: bytes,
    *,
    source: str = "import",
    name: str = "",
    layer_id: str = "",
    user: str = "",
) -> ImportResult:
    """Takes messages in and keeps the run, in the caller's transaction. `content` is the document that brought
    them, `source` what brought it, as the history names it."""
    taken = _take(conn, parsed.messages, source, name)
    result = _counted(parsed, taken)
    run_id = _keep_run(conn, layer_id, source, name, content, result, user)
    inbox.link_messages(conn, run_id, taken.kept)
    return replace(result, run_id=run_id)


def read_file(content: bytes) -> cap.Parsed:
    """The messages of a file, as `read` gives them. Raises `TooLarge` besides."""
    limit = get_settings().max_upload_mb
    if len(content) > limit * 2**20:
        raise TooLarge(
            f"消息超过 {limit} MiB,未读取。",
            f"The message is over {limit} MiB and was not read.",
            code="file_too_large",
        )
    return read(content)


def read(content: bytes) -> cap.Parsed:
    """The messages of a document, their signatures checked against the operator's certificates, without those that the
    operator does not want (`EMMAP_CAP_SIGNATURES`). Raises `Unreadable`, and `SetupError` for certificates."""
    settings = get_settings()
    parsed = cap.parse(content, certificates(settings.cap_certificates))
    unwanted = {"show": (), "refuse": ("invalid",), "require": ("invalid", "unchecked", "none")}
    wanted, refused = [], list(parsed.rejected)
    for one in parsed.messages:
        if one.signature.state in unwanted[settings.cap_signatures]:
            refused.append(_distrusted(one))
        else:
            wanted.append(one)
    return cap.Parsed(tuple(wanted), tuple(refused))


def _distrusted(message: CapMessage) -> RejectedMessage:
    """A message that is refused for its signature."""
    signature = message.signature
    if signature.state == "invalid":
        return RejectedMessage(message.position, "invalid_signature", signature.zh, signature.en, message.raw)
    zh = signature.zh or "消息没有签名。"
    en = signature.en or "The message is not signed."
    return RejectedMessage(
        message.position,
        "no_valid_signature",
        f"{zh}按设置（EMMAP_CAP_SIGNATURES=require）只收签名有效的消息。",
        f"{en} By the settings (EMMAP_CAP_SIGNATURES=require) only messages with a valid signature are taken.",
        message.raw,
    )


@dataclass(slots=True)
class _Taken:
    """What became of a document's messages; the results by position. `kept`: those that are new, by their number in the
    inbox."""

    results: dict[int, AlertResult] = field(default_factory=dict)
    rejected: list[RejectedMessage] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Chain:
    """Messages that speak of each other: those already in, and the new ones by their number in the inbox."""

    names: set[Name] = field(default_factory=set)
    links: list[Link] = field(default_factory=list)
    new: dict[int, CapMessage] = field(default_factory=dict)


@dataclass(slots=True)
class _Plan:
    """A chain laid out: what it says, and features that an earlier reading made and this one does not."""

    new: dict[int, CapMessage]
    told: Timelines
    stale: dict[str, Layer]
    has_history: bool


def _take(conn: Connection, messages: Sequence[CapMessage], source: str, name: str) -> _Taken:
    """Takes messages in, in the caller's transaction: each chain is laid out anew, with all that is known of it,
    and what differs is written."""
    taken = _Taken()
    if not messages:
        return taken
    chains.lock(conn)
    links = chains.linked(conn, {named for message in messages for named in _names(message)})
    known = {(*link.name, link.sent_at): link for link in links}
    fresh = {message.key: message for message in reversed(messages) if message.key not in known}
    numbers = inbox.keep_messages(conn, source, [m.raw for m in fresh.values()], MEDIA_TYPE, name)
    taken.kept = numbers
    plans = [
        plan
        for chain in _chains(dict(zip(numbers, fresh.values(), strict=True)), links)
        for plan in _plans(conn, chain, taken)
    ]
    opened, changed = _write(conn, plans)
    made: list[Link] = []
    for plan in plans:
        for number, message in sorted(plan.new.items(), key=lambda item: item[1].position):
            features = plan.told.features[message.key]
            layer = plan.told.layers[features[0]].id if features else None
            outcome = "added" if opened & {*features} else "changed" if changed & {*features} else "unchanged"
            opened -= {*features}
            changed |= {*features}
            taken.results[message.position] = AlertResult(layer, features, outcome, True, message.notes)
            refers_to = tuple(dict.fromkeys(ref[:2] for ref in message.references))
            signature = asdict(message.signature) if message.signature != NONE else None
            made.append(Link(*message.key, message.msg_type, layer, features, refers_to, number, signature))
    chains.add(conn, made)
    _repeat(messages, known, taken)
    return taken


def _names(message: CapMessage) -> set[Name]:
    return {(message.sender, message.identifier), *(ref[:2] for ref in message.references)}


def _chains(new: Mapping[int, CapMessage], links: Iterable[Link]) -> list[_Chain]:
    """The chains with something new in them."""
    of_name: dict[Name, _Chain] = {}

    def joined(names: set[Name]) -> _Chain:
        chain = _Chain(names=set(names))
        for one in {id(of_name[named]): of_name[named] for named in names if named in of_name}.values():
            chain.names |= one.names
            chain.links += one.links
            chain.new |= one.new
        of_name.update(dict.fromkeys(chain.names, chain))
        return chain

    for link in links:
        joined({link.name, *link.refers_to}).links.append(link)
    for number, message in new.items():
        joined(_names(message)).new[number] = message
    return [chain for chain in {id(one): one for one in of_name.values()}.values() if chain.new]


def _plans(conn: Connection, chain: _Chain, taken: _Taken) -> Iterable[_Plan]:
    """A chain laid out, apart for each status: an exercise must not cancel what is real. What is refused goes to
    `taken`, and the rest of the chain is laid out without it."""
    layers = load_layers(get_settings().layers_dir)
    earlier = _messages_behind(conn, chain.links)
    for status in dict.fromkeys(message.status for message in chain.new.values()):
        new = {number: one for number, one in chain.new.items() if one.status == status}
        before = {number: one for number, one in earlier.items() if one.status == status}
        links = [link for link in chain.links if link.message_id in before]
        layer_for = _Chooser(layers, links)
        try:
            told = timelines({**before, **new}, layer_for)
        except Rejected:
            taken.rejected += _weeded(new, layer_for)
            told = timelines({**before, **new}, layer_for)
        stale = {f: layer for f, layer in layer_for.known.items() if f not in told.states}
        yield _Plan(new, told, stale, bool(links))


def _weeded(new: dict[int, CapMessage], layer_for: "_Chooser") -> list[RejectedMessage]:
    """Takes out the messages that cannot stand even alone, and says why."""
    found = []
    for number, message in list(new.items()):
        try:
            timelines({number: message}, layer_for)
        except Rejected as error:
            del new[number]
            found.append(RejectedMessage(message.position, error.code, error.zh, error.en, message.raw))
    return found


def _messages_behind(conn: Connection, links: Iterable[Link]) -> dict[int, CapMessage]:
    """The chain's earlier messages, read again, by their number in the inbox."""
    found: dict[int, CapMessage] = {}
    for link in links:
        kept = inbox.message(conn, link.message_id)
        for one in cap.parse(kept.content).messages if kept and kept.content else ():
            if one.key == (*link.name, link.sent_at):
                said = Signature(**link.signature) if link.signature else NONE
                found[link.message_id] = replace(one, signature=said)
    return found


class _Chooser:
    """The layer of a feature: a known one stays where it is, a new one goes to the first layer that claims it."""

    def __init__(self, layers: Mapping[str, Layer], links: Iterable[Link]) -> None:
        self.layers = layers
        self.known: dict[str, Layer] = {}
        for link in links:
            for feature in link.feature_ids:
                if link.layer is not None and link.layer in layers:
                    self.known.setdefault(feature, layers[link.layer])

    def __call__(self, message: CapMessage, feature: str) -> Layer:
        if feature in self.known:
            return self.known[feature]
        notice = notice_of(message)
        for layer in self.layers.values():
            if layer.claims(notice):
                return layer
        raise Rejected("no_layer", "没有图层接收这类预警。", "No layer takes in this kind of alert.")


def _write(conn: Connection, plans: Iterable[_Plan]) -> tuple[set[str], set[str]]:
    """Writes what differs from what stands; answers the features that are new, and those that changed."""
    wanted: dict[str, dict[str, list[Record]]] = {}
    asked: dict[str, list[str]] = {}
    layers: dict[str, Layer] = {}
    for plan in plans:
        for feature, layer in {**plan.told.layers, **plan.stale}.items():
            layers[layer.id] = layer
            wanted.setdefault(layer.id, {})[feature] = plan.told.states.get(feature, [])
            if plan.has_history:
                asked.setdefault(layer.id, []).append(feature)
    opened: set[str] = set()
    changed: set[str] = set()
    for layer_id, features in sorted(wanted.items()):
        standing = chains.standing(conn, layer_id, asked[layer_id]) if layer_id in asked else {}
        acts: list[Act] = []
        for feature, states in features.items():
            if differing := acts_between(feature, states, standing.get(feature, [])):
                acts += differing
                (changed if feature in standing else opened).add(feature)
        if acts:
            sources = {act.position: act.position for act in acts if isinstance(act, Record)}
            write(conn, layers[layer_id], acts, source_message=sources)
    return opened, changed


def _repeat(messages: Iterable[CapMessage], known: Mapping[cap.Reference, Link], taken: _Taken) -> None:
    """Answers for messages that were in already, or that stand twice in the document."""
    refused = {one.position: one for one in taken.rejected}
    first: dict[cap.Reference, CapMessage] = {}
    for message in messages:
        original = first.setdefault(message.key, message)
        if message.key in known:
            link = known[message.key]
            result = AlertResult(link.layer, link.feature_ids, "unchanged", False, message.notes)
            taken.results[message.position] = result
        elif original.position in refused and original is not message:
            taken.rejected.append(replace(refused[original.position], position=message.position))
        elif original is not message:
            result = replace(taken.results[original.position], outcome="unchanged", created=False)
            taken.results[message.position] = result


def _counted(parsed: cap.Parsed, taken: _Taken) -> ImportResult:
    outcomes = Counter(result.outcome for result in taken.results.values())
    rejected = sorted([*parsed.rejected, *taken.rejected], key=lambda one: one.position)
    return ImportResult(
        read=len(parsed.messages) + len(parsed.rejected),
        added=outcomes["added"],
        changed=outcomes["changed"],
        unchanged=outcomes["unchanged"],
        rejected=len(rejected),
        abroad=sum(_abroad(one) for one in parsed.messages if one.position in taken.results),
        format="CAP",
        rejected_records=tuple(_row(one) for one in rejected),
    )


def _keep_run(
    conn: Connection, layer_id: str, source: str, name: str, content: bytes, result: ImportResult, user: str
) -> int:
    """Keeps the run with its refused messages: it also tells when the layer last heard. Answers its number."""
    media_type = "application/geo+json" if beginning(content).startswith("{") else MEDIA_TYPE
    message_id = inbox.keep_message(conn, source, content, media_type, name)
    run_id = inbox.start_run(
        conn, layer_id, source, file_name=name, account=user, message_id=message_id, reader="cap"
    )
    inbox.reject(conn, run_id, result.rejected_records)
    counts = ("read", "added", "changed", "unchanged", "rejected", "ended", "abroad")
    inbox.finish_run(conn, run_id, {count: getattr(result, count) for count in counts})
    return run_id


def _row(refused: RejectedMessage) -> RejectedRow:
    raw = refused.raw.decode("utf-8", "replace").replace("\x00", "")[:RAW_KEPT]
    return RejectedRow(refused.position, refused.code, refused.zh, refused.en, raw)


def _abroad(message: CapMessage) -> bool:
    """Whether the message draws areas, and none of them in the province."""
    drawn = [event.geometry for event in message.events if event.geometry is not None]
    return bool(drawn) and not in_guangdong(drawn).any()
