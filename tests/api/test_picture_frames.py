"""Which part of a map a picture shows."""

from __future__ import annotations

import math

import pytest

from iai_proxy.api.picture_frames import PictureFrame, WantedFrame, is_mirrored


def test_the_frame_of_a_request_is_completed_by_what_the_api_chose() -> None:
    answer = {"map_center": [3, 4], "map_fov": 100}
    path = "/location_info?location=x"
    assert WantedFrame.of(path).frame(answer) == PictureFrame(3.0, 4.0, 100.0)
    assert WantedFrame.of(f"{path}&rendering_fov=50").frame(answer) == PictureFrame(3.0, 4.0, 50.0)
    assert WantedFrame.of(f"{path}&rendering_center=1.5%2C-2").frame(answer) == PictureFrame(
        1.5, -2.0, 100.0
    )
    assert WantedFrame.of(f"{path}&rendering_center=a,b").frame(answer) is None
    assert WantedFrame.of(path).frame({}) is None


def test_how_much_of_a_frame_another_shows() -> None:
    frame = PictureFrame(0.0, 0.0, 10.0)
    assert frame.covered_by(PictureFrame(5.0, 0.0, 10.0)) == 0.5
    assert frame.covered_by(PictureFrame(5.0, 5.0, 10.0)) == 0.25
    assert frame.covered_by(PictureFrame(0.0, 0.0, 100.0)) == 1.0
    assert frame.covered_by(PictureFrame(20.0, 0.0, 10.0)) == 0.0


@pytest.mark.parametrize(
    ("center", "fov"),
    [((0, 0), math.inf), ((0, 0), math.nan), ((math.nan, 1), 5), ((0, math.inf), 5), ((0,), 5)],
)
def test_numbers_that_are_none_are_no_frame(center: tuple[float, ...], fov: float) -> None:
    assert PictureFrame.of(center, fov) is None


@pytest.mark.parametrize("fov", [1e300, 1e-300])
def test_the_share_of_a_frame_of_any_size_can_be_told(fov: float) -> None:
    share = 0.0 if fov > 1 else 1.0
    assert PictureFrame(0.0, 0.0, fov).covered_by(PictureFrame(0.0, 0.0, 10.0)) == share


def test_only_maps_of_carla_itself_are_drawn_mirrored() -> None:
    assert is_mirrored("carla:Town03")
    assert not is_mirrored("carla_xodr:Town03")
    assert not is_mirrored("iai:carla:x")
