"""A sight: a View with nothing left open, so that it is answered the same for ever. And the data it is taken from."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from emmap.briefing.drawing import base_map
from emmap.errors import NotFound
from emmap.layer import Layer
from emmap.store import briefings, inbox, migrate, source_states
from emmap.store.database import Database
from emmap.store.present import present
from emmap.view import KNOWN_THEN, View

Knowledge = Literal["now", "then", "fixed"]
"""How K was asked for: what is known now, what was known at T (当时掌握), or at an instant of its own."""


@dataclass(frozen=True, slots=True)
class Sight:
    """`view` is the View's text form with realm, layers, extent and T written out; `known_at` maps each layer to the
    stamp as known at which it is answered, None for a layer that had never been written; `live`: T and K were now.
    Instants RFC 3339, UTC."""

    view: str
    at: str
    known_at: Mapping[str, str | None]
    knowledge: Knowledge
    live: bool


@dataclass(frozen=True, slots=True)
class Data:
    """When a briefing's figures are taken: `taken_at` by the wall clock, `at` by the realm's own present, and one
    final stamp for each layer. `heard`: when something last came in for each layer, by the wall clock; `expected_s`:
    where a source vouches for a layer, for how long it may be silent, in seconds. `measured_at`: the K of measurements,
    final too; empty where nothing was measured. Instants RFC 3339, UTC."""

    realm: str
    taken_at: str
    at: str
    stamps: Mapping[str, str | None]
    heard: Mapping[str, str] = field(default_factory=dict)
    expected_s: Mapping[str, float] = field(default_factory=dict)
    measured_at: str = ""

    def plain(self) -> dict[str, Any]:
        """As a plain mapping; `Data(**plain)` reads it back."""
        return asdict(self)


def there(db: Database, realm: str | None) -> str:
    """The realm, or the default one. `NotFound` where there is none of that name."""
    name = realm or db.default_realm
    if name not in migrate.realms(db, as_role="app"):
        raise NotFound(f"没有库 {name}。", f"There is no realm {name}.", code="unknown_realm")
    return name


def take(db: Database, realm: str | None, layers: Mapping[str, Layer]) -> Data:
    """The data of this moment. Each layer's clock ticks, so that its stamp is final.

    Raises `NotFound` for an unknown realm.
    """
    name = there(db, realm)
    now = datetime.now(UTC)
    measured = briefings.final_measured(db, name)
    stamps = {layer: briefings.final_stamp(db, name, layer) for layer in sorted(layers)}
    with db.engine("app", name).connect() as conn:
        at = present(conn).replace(microsecond=0)
        vouching = source_states.vouching(conn)
        heard = inbox.last_success(conn) | {layer: one.last_success_at for layer, one in vouching.items()}
    return Data(
        realm=name,
        taken_at=instant(now),
        at=instant(at),
        stamps={layer: instant(stamp) if stamp else None for layer, stamp in stamps.items()},
        heard={layer: instant(last) for layer in sorted(layers) if (last := heard.get(layer))},
        expected_s={n: vouching[n].expected.total_seconds() for n in sorted(layers) if n in vouching},
        measured_at=instant(measured) if measured else "",
    )


def sight_of(asked: View, data: Data, layers: Mapping[str, Layer]) -> Sight:
    """The View as of the data: realm, layers, extent, T, and K as a vector of stamps."""
    at = asked.at or moment_of(data.at)
    chosen = asked.layers if asked.layers is not None else tuple(one.id for one in asked.chosen(layers))
    wanted: datetime | None = None
    knowledge: Knowledge = "now"
    if isinstance(asked.known_at, datetime):
        wanted, knowledge = asked.known_at, "fixed"
    elif asked.known_at == KNOWN_THEN and asked.at is not None:
        wanted, knowledge = asked.at, "then"
    # Paper shows what the map shows; an area is a question beside it.
    whole = replace(
        asked,
        realm=data.realm,
        layers=chosen,
        bbox=asked.bbox or base_map.city_extent(),
        area=None,
        at=at,
        known_at=None,
    )
    return Sight(
        view=whole.to_query(),
        at=instant(at),
        known_at={name: _known(data.stamps.get(name), wanted) for name in sorted(chosen)},
        knowledge=knowledge,
        live=asked.live,
    )


def _known(stamp: str | None, wanted: datetime | None) -> str | None:
    if stamp is None or wanted is None:
        return stamp
    return instant(min(wanted, moment_of(stamp)))


def moment_of(text: str) -> datetime:
    """An instant of a spec, aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def instant(at: datetime) -> str:
    """An instant as a spec holds it: UTC with six decimals."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
