"""A photograph is read with bounds, turned upright, made smaller, and loses what the camera wrote into it."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from emmap.briefing import photographs
from emmap.errors import TooLarge, Unreadable
from emmap.store import briefing_images

ORIENTATION, GPS = 0x0112, 0x8825


def picture(size: tuple[int, int] = (60, 40), mode: str = "RGB", colour: Any = "red") -> Image.Image:
    return Image.new(mode, size, colour)


def file(one: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    into = BytesIO()
    one.save(into, format, **options)
    return into.getvalue()


def read(kept: briefing_images.Image) -> Image.Image:
    found = Image.open(BytesIO(kept.body))
    assert (found.size, found.get_format_mimetype()) == ((kept.width_px, kept.height_px), kept.media_type)
    return found


def test_it_is_upright_and_says_nothing_of_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # the camera was held on its side
    exif[GPS] = {1: "N", 2: (23.0, 7.0, 0.0)}
    one = picture()
    one.paste("blue", (0, 0, 30, 40))
    found = read(photographs.prepared(file(one, exif=exif, comment=b"somebody", quality=95)))
    assert found.size == (40, 60)
    assert not found.getexif()
    assert not {"exif", "comment", "icc_profile"} & set(found.info)
    top, bottom = (found.convert("RGB").getpixel((20, y)) for y in (5, 55))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert (top[2] > 200, bottom[0] > 200) == (True, True)


def test_a_large_one_is_made_as_small_as_it_prints() -> None:
    assert read(photographs.prepared(file(picture((4000, 3000))))).size == (2400, 1800)


@pytest.mark.parametrize(
    ("mode", "format"),
    [("RGB", "JPEG"), ("L", "JPEG"), ("CMYK", "JPEG"), ("RGBA", "PNG"), ("P", "PNG"), ("1", "PNG"), ("I;16", "PNG"),
     ("LA", "PNG"), ("RGB", "WEBP"), ("RGBA", "WEBP")],
)  # fmt: skip
def test_every_kind_of_picture_is_taken(mode: str, format: str) -> None:
    found = read(photographs.prepared(file(picture(mode=mode, colour=0), format)))
    assert (found.mode, found.size) == ("RGB", (60, 40))


def test_what_is_transparent_is_paper() -> None:
    found = read(photographs.prepared(file(picture(mode="RGBA", colour=(0, 0, 0, 0)), "PNG")))
    assert found.getpixel((30, 20)) == (255, 255, 255)


def png_that_says(width: int, height: int) -> bytes:
    """The head of a PNG of this size, with next to nothing in it."""

    def chunk(name: bytes, told: bytes) -> bytes:
        return struct.pack(">I", len(told)) + name + told + struct.pack(">I", zlib.crc32(name + told))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", Unreadable),
        (b"GIF89a" + b"\0" * 50, Unreadable),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Unreadable),
        (file(picture((800, 600)))[:2000], Unreadable),
        (file(picture((800, 600)), "PNG")[:300], Unreadable),
        (png_that_says(0, 5), Unreadable),
        (png_that_says(9000, 8000), TooLarge),
        (png_that_says(11_000, 11_000), TooLarge),
        (png_that_says(2_000_000_000, 2_000_000_000), TooLarge),
        (bytes(photographs.LARGEST + 1), TooLarge),
    ],
    ids=[
        "empty",
        "gif",
        "svg",
        "cut jpeg",
        "cut png",
        "no pixels",
        "72 million",
        "121 million",
        "a bomb",
        "over 100 MB",
    ],
)
def test_what_is_broken_or_too_large_is_said(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match="照片"):
        photographs.prepared(content)
