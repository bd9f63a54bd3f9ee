"""A week of made-up feed traffic around Guangzhou, step by step: what each address would serve, were the network perfect.

An index of CAP messages that come, are updated and cancelled; the same messages once more within a second feed; a
register of teams that always lists everything; satellite detections. The same seed gives the same week.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2020, 5, 18, tzinfo=UTC)
HOURS = 7 * 24
_COLOURS = ("蓝", "黄", "橙", "红")
_SEVERITIES = ("Minor", "Moderate", "Severe", "Extreme")
_DISTRICTS = (
    "440103",
    "440104",
    "440105",
    "440106",
    "440111",
    "440112",
    "440113",
    "440114",
    "440115",
    "440118",
)
_FIRMS = "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,bright_ti5,frp,daynight"

INDEX, FEED, TEAMS, FIRES = "/index", "/feed", "/teams", "/fires"
DOCUMENTS = (INDEX, FEED, TEAMS, FIRES)


@dataclass
class Week:
    """What has come about so far; `steps` goes on."""

    seed: int
    _messages: dict[str, bytes] = field(default_factory=dict)
    _alive: list[list[tuple[str, datetime, int, str]]] = field(default_factory=list)
    _teams: dict[int, str] = field(default_factory=dict)
    _fires: list[str] = field(default_factory=list)

    def steps(self, hours: int) -> Iterator[tuple[datetime, Mapping[str, bytes]]]:
        """The content of every address, every so many hours, and when."""
        chance = random.Random(self.seed)
        self._teams = dict.fromkeys(range(30), "待命")
        for hour in range(0, HOURS, hours):
            now = BEGIN + timedelta(hours=hour)
            self._warn(now, chance)
            self._muster(chance)
            self._burn(now, chance)
            yield now, self._served()

    def _warn(self, now: datetime, chance: random.Random) -> None:
        """Some warnings are raised, updated, cancelled or forgotten."""
        for life in list(self._alive):
            turn = chance.random()
            if turn < 0.25:
                self._tell(life, "Update", now, chance)
            elif turn < 0.4:
                self._tell(life, "Cancel", now, chance)
                self._alive.remove(life)
            elif turn < 0.45:
                self._alive.remove(life)
        if chance.random() < 0.5:
            self._alive.append([])
            self._tell(self._alive[-1], "Alert", now, chance)

    def _tell(
        self, life: list[tuple[str, datetime, int, str]], kind: str, now: datetime, chance: random.Random
    ) -> None:
        number = len(self._messages) + 1
        level = chance.randrange(4)
        district = life[0][3] if life else chance.choice(_DISTRICTS)
        references = " ".join(f"a@b,{name},{sent.isoformat()}" for name, sent, _, _ in life)
        self._messages[f"/m{number}"] = _message(f"w{number}", kind, now, level, district, references)
        life.append((f"w{number}", now, level, district))

    def _muster(self, chance: random.Random) -> None:
        """Teams move out, come back, are founded and dissolved, a few at a time."""
        for n in chance.sample(sorted(self._teams), 2):
            self._teams[n] = chance.choice(["待命", "已出动", "休整"])
        if chance.random() < 0.2:
            self._teams[max(self._teams) + 1] = "待命"
        if chance.random() < 0.2:
            del self._teams[chance.choice(sorted(self._teams))]

    def _burn(self, now: datetime, chance: random.Random) -> None:
        """A satellite passes every six hours."""
        if now.hour % 6 == 0:
            self._fires += [
                f"{23 + chance.random():.5f},{113 + chance.random():.5f},{300 + chance.random() * 40:.2f},0.39,0.37,"
                f"{now:%Y-%m-%d},{now:%H}{chance.randrange(60):02d},N,{chance.choice('lnh')},2.0NRT,289.25,"
                f"{chance.random() * 20:.2f},{'D' if 0 <= now.hour < 12 else 'N'}"
                for _ in range(8)
            ]

    def _served(self) -> dict[str, bytes]:
        links = "".join(
            f"<entry><id>{path}</id><updated>{BEGIN.isoformat()}</updated>"
            f'<link type="application/cap+xml" href="{path.removeprefix("/")}"/></entry>'
            for path in self._messages
        )
        index = f'<feed xmlns="http://www.w3.org/2005/Atom"><id>i</id>{links}</feed>'
        teams = "".join(
            f"T{n},【演练】队{n},{113.2 + n / 100:.2f},23.1,{state}\n" for n, state in self._teams.items()
        )
        return {
            **self._messages,
            INDEX: index.encode(),
            FEED: b"<feed>%s</feed>" % b"".join(self._messages.values()),
            TEAMS: f"编号,队伍名称,经度,纬度,备勤状态\n{teams}".encode(),
            FIRES: "\n".join([_FIRMS, *self._fires, ""]).encode(),
        }


def _message(name: str, kind: str, sent: datetime, level: int, district: str, references: str) -> bytes:
    expires = sent + timedelta(hours=12)
    info = "" if kind == "Cancel" else (
        "<info><language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Immediate</urgency>"
        f"<severity>{_SEVERITIES[level]}</severity><certainty>Observed</certainty><expires>{expires.isoformat()}</expires>"
        f"<headline>【演练】{name} 暴雨{_COLOURS[level]}色预警信号</headline><area><areaDesc>{district}</areaDesc><geocode>"
        f"<valueName>GB/T 2260</valueName><value>{district}</value></geocode></area></info>"
    )  # fmt: skip
    return (
        f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{name}</identifier><sender>a@b</sender>'
        f"<sent>{sent.isoformat()}</sent><status>Exercise</status><msgType>{kind}</msgType><scope>Public</scope>"
        f"{f'<references>{references}</references>' if references else ''}{info}</alert>"
    ).encode()
