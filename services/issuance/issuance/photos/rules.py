"""What a photo on a card is: its size, its form, and who may agree to it."""

WIDTH, HEIGHT = 240, 312
JPEG_BYTES_MAX = 12 * 1024
# Version, key id, nonce and tag around the JPEG.
SEALED_BYTES_MAX = JPEG_BYTES_MAX + 64
# A phone's camera makes some 4 MB; the page makes it smaller first where it can.
UPLOAD_BYTES_MAX = 12 * 1024 * 1024
# A picture of more than this is refused before it is unpacked: a JPEG is unpacked at a fraction
# of its size, the others whole.
PIXELS_MAX = {"JPEG": 60_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
FORMATS = tuple(PIXELS_MAX)
# Cameras that put a second picture behind the first call their JPEG so; the first is taken.
PIXELS_MAX["MPO"] = PIXELS_MAX["JPEG"]
# A JPEG that is drawn in passes is held whole, and each pass goes over all of it, however few
# bytes it has: 400 passes in 270 KB took a minute of a processor. Cameras and programs make 10.
PIXELS_IN_PASSES_MAX = 16_000_000
PASSES_MAX = 32
SMALLEST_SIDE = 120
SOURCES = ("camera", "upload")
CONSENT_BY = ("head", "family_member", "representative")


def photo_context(household_id: object) -> str:
    """Return the place to which a sealed photo is bound."""
    return f"household_photos.photo:{household_id}"


def crop_box(width: int, height: int) -> tuple[int, int, int, int]:
    """Return the largest part of a picture with the photo's shape: the middle, a little above it.

    Faces are above the middle of what people take, so a tall picture loses more at its foot.
    """
    if width * HEIGHT > height * WIDTH:
        wide = height * WIDTH // HEIGHT
        left = (width - wide) // 2
        return left, 0, left + wide, height
    tall = width * HEIGHT // WIDTH
    top = (height - tall) // 3
    return 0, top, width, top + tall
