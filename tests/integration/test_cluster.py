"""The private cluster: made once, found alive, recovered, and closed to whoever does not belong in it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from emmap.errors import SetupError
from emmap.settings import ROOT
from emmap.store import cluster as private
from emmap.store import migrate
from emmap.store.cluster import SUPERUSER, Cluster, as_user, web_user
from emmap.store.database import Database

START = "import sys; from emmap.store.cluster import Cluster; from pathlib import Path; print(Cluster(Path(sys.argv[1])).start())"


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A cluster of this test alone, not made yet, in a folder whose name is no plain word and long."""
    top = Path(tempfile.mkdtemp(prefix="emmap-test-"))
    top.chmod(0o755)
    found = Cluster(top / "一张 图" / ("long" * 40))
    yield found
    found.stop()
    shutil.rmtree(found.socket_dir, ignore_errors=True)
    shutil.rmtree(top)


def starter(cluster: Cluster) -> subprocess.Popen[str]:
    """Another process that starts the cluster and prints whether it was the one."""
    return subprocess.Popen(
        [sys.executable, "-c", START, str(cluster.data_dir)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def wait_for(condition: Callable[[], bool]) -> None:
    """Returns once the condition holds; fails after a minute."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def postmaster(cluster: Cluster) -> int:
    """The server's process number."""
    return int((cluster.pgdata / "postmaster.pid").read_text().split()[0])


def text_in(cluster: Cluster) -> list[str]:
    """What the test wrote into the cluster."""
    with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres")) as connection:
        return [row[0] for row in connection.execute("select word from kept")]


def keep(cluster: Cluster, word: str) -> None:
    """Writes a word into the cluster."""
    with psycopg.connect(cluster.conninfo(SUPERUSER, "postgres")) as connection:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values (%s)", (word,))


def test_it_starts_once_listens_on_no_network_address_and_stops_once(own: Cluster) -> None:
    assert own.start() is True
    assert own.start() is False
    with psycopg.connect(own.conninfo(SUPERUSER, "postgres")) as connection:
        row = connection.execute(
            "select current_setting('listen_addresses'), current_setting('fsync')"
        ).fetchone()
    assert row == ("", "on")
    assert own.stop() is True
    assert own.answers() is False
    assert own.stop() is False


def test_of_four_starters_at_once_one_makes_it(own: Cluster) -> None:
    starters = [starter(own) for _ in range(4)]
    answers = [one.communicate()[0].strip() for one in starters]
    assert sorted(answers) == ["False", "False", "False", "True"]
    assert own.answers()


def test_a_killed_server_comes_back_with_what_was_committed(own: Cluster) -> None:
    own.start()
    keep(own, "新塘")
    os.kill(postmaster(own), signal.SIGKILL)
    wait_for(lambda: not own.answers())
    assert own.start() is True
    assert text_in(own) == ["新塘"]


def test_a_making_that_was_cut_short_is_done_again(own: Cluster) -> None:
    cut = starter(own)
    wait_for((own.data_dir / "postgres.new" / "PG_VERSION").exists)
    cut.kill()
    cut.communicate()
    assert own.start() is True
    keep(own, "whole")
    assert text_in(own) == ["whole"]
    assert not (own.data_dir / "postgres.new").exists()


def test_a_pid_file_whose_number_is_another_programs_is_no_obstacle(own: Cluster) -> None:
    own.start()
    own.stop()
    # Of the cluster's own user: PostgreSQL itself sees through the others.
    with subprocess.Popen(["sleep", "600"], **as_user(own.owner)) as other:
        (own.pgdata / "postmaster.pid").write_text(f"{other.pid}\n{own.pgdata}\n")
        try:
            assert own.start() is True
            assert other.poll() is None
        finally:
            other.kill()


def test_the_pid_file_of_a_living_server_is_left_alone(own: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "TRIES", 3)
    monkeypatch.setattr(private, "PATIENT_TRIES", 1)
    own.start()
    (own.socket_dir / ".s.PGSQL.5432").rename(own.socket_dir / "hidden")  # it lives, but does not answer
    with pytest.raises(SetupError, match="lock file"):
        own.start()
    (own.socket_dir / "hidden").rename(own.socket_dir / ".s.PGSQL.5432")
    assert own.answers()


def test_four_processes_may_provision_at_once(own: Cluster) -> None:
    code = (
        "import sys; from pathlib import Path; from emmap.settings import Settings;"
        "from emmap.store.database import Database;"
        "Database.from_settings(Settings(data_dir=Path(sys.argv[1]))).ensure_running()"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(own.data_dir)], cwd=ROOT) for _ in range(4)]
    assert [one.wait() for one in running] == [0, 0, 0, 0]
    with psycopg.connect(own.conninfo("emmap_owner")) as connection:
        assert connection.execute("select postgis_lib_version() is not null").fetchone() == (True,)


def test_the_application_cannot_become_another_role(database: Database) -> None:
    for role in ("emmap_owner", "emmap_super", "emmap_reader"):
        with (
            psycopg.connect(database.conninfo("app")) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"set role {role}")


def test_the_webs_system_user_enters_as_the_application_only(cluster: Cluster, database: Database) -> None:
    def entry(role: str) -> int:
        arguments = ["-h", str(cluster.socket_dir), "-U", role, "-d", database.name, "-c", "select 1"]
        run = subprocess.run(
            ["psql", "-w", *arguments], cwd="/", capture_output=True, check=False, **as_user(web_user())
        )
        return run.returncode

    assert entry("emmap_app") == 0
    assert entry("emmap_reader") != 0
    if web_user() != cluster.owner:  # an ordinary user runs web and cluster alike
        assert entry("emmap_owner") != 0
        assert entry(SUPERUSER) != 0


def test_the_reader_reads_the_layers_views_and_nothing_else(database: Database) -> None:
    with psycopg.connect(database.conninfo("reader", "real"), autocommit=True) as connection:
        assert connection.execute("select count(*) from layer_rescue_teams").fetchone() == (0,)
        for statement in (
            "select * from version",
            "select * from emmap.account",
            "delete from layer_rescue_teams",
            "create table mine (word text)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_readers_password_is_its_owners_secret(cluster: Cluster, template: str) -> None:
    assert cluster.reader_password_file.stat().st_mode & 0o777 == 0o600
    wrong = cluster.conninfo("emmap_reader", template) + " password=wrong"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_too_little_disk_is_said_before_anything_is_made(
    own: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "SMALLEST_FREE", 1 << 60)
    with pytest.raises(SetupError, match=r"Only .* MiB are free"):
        own.start()
    assert not own.pgdata.exists()


def test_a_broken_configuration_is_quoted(own: Cluster) -> None:
    own.start()
    own.stop()
    with (own.pgdata / "postgresql.conf").open("a") as configuration:
        configuration.write("\nmax_wal_size = 'much'\n")
    with pytest.raises(SetupError, match=r"does not start: .*configuration file"):
        own.start()


def test_a_stranger_is_told_whose_cluster_it_is(own: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    own.start()
    own.stop()
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(SetupError, match=f"belongs to {own.owner.name}"):
        own.start()


def test_a_place_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="EMMAP_DATA_DIR"):
        Cluster(tmp_path / "file" / "data").start()


def test_a_folder_that_the_cluster_cannot_reach_names_the_setting(tmp_path: Path) -> None:
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o000)
    with pytest.raises(SetupError, match="EMMAP_DATA_DIR"):
        Cluster(shut / "data").start()


def test_a_second_database_of_the_cluster_knows_the_realms(database: Database) -> None:
    assert migrate.realms(database) == ["real", "exercise"]
