"""Make the photo of a card out of whatever a camera or a folder gave."""

import io
import warnings

from PIL import Image, ImageOps

from common.problems import Refused
from issuance.photos.rules import (
    FORMATS,
    HEIGHT,
    JPEG_BYTES_MAX,
    PASSES_MAX,
    PIXELS_IN_PASSES_MAX,
    PIXELS_MAX,
    SMALLEST_SIDE,
    UPLOAD_BYTES_MAX,
    WIDTH,
    crop_box,
)

# A face needs 60 or more; the last ones are for what is no face, such as noise.
QUALITIES = (88, 80, 70, 60, 50, 40, 30, 20, 10)
# What begins each pass over a JPEG; within a pass these two bytes do not come.
START_OF_SCAN = b"\xff\xda"


def prepare_photo(content: bytes) -> bytes:
    """Return a JPEG of 240 x 312 with at most 12 KB and nothing but the picture in it.

    The picture is turned upright first, and what the camera wrote beside it (place, time, its own
    small picture) is left behind. Raises Refused: photo_missing, photo_too_large, photo_unreadable,
    photo_too_small.
    """
    if not content:
        raise Refused("photo_missing")
    if len(content) > UPLOAD_BYTES_MAX:
        raise Refused("photo_too_large", limit_mb=UPLOAD_BYTES_MAX // 1024**2)
    picture = _opened(content)
    cut = picture.crop(crop_box(*picture.size))
    small = cut.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    for quality in QUALITIES:
        out = io.BytesIO()
        small.save(out, "JPEG", quality=quality, optimize=True, subsampling=2)
        if out.tell() <= JPEG_BYTES_MAX:
            return out.getvalue()
    raise Refused("photo_unreadable")


def _opened(content: bytes) -> Image.Image:
    """Unpack a picture that is none too large; every failure of a decoder is one word."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            width, height = picture.size
            if width * height > _pixels_max(picture) or content.count(START_OF_SCAN) > PASSES_MAX:
                raise Refused("photo_too_large", limit_mb=UPLOAD_BYTES_MAX // 1024**2)
            if min(width, height) < SMALLEST_SIDE:
                raise Refused("photo_too_small", pixels=SMALLEST_SIDE)
            # A JPEG is unpacked at a fraction of its size where that is enough.
            picture.draft("RGB", (WIDTH * 2, HEIGHT * 2))
            upright = ImageOps.exif_transpose(picture) or picture
            return _flat(upright)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("photo_too_large", limit_mb=UPLOAD_BYTES_MAX // 1024**2) from None
    except Exception:  # noqa: BLE001 - decoders fail in many ways on forged bytes
        raise Refused("photo_unreadable") from None


def _pixels_max(picture: Image.Image) -> int:
    """Return how many pixels a picture of this form may have."""
    most = PIXELS_MAX[str(picture.format)]
    return min(most, PIXELS_IN_PASSES_MAX) if picture.info.get("progressive") else most


def _flat(picture: Image.Image) -> Image.Image:
    """Return the picture in plain colours, on white where it was see-through."""
    if picture.mode in {"RGBA", "LA", "P", "PA"}:
        solid = picture.convert("RGBA")
        ground = Image.new("RGBA", solid.size, "white")
        return Image.alpha_composite(ground, solid).convert("RGB")
    return picture.convert("L" if picture.mode in {"1", "L", "I;16"} else "RGB")
