"""Typed settings, read from the environment (`EMMAP_*`). Nothing else in emmap reads the environment."""

import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The project's root: `layers/`, `assets/` and `data/` lie here."""

MonthDay = tuple[Annotated[int, Field(ge=1, le=12)], Annotated[int, Field(ge=1, le=31)]]
"""A day of any year."""
SHIFTED_HOSTS = (
    "amap.com", "autonavi.com", "gtimg.com", "qq.com", "google.cn", "geoq.cn", "baidu.com",
    "bdimg.com", "bdstatic.com",
)  # fmt: skip
"""Whose tiles are drawn in GCJ-02 or BD-09, some 600 m away from everything else on the map at Guangzhou."""


class BaseMap(BaseModel):
    """A base map that the operator brings, one entry of `EMMAP_BASE_MAPS`. Its address may hold a key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=40)]
    name_en: Annotated[str, Field(max_length=40)] = ""
    url: SecretStr
    """Tiles in Web Mercator: an address with {z}, {x} and {y} ({-y} from the south; {s} a subdomain), or a WMTS address
    with {TileMatrix}, {TileCol} and {TileRow}; or a PMTiles file: an address or a path that ends with `.pmtiles`."""
    attribution: Annotated[str, Field(min_length=1, max_length=200)]
    subdomains: str = ""
    min_zoom: Annotated[int, Field(ge=0, le=24)] = 0
    max_zoom: Annotated[int, Field(ge=0, le=24)] = 18
    imagery: bool = False
    """Photographs, which at night are dimmed and not inverted."""
    datum: Literal["wgs84", "cgcs2000", "gcj02", "bd09"] = "wgs84"

    @property
    def is_pmtiles(self) -> bool:
        """Whether it is one file of tiles."""
        return urlsplit(self.url.get_secret_value()).path.endswith(".pmtiles")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        address = self.url.get_secret_value()
        host = urlsplit(address).hostname or ""
        if self.datum in ("gcj02", "bd09") or any(f".{host}".endswith(f".{one}") for one in SHIFTED_HOSTS):
            raise ValueError(
                f"底图「{self.name}」是 GCJ-02 或 BD-09 坐标，与本图相差约 600 米，不能叠加；请换 WGS 84 或 CGCS2000 的底图。 "
                f"The base map “{self.name}” is in GCJ-02 or BD-09, some 600 m off: bring one in WGS 84 or CGCS2000."
            )
        lower = address.lower()
        tiles = address.startswith(("http://", "https://")) and all(
            any(one in lower for one in names)
            for names in (("{z}", "{tilematrix}"), ("{x}", "{tilecol}"), ("{y}", "{-y}", "{tilerow}"))
        )
        if not tiles and not self.is_pmtiles:
            raise ValueError(
                f"底图「{self.name}」的 url 须是含 {{z}}、{{x}}、{{y}} 的 http(s) 地址，或 .pmtiles 文件。 "
                f"The url of the base map “{self.name}” must be an http(s) address with {{z}}, {{x}}, {{y}}, "
                "or a .pmtiles file."
            )
        return self


class Settings(BaseSettings):
    """Every setting of emmap; the name in the environment is `EMMAP_` and the field's name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="EMMAP_",
        env_ignore_empty=True,  # an empty variable says nothing: an empty folder name would mean the current one
        frozen=True,
        extra="ignore",
    )

    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL URL of the application's role; absent: the private cluster."
    )
    database_owner_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL URL of the schema's owner; absent: the same as EMMAP_DATABASE_URL.",
    )
    data_dir: Path | None = Field(
        default=None,
        description="Where the private cluster, caches and logs live; absent: `var/`, or /var/lib/emmap.",
    )
    realm: str | None = Field(
        default=None,
        description="Default realm; absent: `exercise` on the private cluster, `real` otherwise.",
    )
    pieces_from: Annotated[int, Field(ge=1)] = Field(
        default=2_000_000,
        description="A layer of points with so many versions goes to the browser in pieces, with counts above them, "
        "not as a whole.",
    )
    layers_dir: Path = Field(default=ROOT / "layers", description="Folder of the layer files.")
    public_url: str | None = Field(
        default=None,
        description="Outer address behind a proxy, such as https://map.example; checked against `Origin`.",
    )
    producing_unit: str = Field(default="", description="制图单位 on paper; empty: the line is left out.")
    map_approval_number: str = Field(
        default="", description="底图审图号 on paper; empty: 内部用图 is printed instead. Never invented."
    )
    tianditu_key: SecretStr | None = Field(
        default=None, description="Key of Tianditu (天地图, kind 服务端); with it its two maps can be chosen."
    )
    base_maps: Annotated[tuple[BaseMap, ...], NoDecode] = Field(
        default=(), description="Further base maps to choose from: a JSON list, see docs/operate.md."
    )
    flood_season: tuple[MonthDay, MonthDay] = Field(
        default=((4, 15), (10, 15)),
        description="汛期: month and day of its first and last day, as `[[4, 15], [10, 15]]`. The default is "
        "Guangdong's customary one, 15 April to 15 October; a year may be declared otherwise.",
    )
    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = Field(
        default=12.0, description="A browser session ends this many hours after it was last used."
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Issuer of the OpenID Connect provider to sign in at, https; absent: none is asked.",
    )
    oidc_client_id: str = Field(default="", description="emmap's client id at the provider.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Its secret; absent: a public client, proven by PKCE alone."
    )
    oidc_title: Annotated[str, Field(max_length=40)] = Field(
        default="", description="The provider's name on the sign-in page; empty: 统一身份认证."
    )
    oidc_role_claim: str = Field(
        default="groups", description="Claim of the ID token that roles follow from; dots lead into objects."
    )
    oidc_roles: Annotated[dict[str, str], NoDecode] = Field(
        default={}, description="Its values and the role of each, JSON; the first that fits counts."
    )
    oidc_district_claim: str = Field(
        default="",
        description="Claim of the districts where somebody may change things (440100: the city); empty: the city for all.",
    )
    oidc_name_claim: str = Field(
        default="preferred_username",
        description="Claim that becomes the account's name at the first sign-in.",
    )
    max_upload_mb: Annotated[int, Field(gt=0)] = Field(
        default=512, description="Largest file that an import takes, in MiB, unpacked."
    )
    exercise_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0,
        description="Part of an exercise's full size that is loaded; a small machine may do with 0.01.",
    )
    cap_certificates: Path | None = Field(
        default=None,
        description="Folder of the certificates (PEM) of senders whose signed CAP messages are checked; absent: none is.",
    )
    cap_signatures: Literal["show", "refuse", "require"] = Field(
        default="show",
        description="What becomes of a CAP message whose signature is invalid: `show` takes it and says so, `refuse` "
        "refuses it, `require` refuses all whose signature is not valid.",
    )
    cap_sender: str = Field(
        default="emmap",
        description="`sender` of CAP messages that emmap writes for warnings that did not come by CAP.",
    )
    cap_office: Annotated[str, Field(pattern=r"^(\d{6}[0-9A-Za-z]{8})?$")] = Field(
        default="",
        description="Code of the issuing office, 14 characters (GB/T 35965.1: area 6, department 3, unit 3, 00), for their "
        "identifiers; empty: they get none of that form. Never invented.",
    )
    heat_sources: Path = Field(
        default=ROOT / "data" / "heat_sources.csv",
        description="List of standing sources of heat, whose detections are no alarms: see docs/fires.md.",
    )
    sources_file: Path | None = Field(
        default=None,
        description="TOML file of the sources that emmap fetches by itself; absent: none is fetched.",
    )
    watch_phone_minutes: Annotated[float, Field(gt=0)] = Field(
        default=10, description="Minutes from receipt within which an alarm is to be reported by phone."
    )
    watch_written_minutes: Annotated[float, Field(gt=0)] = Field(
        default=30, description="Minutes from receipt within which its first written report (初报) is due."
    )
    watch_escalate_minutes: Annotated[float, Field(gt=0)] = Field(
        default=3,
        description="An alarm that nobody takes for so many minutes is passed on to the next on duty.",
    )
    watch_equipment: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="The duty room's own equipment on a handover sheet, parted by commas (、 or ,); empty: a default list, "
        "which the sheet says.",
    )
    watch_near_metres: Annotated[float, Field(gt=0)] = Field(
        default=1000, description="Open alarms within this distance are offered for merging, …"
    )
    watch_near_minutes: Annotated[float, Field(gt=0)] = Field(
        default=120, description="… where they were received within so many minutes of each other."
    )
    gauge_rules_file: Path = Field(
        default=ROOT / "data" / "gauge_rules.toml",
        description="TOML file by which measurements of gauges are judged: margins, dwell, rain sums.",
    )
    message_days: Annotated[int, Field(ge=0)] = Field(
        default=180,
        description="Raw files and feeds are kept for so many days; 0: for ever. Warnings (CAP) are always kept.",
    )
    supervised: bool = Field(
        default=False, description="Set by `emmap serve` for its web and its worker, which then end with it."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")

    @field_validator("watch_equipment", mode="before")
    @classmethod
    def _parted(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(name.strip()[:40] for name in re.split("[、,，]", value) if name.strip())

    @field_validator("base_maps", "oidc_roles", mode="before")
    @classmethod
    def _from_json(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            raise ValueError(f"不是 JSON（{error}）。 It is no JSON ({error}).") from None

    @model_validator(mode="after")
    def _whole_provider(self) -> Self:
        if self.oidc_issuer is None:
            return self
        parts = urlsplit(self.oidc_issuer)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
            raise ValueError(
                "EMMAP_OIDC_ISSUER 须是 https 地址（只有本机可用 http）。 "
                "EMMAP_OIDC_ISSUER must be an https address (http only on this machine)."
            )
        if not self.oidc_client_id or not self.oidc_roles:
            raise ValueError(
                "设置了 EMMAP_OIDC_ISSUER，还须设置 EMMAP_OIDC_CLIENT_ID 和 EMMAP_OIDC_ROLES。 "
                "EMMAP_OIDC_ISSUER needs EMMAP_OIDC_CLIENT_ID and EMMAP_OIDC_ROLES too."
            )
        return self


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()


SECRET_PREFIX = "EMMAP_SECRET_"
"""Only variables of this prefix may be named by a source: no other one can be sent anywhere by mistake."""


def secret(name: str) -> SecretStr | None:
    """A credential from the environment; None where it is not set. Read anew each time: it may be changed."""
    value = os.environ.get(name, "") if name.startswith(SECRET_PREFIX) else ""
    return SecretStr(value) if value else None
