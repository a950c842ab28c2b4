"""How bodies are packed."""

import hashlib
import os
import random
import threading

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from iai_proxy.errors import InputError
from iai_proxy.recordings.codecs import has_checksum, pack, unpack
from iai_proxy.recordings.codecs.typical import TYPICAL

TEXT = b'{"agent_states":[[1.25,2.5,3.75,4.0]]}' * 50
LONG = TEXT * 30
#: Recordings depend on it.
TYPICAL_HASH = "848bccd3485caa8cee65cccc78b2b9be1e4b9cc2ab0d6208428c98a2b59a8a38"


@given(st.binary(max_size=5000) | st.binary(min_size=1, max_size=9).map(lambda part: part * 900))
def test_what_is_packed_comes_back(body: bytes) -> None:
    codec, data = pack(body)
    assert len(data) <= len(body)
    assert unpack(codec, data, len(body)) == body


def test_a_long_body_is_a_plain_zstandard_frame() -> None:
    codec, data = pack(LONG)
    assert codec == "zstd"
    assert zstandard.decompress(data) == LONG


def test_a_short_body_is_a_frame_with_what_such_bodies_usually_say() -> None:
    body = b'{"infraction_indicators":[[false,false,false]],"birdview":null,"model_version":"best"}'
    codec, data = pack(body)
    assert codec == "zstd-typical"
    assert len(data) < len(zstandard.compress(body)) * 2 / 3
    assert unpack(codec, data, len(body)) == body


def test_what_bodies_usually_say_is_part_of_the_format() -> None:
    assert hashlib.sha256(TYPICAL).hexdigest() == TYPICAL_HASH, "another text is another codec"


def test_what_packing_does_not_make_smaller_stays_raw() -> None:
    noise = os.urandom(4000)
    assert pack(noise) == ("raw", noise)
    assert pack(b"short") == ("raw", b"short")


def test_an_unknown_codec_is_named_with_the_fix() -> None:
    with pytest.raises(
        InputError,
        match=r"with 'brotli-x', which this iai-proxy does not know \(raw, zstd, .*\): upgrade",
    ):
        unpack("brotli-x", b"", 0)


@pytest.mark.parametrize(
    ("codec", "data", "size"),
    [
        ("zstd", b"", 10),
        ("zstd", b"no frame at all", 10),
        ("zstd", pack(LONG)[1][:-3], len(LONG)),
        ("zstd", pack(LONG)[1], len(LONG) + 1),
        ("zstd", pack(LONG)[1], len(LONG) - 1),
        ("zstd-typical", pack(TEXT)[1][:-3], len(TEXT)),
        ("zstd-typical", pack(TEXT)[1], len(TEXT) - 1),
        ("zstd", pack(TEXT)[1], len(TEXT)),
        ("zstd", zstandard.ZstdCompressor(write_content_size=False).compress(TEXT), len(TEXT)),
        ("raw", b"abc", 4),
    ],
)
def test_damage_is_an_input_error(codec: str, data: bytes, size: int) -> None:
    with pytest.raises(InputError, match="damaged"):
        unpack(codec, data, size)


def test_the_checksum_of_a_packed_body_finds_any_changed_bit() -> None:
    """Random digits are packed symbol by symbol: a changed bit changes some, and nothing else."""
    body = "".join(random.Random(5).choices("0123456789,.-", k=3000)).encode()
    codec, data = pack(body)
    assert has_checksum(codec, data)
    missed = []
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            if (
                has_checksum(codec, bytes(changed))
                and unpack(codec, bytes(changed), len(body)) != body
            ):
                missed.append(bit)
        except InputError:
            continue
    assert missed == []


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        ("raw", TEXT),
        ("zstd", zstandard.ZstdCompressor().compress(TEXT)),
        ("zstd", b"no frame"),
        ("brotli-x", b""),
    ],
)
def test_what_has_no_checksum(codec: str, data: bytes) -> None:
    assert not has_checksum(codec, data)


def test_threads_do_not_disturb_each_other() -> None:
    failures: list[object] = []

    def work(number: int) -> None:
        body = str(number).encode() * 20_000
        failures.extend(number for _ in range(30) if unpack(*pack(body), len(body)) != body)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
