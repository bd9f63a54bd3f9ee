"""The two verbs against a model that knows only seconds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from emmap.store.overlay import EARLIEST, LATEST, Cut, Piece, Put, overlay
from tests.timeline_model import LAST, Timeline

BASE = datetime(2020, 5, 22, tzinfo=UTC)


def second(n: int) -> datetime:
    return BASE + timedelta(seconds=n)


puts = st.tuples(
    st.integers(0, 25), st.none() | st.integers(1, 5), st.sampled_from("AB"), st.booleans(), st.booleans()
)
acts = st.lists(puts | st.integers(0, 25), max_size=8)


def verb(number: int, act: tuple[int, int | None, str, bool, bool] | int) -> Put | Cut:
    if isinstance(act, int):
        return Cut(number, second(act))
    start, length, state, whole, unless_so = act
    end = None if length is None else second(start + length)
    return Put(number, second(start), end, state, whole=whole and end is not None, unless_so=unless_so)


def at(timeline: list[Piece], n: int) -> str | None:
    found = [piece.state for piece in timeline if piece.start <= second(n) < piece.end]
    assert len(found) <= 1, "pieces overlap"
    return found[0] if found else None


@given(acts)
def test_after_any_acts_each_second_is_as_the_model_says(said: list[object]) -> None:
    model, timeline = Timeline(), []
    for number, act in enumerate(said):
        timeline, _ = overlay(timeline, [verb(number, act)])
        if isinstance(act, int):
            model.end(act)
        else:
            start, length, state, whole, unless_so = act
            end = None if length is None else start + length
            model.put(state, start, end, whole=whole and end is not None, unless_so=unless_so)
        assert tuple(at(timeline, n) for n in range(LAST + 1)) == model.states(), act


@given(acts, puts)
def test_what_is_so_already_changes_nothing(
    said: list[object], again: tuple[int, int | None, str, bool, bool]
) -> None:
    timeline, _ = overlay([], [verb(n, act) for n, act in enumerate(said)])
    once, _ = overlay(timeline, [verb(100, again)])
    twice, told = overlay(once, [verb(101, again)])
    assert twice == once
    assert told == set()


def test_a_late_report_does_not_overwrite_what_came_after_it() -> None:
    later = Piece(second(10), LATEST, "B", 1)
    timeline, _ = overlay([later], [Put(0, second(5), None, "A")])
    assert timeline == [Piece(second(5), second(10), "A", None, 0), later]


def test_a_piece_without_a_start_can_be_cut() -> None:
    timeline, told = overlay([Piece(EARLIEST, LATEST, "A", 1)], [Cut(0, second(5))])
    assert timeline == [Piece(EARLIEST, second(5), "A", 1)]
    assert told == {0}
