"""`emmap import`: what it prints and how it ends."""

import json
import sys
from pathlib import Path

import pytest

from emmap import cli
from emmap.store.database import Database

TEAMS = "编号,队伍名称,定员,经度,纬度\nT1,演练一队,12,113.4,23.2\nT2,演练二队,很多,,\n"


@pytest.fixture
def emmap(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Emmap":
    monkeypatch.setattr(Database, "from_settings", classmethod(lambda cls, settings: database))
    return Emmap(monkeypatch, capsys)


class Emmap:
    """Runs a verb as the shell does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> tuple[object, str, str]:
        """Exit code, output, errors."""
        self.monkeypatch.setattr(sys, "argv", ["emmap", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = self.capsys.readouterr()
        return ended.value.code, printed.out, printed.err


@pytest.fixture
def teams(tmp_path: Path) -> str:
    path = tmp_path / "队伍.csv"
    path.write_text(TEAMS, encoding="utf-8")
    return str(path)


def test_it_prints_the_counts_and_each_refused_row(emmap: Emmap, teams: str) -> None:
    code, out, _ = emmap("import", "rescue_teams", teams, "--map", "定员=people")
    assert code == 0
    assert {"read 2", "added 1", "rejected 1"} <= {" ".join(line.split()[1:]) for line in out.splitlines()}
    assert "[not_a_number] 表格第 3 行" in out


def test_json_is_the_answer_of_the_api(emmap: Emmap, teams: str) -> None:
    code, out, _ = emmap("import", "rescue_teams", teams, "--dry-run", "--json")
    answer = json.loads(out)
    assert (code, answer["added"], answer["dry_run"], answer["columns_ignored"]) == (0, 2, True, ["定员"])


def test_the_error_file_is_written_at_once_and_found_again_by_its_run(
    emmap: Emmap, teams: str, tmp_path: Path
) -> None:
    path = tmp_path / "errors.csv"
    code, out, _ = emmap("import", "rescue_teams", teams, "--map", "定员=people", "--errors", str(path))
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert (code, len(lines)) == (0, 2)
    assert lines[1].startswith("2,not_a_number,")
    run = out.partition("emmap rejected ")[2].split()[0]
    code, again, _ = emmap("rejected", run)
    assert (code, again.removeprefix("\ufeff").splitlines()) == (0, lines)
    assert emmap("rejected", "987654")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("volcanoes", "FILE"), "volcanoes"),
        (("rescue_teams", "/no/such/file.csv"), "/no/such/file.csv"),
        (("rescue_teams", "FILE", "--datum", "beijing54"), "beijing54"),
        (("rescue_teams", "FILE", "--mode", "total"), "total"),
        (("rescue_teams", "FILE", "--map", "people"), "people"),
        (("rescue_teams", "FILE", "--realm", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(
    emmap: Emmap, teams: str, arguments: tuple[str, ...], said: str
) -> None:
    code, _, err = emmap("import", *(teams if one == "FILE" else one for one in arguments))
    assert (code, "Traceback" in err) == (1, False)
    assert said in err
