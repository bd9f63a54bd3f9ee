"""Files that are dropped into a folder, and mailed messages: each taken once, whatever happens in between."""

from pathlib import Path

import pytest

from emmap.store import source_states
from emmap.store.database import Database
from tests.mail_server import MailServer, mail
from tests.source_bench import Bench, alert, bench, drop, source, teams


def test_dropped_files_are_read_once_and_set_aside(database: Database, tmp_path: Path) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, url="", folder=str(tmp_path))
        drop(tmp_path, "a.csv", teams([1]), 90)
        drop(tmp_path, "b.csv", b"%PDF-1.7", 80)
        drop(tmp_path, "c.csv", teams([2]), 70)
        drop(tmp_path, "d.csv.part", teams([3]))
        drop(tmp_path, "e.csv", teams([4]), -36_000)  # still being written
        (tmp_path / "link.csv").symlink_to("/etc/passwd")
        told = await found.go(one)
        assert [one.code or one.outcome for one in told] == ["taken", "unknown_format", "taken"]
        assert found.now() == {"T1", "T2"}
        assert {p.name for p in (tmp_path / "done").iterdir()} == {"a.csv", "c.csv"}
        reason = next((tmp_path / "failed").glob("b.csv.*")).read_text(encoding="utf-8")
        assert "不认识这种文件" in reason
        assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {"d.csv.part", "e.csv", "link.csv"}

    bench(database, scene)


def test_a_file_that_cannot_be_moved_is_not_taken_twice(database: Database, tmp_path: Path) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, url="", folder=str(tmp_path))
        drop(tmp_path, "c.csv", teams([2]))
        (tmp_path / "done").write_bytes(b"")  # in the way, as a lost right to write is
        assert await found.outcome(one) == "folder_unusable"
        assert found.now() == {"T2"}
        (tmp_path / "done").unlink()
        assert await found.outcome(one) == "unchanged"
        assert [path.name for path in tmp_path.rglob("*.csv")] == ["c.csv"]
        assert (tmp_path / "done" / "c.csv").exists()

    bench(database, scene)


def test_a_dropped_file_that_is_held_waits_until_it_is_confirmed(database: Database, tmp_path: Path) -> None:
    async def scene(found: Bench) -> None:
        one = source(found.server, url="", folder=str(tmp_path), mode="complete")
        drop(tmp_path, "a.csv", teams(range(30)), 90)
        drop(tmp_path, "b.csv", teams(range(3)), 80)
        assert [told.outcome for told in await found.go(one)] == ["taken", "held"]
        assert await found.outcome(one) == "unchanged"
        assert (tmp_path / "held" / "b.csv").exists()
        with database.engine("app", "exercise").begin() as conn:
            source_states.confirm(conn, "teams", "duty")
        assert await found.outcome(one) == "taken"
        assert found.now() == {"T0", "T1", "T2"}
        assert [row.outcome for row in found.history("teams")] == ["taken", "held", "taken"]

    bench(database, scene)


def test_a_folder_that_is_not_there_is_told(database: Database, tmp_path: Path) -> None:
    async def scene(found: Bench) -> None:
        assert (
            await found.outcome(source(found.server, url="", folder=str(tmp_path / "x"))) == "folder_unusable"
        )

    bench(database, scene)


def test_mailed_messages_of_known_senders_are_taken_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMMAP_SECRET_MAIL", "wrong")

    async def scene(found: Bench) -> None:
        box = MailServer(
            {3: mail("cap@weather.example", alert("m1")), 4: mail("x@evil.example", alert("m2"))}
        )
        async with box.running():
            one = source(
                found.server,
                reader="cap",
                url="",
                imap=f"imap://127.0.0.1:{box.port}/INBOX",
                user="warnings",
                password="{env:EMMAP_SECRET_MAIL}",
                senders=("cap@weather.example", "@flood.example"),
            )
            assert await found.outcome(one) == "mail_refused"
            monkeypatch.setenv("EMMAP_SECRET_MAIL", "right")
            (told,) = await found.go(one)
            assert told.counts is not None
            assert (told.counts["read"], told.counts["added"]) == (1, 1)
            assert await found.outcome(one) == "unchanged"
            box.mails[9] = mail("Duty@Flood.example", alert("m3"), b"<alert", alert("m1"))
            (told,) = await found.go(one)
            assert told.counts is not None
            assert [told.counts[name] for name in ("read", "added", "unchanged", "rejected")] == [3, 1, 1, 1]
            fetched = [line for line in box.said if line.startswith("UID FETCH")]
            assert fetched == [f"UID FETCH {uid} (BODY.PEEK[])" for uid in (3, 4, 9)]
            assert len(found.known("flood_warnings")) == 2
            encrypted = one.model_copy(update={"imap": one.imap.replace("imap:", "imaps:")})
            assert await found.outcome(encrypted) == "no_connection"  # this server cannot

    bench(database, scene)
