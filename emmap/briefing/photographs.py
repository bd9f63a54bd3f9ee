"""A photograph as paper takes it: read with bounds, upright, small enough, without what the camera wrote into it."""

import hashlib
from io import BytesIO
from threading import Semaphore

from PIL import Image as Picture
from PIL import ImageCms, ImageOps, UnidentifiedImageError

from emmap.errors import TooLarge, Unreadable
from emmap.store.briefing_images import Image

LARGEST = 100 << 20
"""Of an uploaded file, in bytes."""
MOST_PIXELS = 64_000_000
"""Of a picture before it is made smaller: what phones take, and 260 MB of memory while it is read."""
LONGEST_SIDE_PX = 2400
"""Of a kept one: 300 dpi across an A4 page."""
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 88

_one_at_a_time = Semaphore(1)
"""A picture may take 260 MB while it is read; so many people at once must not take many times that."""


def prepared(content: bytes) -> Image:
    """The photograph of an uploaded JPEG, PNG or WebP: sRGB, turned as the camera was held, no larger than it prints,
    and nothing of it but the picture (no place, no time, no name).

    Raises `TooLarge` for too many bytes or pixels, `Unreadable` for what is no such picture or is broken.
    """
    if len(content) > LARGEST:
        raise TooLarge(
            f"照片超过 {LARGEST >> 20} MB；请先缩小再上传。",
            f"The photograph is over {LARGEST >> 20} MB: make it smaller first.",
            code="image_too_large",
        )
    with _one_at_a_time:
        body, media_type, size = _encoded(_read(content))
    return Image(hashlib.sha256(body).hexdigest(), media_type, *size, body)


def _read(content: bytes) -> Picture.Image:
    try:
        with Picture.open(BytesIO(content), formats=FORMATS) as found:
            if found.width * found.height > MOST_PIXELS:
                raise _too_many_pixels()
            found.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))  # a JPEG is read at half its size or less
            found.load()
            return _in_srgb(ImageOps.exif_transpose(found) or found)
    except (Picture.DecompressionBombError, Picture.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise _unreadable("不是 JPEG、PNG 或 WebP 图片", "is no JPEG, PNG or WebP") from error
    except (OSError, ValueError, SyntaxError, EOFError, ArithmeticError, LookupError) as error:
        # What Pillow's readers raise of broken files.
        raise _unreadable("已损坏", "is broken") from error


def _in_srgb(found: Picture.Image) -> Picture.Image:
    """The same colours without a profile; transparent parts become paper."""
    profile = found.info.get("icc_profile")
    if profile and found.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            made = ImageCms.profileToProfile(found, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return made or found
        except ImageCms.PyCMSError:
            pass  # a profile that cannot be read says nothing of the colours
    if found.has_transparency_data:
        above = found.convert("RGBA")
        paper = Picture.new("RGB", above.size, "white")
        paper.paste(above, mask=above.getchannel("A"))
        return paper
    return found.convert("RGB")


def _encoded(found: Picture.Image) -> tuple[bytes, str, tuple[int, int]]:
    """As JPEG, or as PNG where that is smaller, as it is of drawings and screens."""
    found.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX), Picture.Resampling.LANCZOS)
    bare = Picture.new("RGB", found.size)
    bare.paste(found)
    as_jpeg, as_png = BytesIO(), BytesIO()
    bare.save(as_jpeg, "JPEG", quality=QUALITY, optimize=True)
    if bare.getcolors(4096) is not None:  # few colours: no photograph
        bare.save(as_png, "PNG", optimize=True)
    if 0 < as_png.tell() < as_jpeg.tell():
        return as_png.getvalue(), "image/png", bare.size
    return as_jpeg.getvalue(), "image/jpeg", bare.size


def _too_many_pixels() -> TooLarge:
    most = MOST_PIXELS // 10_000
    return TooLarge(
        f"照片像素过多；最多 {most} 万像素，请先缩小。",
        f"The photograph has too many pixels; at most {most // 100} million: make it smaller first.",
        code="image_too_large",
    )


def _unreadable(zh: str, en: str) -> Unreadable:
    return Unreadable(
        f"这个文件{zh}；请换一张 JPEG、PNG 或 WebP 照片。",
        f"This file {en}; choose another JPEG, PNG or WebP.",
        code="unreadable_image",
    )
