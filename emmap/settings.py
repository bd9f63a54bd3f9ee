"""Typed settings, read from the environment (`EMMAP_*`). Nothing else in emmap reads the environment."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The project's root: `layers/`, `assets/` and `data/` lie here."""


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
    layers_dir: Path = Field(default=ROOT / "layers", description="Folder of the layer files.")
    public_url: str | None = Field(
        default=None,
        description="Outer address behind a proxy, such as https://map.example; checked against `Origin`.",
    )
    producing_unit: str = Field(default="", description="制图单位 on paper; empty: the line is left out.")
    map_approval_number: str = Field(
        default="", description="底图审图号 on paper; empty: 内部用图 is printed instead. Never invented."
    )
    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = Field(
        default=12.0, description="A browser session ends this many hours after it was last used."
    )
    max_upload_mb: Annotated[int, Field(gt=0)] = Field(
        default=512, description="Largest file that an import takes, in MiB, unpacked."
    )
    exercise_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1.0,
        description="Part of an exercise's full size that is loaded; a small machine may do with 0.01.",
    )
    supervised: bool = Field(
        default=False, description="Set by `emmap serve` for its web process, which then ends with it."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
