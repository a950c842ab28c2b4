"""Who produced which fingerprint, against looking through everything for each."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.lineage.sources import Answers, Producers, source

#: Few enough that answers often have some in common; 0 is none.
ANSWERS = st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=4), max_size=8)


def answers_of(fingerprints: list[array[int]]) -> Answers:
    return Answers(fingerprints.__getitem__, Producers(fingerprints.__getitem__))


@given(ANSWERS, st.data())
def test_producers_are_all_earlier_ones_in_order(
    answers: list[list[int]], data: st.DataObject
) -> None:
    producers = Producers([array("Q", answer) for answer in answers].__getitem__)
    for index in sorted(data.draw(st.lists(st.integers(0, len(answers)), max_size=4))):
        expected = {
            wanted: [
                source(earlier, position)
                for earlier, answer in enumerate(answers[:index])
                for position, fingerprint in enumerate(answer)
                if fingerprint == wanted != 0
            ]
            for wanted in range(14)
        }
        for wanted, found in zip(expected, producers.before(index, expected), strict=True):
            assert (
                found if isinstance(found, list) else [] if found is None else [found]
            ) == expected[wanted]


def test_of_very_many_producers_the_latest_are_looked_at() -> None:
    (found,) = Producers(([array("Q", [5])] * 100).__getitem__).before(100, [5])
    assert found == [source(index, 0) for index in range(36, 100)]


@given(ANSWERS)
def test_an_answer_is_found_as_a_whole_only_where_each_of_its_agents_has_no_other_producer(
    answers: list[list[int]],
) -> None:
    found = answers_of([array("Q", answer) for answer in answers])
    for index in range(len(answers)):
        found.add(index)
    everything = [fingerprint for answer in answers for fingerprint in answer]
    for index, answer in enumerate(answers):
        same = found.of(array("Q", answer))
        assert same in (index, None)
        if same is not None:
            assert 0 not in answer
            assert all(everything.count(fingerprint) == 1 for fingerprint in answer)


def test_answers_are_found_whole_and_in_their_order_only_and_not_before_they_are_added() -> None:
    answers = answers_of([array("Q", [1, 2, 3]), array("Q", [4, 5]), array("Q", [5, 6])])
    assert answers.of(array("Q", [1, 2, 3])) is None
    for index in range(3):
        answers.add(index)
    assert answers.of(array("Q", [1, 2, 3])) == 0
    for other in (
        [1, 2],
        [2, 1, 3],
        [1, 2, 3, 4],
        [],
        [4, 5],
        [5, 6],
    ):  # the last two share an agent
        assert answers.of(array("Q", other)) is None
