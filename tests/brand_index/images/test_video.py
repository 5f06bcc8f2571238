"""Videos: which of their frames are looked at, at which times, and what is refused."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from brand_index.errors import ImageTooLarge, TruncatedImage, UnsupportedImage
from brand_index.images import Limits, decode
from brand_index.images.finding import find_images
from tests.videos import video

av = pytest.importorskip("av", reason="pip install 'markscan[video]'")
SIZE = (320, 240)
PHOTOS = [Image.fromarray(each()).convert("RGB").resize(SIZE) for each in (data.astronaut, data.chelsea, data.coffee)]


def scenes(each: int = 20) -> list[Image.Image]:
    """Three photos, each shown for so many frames."""
    return [photo for photo in PHOTOS for _ in range(each)]


def panning(count: int) -> Iterator[Image.Image]:
    """Frames of a camera that moves over a wide photo."""
    wide = Image.fromarray(data.rocket()).convert("RGB").resize((1600, 240))
    for step in range(count):
        left = round(step * (1600 - 320) / (count - 1))
        yield wide.crop((left, 0, left + 320, 240))


@pytest.mark.parametrize(
    ("as_format", "codec"), [("mp4", "libx264"), ("mov", "libx264"), ("webm", "libvpx-vp9"), ("matroska", "libx264")]
)
def test_each_scene_of_a_video_is_one_frame_with_its_time(as_format: str, codec: str) -> None:
    decoded = decode(video(scenes(), as_format=as_format, codec=codec))
    assert decoded.seconds == (0.0, 2.0, 4.0)
    assert (decoded.numbers, decoded.stand_for, decoded.frame_count) == ((0, 20, 40), (20, 20, 20), 60)
    for frame, photo in zip(decoded.frames, PHOTOS, strict=True):
        assert np.abs(frame.astype(int) - np.asarray(photo)).mean() < 8
    assert not decoded.truncated


def test_a_scene_is_found_without_a_key_frame() -> None:
    decoded = decode(video(scenes(), **{"g": "600", "sc_threshold": "0"}))
    assert decoded.numbers == (0, 20, 40)


def test_a_camera_that_moves_gives_several_frames_of_one_scene() -> None:
    decoded = decode(video(list(panning(60))))
    assert decoded.seconds == tuple(step / 2 for step in range(12))
    assert decoded.frames_covered == decoded.frame_count == 60


def test_a_small_sticker_that_appears_is_a_new_frame() -> None:
    covered = PHOTOS[0].copy()
    covered.paste((255, 0, 0), (20, 20, 70, 60))
    decoded = decode(video([*[PHOTOS[0]] * 20, *[covered] * 5, *[PHOTOS[0]] * 20]))
    assert decoded.numbers == (0, 20, 25)


def test_of_too_many_scenes_those_are_left_out_that_differ_least() -> None:
    brighter = PHOTOS[0].point([min(255, level + 14) for level in range(256)] * 3)
    decoded = decode(video([*[PHOTOS[0]] * 9, *[brighter] * 9, *[PHOTOS[1]] * 9]), Limits(max_frames=2))
    assert decoded.numbers == (0, 18)
    assert decoded.frames_covered < decoded.frame_count


def test_of_a_long_video_key_frames_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brand_index.images.video.WALKED_PIXELS", 320 * 240 * 30)
    decoded = decode(video(scenes()))
    assert decoded.seconds is not None
    assert [round(each) for each in decoded.seconds] == [0, 2, 4]
    assert decoded.frames_covered < decoded.frame_count == 60


def test_a_turned_video_is_upright() -> None:
    file = io.BytesIO(video(scenes()))
    turned = io.BytesIO()
    with av.open(file) as source, av.open(turned, "w", format="mp4") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(90) if hasattr(stream, "set_display_rotation") else pytest.skip("PyAV cannot turn")
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                container.mux(packet)
    decoded = decode(turned.getvalue())
    assert decoded.size == (240, 320)


def test_a_large_video_is_kept_smaller_and_its_coordinates_are_those_of_the_file() -> None:
    decoded = decode(video([PHOTOS[0].resize((1920, 1080))] * 3, preset="ultrafast"))
    assert decoded.frames[0].shape == (720, 1280, 3)
    assert decoded.size == (1920, 1080)
    assert decoded.scale == (1.5, 1.5)


def test_of_a_video_that_is_cut_off_the_beginning_is_read() -> None:
    whole = video(scenes(), as_format="webm", codec="libvpx-vp9")
    decoded = decode(whole[: len(whole) * 6 // 10])
    assert decoded.truncated
    assert len(decoded.frames) < 3


@pytest.mark.parametrize("length", [12, 40, 400])
def test_a_video_that_is_cut_off_in_its_header_is_named_as_such(length: int) -> None:
    with pytest.raises(TruncatedImage, match=r"holiday\.mp4: .*fetch or export it again"):
        decode(video(scenes())[:length], name="holiday.mp4")


def test_a_video_that_lasts_too_long_is_refused_by_its_header_or_by_its_frames() -> None:
    with pytest.raises(ImageTooLarge, match=r"lasts 0 min 06 s, over 5 seconds.*cut it shorter"):
        decode(video(scenes()), Limits(max_seconds=5))


def test_a_film_without_moving_images_is_refused() -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44_100)
        stream.layout = "mono"
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 44_100), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44_100
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(UnsupportedImage, match="without moving images"):
        decode(file.getvalue())


def test_no_reference_is_made_of_a_video() -> None:
    with pytest.raises(UnsupportedImage, match=r"a\.mp4: a video, of which no reference can be made"):
        decode(video(scenes()), name="a.mp4", vector=True)


def test_random_bytes_in_a_video_give_one_clear_error_or_frames() -> None:
    whole = video(scenes(5))
    for seed in range(12):
        random = np.random.default_rng(seed)
        damaged = bytearray(whole)
        for at in random.integers(8, len(damaged), 40):
            damaged[at] = int(random.integers(256))
        try:
            assert decode(bytes(damaged)).frames
        except (TruncatedImage, UnsupportedImage, ImageTooLarge) as error:
            assert str(error).startswith("image: ")  # noqa: PT017 - which of them depends on the bytes


def test_videos_in_a_folder_are_found_by_suffix_and_by_content(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(video(scenes(2)))
    (tmp_path / "b").write_bytes(video(scenes(2), as_format="webm", codec="libvpx-vp9"))
    assert [each.path.name for each in find_images([tmp_path]).images] == ["a.mp4", "b"]


def test_where_nothing_reads_videos_they_are_passed_over_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.mp4").write_bytes(video(scenes(2)))
    PHOTOS[0].save(tmp_path / "b.png")
    monkeypatch.setattr("brand_index.images.finding.is_readable", lambda: False)
    found = find_images([tmp_path])
    assert [each.path.name for each in found.images] == ["b.png"]
    assert found.passed_over.sentences() == (
        "videos, passed over: 1 (a.mp4); videos need one more package: pip install 'markscan[video]'",
    )
