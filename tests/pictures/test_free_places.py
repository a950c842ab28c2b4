"""Labels stand where no other text is."""

from __future__ import annotations

from PIL import Image, ImageChops

from iai_proxy.pictures.canvas import Canvas
from iai_proxy.pictures.free_places import Box, Label, Taken
from iai_proxy.pictures.labels import length_of


def written(*labels: Label) -> list[Box | None]:
    """Write labels, and return which part of the picture each has changed."""
    canvas, found = Canvas(Image.new("RGB", (400, 400), "#ffffff")), list[Box | None]()
    for label in labels:
        before = canvas.image.copy()
        canvas.label(label)
        found.append(ImageChops.difference(before, canvas.image).getbbox())
    return found


def label(*places: tuple[float, float], is_kept: bool = True) -> Label:
    return Label([(at, "ls") for at in places], "number", 12, "#000000", "#eeeeee", is_kept)


def test_a_label_goes_to_the_first_place_that_is_free() -> None:
    first, second, third = written(
        label((100, 100)), label((110, 104), (100, 200)), label((300, 100), (100, 300))
    )
    assert first is not None
    assert second is not None
    assert third is not None
    assert second[0] == first[0]
    assert second[1] == first[1] + 100
    assert (third[0], third[1]) == (first[0] + 200, first[1])


def test_without_a_free_place_only_what_must_be_told_is_written() -> None:
    taken = label((100, 100))
    assert written(taken, label((102, 100), is_kept=False))[1] is None
    assert written(taken, label((102, 100)))[1] is not None


def test_boxes_that_touch_do_not_overlap_and_long_ones_are_found_anywhere() -> None:
    taken = Taken()
    taken.add((0, 0, 1000, 10))
    assert taken.is_free((0, 10, 50, 20))
    assert not taken.is_free((990, 9, 1200, 20))
    assert taken.is_free((1000, 0, 1200, 20))


def test_long_lengths_are_kilometres() -> None:
    assert [length_of(metres) for metres in (0.5, 200, 1000, 500_000)] == [
        "0.5 m",
        "200 m",
        "1 km",
        "500 km",
    ]
