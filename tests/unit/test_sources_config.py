"""The file of sources: what it says is taken as meant, and each mistake is told in one sentence."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from emmap.errors import SetupError
from emmap.ingest.sources.config import SourceConfig, load_sources
from emmap.ingest.sources.credentials import Covers, filled
from emmap.ingest.sources.faults import Fault
from emmap.layer import load_layers
from emmap.settings import ROOT

LAYERS = load_layers(ROOT / "layers")


def load(folder: Path, content: str) -> dict[str, SourceConfig]:
    """The sources of a file with this content."""
    file = folder / "sources.toml"
    file.write_text(content, encoding="utf-8")
    return {one.name: one for one in load_sources(file, LAYERS)}


def test_the_example_in_the_operators_page_is_a_valid_file(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    found = load(tmp_path, re.findall(r"```toml\n(.*?)```", page, re.S)[0])
    assert list(found) == ["gd-warnings", "firms-viirs", "teams", "dropped", "hydrology", "mailed"]
    assert found["teams"].mapping == {"单位": "name"}
    assert found["firms-viirs"].expected == timedelta(hours=6)


def test_every_setting_stands_in_the_operators_page() -> None:
    page = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    table = page.split("| setting |")[1].split("\n\n")[0]
    assert [name for name in SourceConfig.model_fields if name != "name" and f"`{name}`" not in table] == []


GOOD = 'reader = "table"\nlayer = "rescue_teams"\nurl = "https://a.example/x.csv"\nevery = "5 min"\n'


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ('reader = "csv"', "没有读取器「csv」"),
        ('reader = "gdacs"', "图层 rescue_teams 不读 gdacs"),
        ('layer = "teams"', "没有图层「teams」"),
        ('every = "5"', "不是时长"),
        ('every = "1 s"', "最短"),
        ('late_after = "5 s"', "late_after 最短"),
        ('evry = "5 min"', "没有这一项设置"),
        ('url = "ftp://a.example/x"', "不是 http"),
        ('url = "https://u:p@a.example/x"', "用户名和口令"),
        ('url = "https://a.example/x?key=abc"', "口令不能写在文件里"),
        ('url = "https://{env:EMMAP_SECRET_HOST}/x"', "不是 http"),
        ('headers = { Authorization = "Bearer abc" }', "口令不能写在文件里"),
        ('password = "abc"', "password 不能写在文件里"),
        ('headers = { X = "{env:EMMAP_DATABASE_URL}" }', "EMMAP_SECRET_ 开头"),
        ('folder = "drop"', "写且只写一个"),
        ('datum = "mars"', "不认识坐标系"),
        ("size_mb = 100000", "EMMAP_MAX_UPLOAD_MB"),
        ("shrink = 2", "shrink"),
        ('mode = "whole"', "mode"),
        ('hosts = "a.example"', "hosts"),
    ],
)
def test_a_mistake_is_told_with_its_source_and_setting(tmp_path: Path, change: str, words: str) -> None:
    name = change.partition(" ")[0]
    kept = "".join(line + "\n" for line in GOOD.splitlines() if not line.startswith(f"{name} "))
    with pytest.raises(SetupError) as caught:
        load(tmp_path, f"[sources.one]\n{kept}{change}\n")
    assert "[sources.one]" in caught.value.zh
    assert words in caught.value.zh
    assert "abc" not in caught.value.zh


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    two = f"[sources.a]\n{GOOD}mode = 'complete'\n[sources.b]\n{GOOD}mode = 'complete'\n[sources.C]\n{GOOD}\n[x]\n"
    with pytest.raises(SetupError) as caught:
        load(tmp_path, two)
    assert [word in caught.value.zh for word in ("「x」", "sources.b", "「C」", "3 处")] == [True] * 4


@pytest.mark.parametrize("content", ["[sources.a", "sources = 3", '[sources]\na = "b"', "\x00"])
def test_what_is_no_such_file_is_told(tmp_path: Path, content: str) -> None:
    if content == "sources = 3":
        assert load(tmp_path, content) == {}
        return
    with pytest.raises(SetupError):
        load(tmp_path, content)


def test_a_credential_comes_from_the_environment_and_is_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "https://a.example/{env:EMMAP_SECRET_A}"
    with pytest.raises(Fault, match="EMMAP_SECRET_A"):
        filled(text)
    monkeypatch.setenv("EMMAP_SECRET_A", "s3cret/ä")
    assert filled(text) == "https://a.example/s3cret/ä"
    covers = Covers([text])
    assert covers.text("at s3cret/ä or s3cret%2F%C3%A4") == "at ••• or •••"
    assert covers.content("key s3cret/ä".encode()) == b"key ***"


def test_a_service_is_read_by_the_layer_that_names_it(tmp_path: Path) -> None:
    named = {
        "gdacs": "gdacs_events",
        "usgs": "earthquakes",
        "typhoon": "typhoon_tracks",
        "warnings": "flood_warnings",
    }
    found = load(
        tmp_path,
        "".join(
            f'[sources.{reader}]\nreader = "{reader}"\nlayer = "{layer}"\nurl = "https://a.example/x"\nevery = "5 min"\n'
            for reader, layer in named.items()
        ),
    )
    assert {name: one.layer for name, one in found.items()} == named
    assert [name for name, one in found.items() if one.messages] == ["warnings"]
