"""What years and cheap phones do to a card: worn prints, and pictures of them. All of it follows
from the dice that are given, so trials can be paired and repeated.

Sizes are those of a card: a length in pixels "across 30 mm" is what a QR and its quiet zone take
of a picture; a reader sees one frame of 480 by 480.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy

Picture = numpy.ndarray[Any, Any]
FRAME = 480
FIELD_MM = 30.0
# A frame is drawn at twice its size and then shrunk, as a lens does before there are pixels.
FINER = 2
TABLE_GREY = 150


@dataclass(frozen=True)
class Printed:
    """A grey picture of a printed symbol, with or without the card around it."""

    pixels: Picture
    per_mm: float
    # Middle of the symbol, in pixels, and the side of the symbol with its quiet zone.
    centre: tuple[float, float]
    side_mm: float
    # Side of one module.
    module_mm: float


@dataclass(frozen=True)
class Shot:
    """How one frame was taken."""

    pixels: float = 300.0
    turn_degrees: float = 0.0
    # Where the middle of the symbol falls, beside the middle of the frame, in pixels.
    aside: tuple[float, float] = (0.0, 0.0)
    # By how much of the field each corner is moved.
    tilt: tuple[tuple[float, float], ...] = ((0.0, 0.0),) * 4
    blur: float = 0.0
    defocus: float = 0.0
    motion: float = 0.0
    motion_degrees: float = 0.0
    shade: float = 0.0
    shade_degrees: float = 0.0
    glare: float = 0.0
    noise: float = 0.0
    jpeg: int = 95


def a_shot(dice: numpy.random.Generator) -> Shot:
    """A frame as a person in a hurry takes it."""
    return Shot(
        pixels=dice.uniform(130, 400),
        turn_degrees=dice.uniform(-30, 30),
        tilt=tuple((float(dx), float(dy)) for dx, dy in dice.uniform(-0.06, 0.06, (4, 2))),
        blur=dice.uniform(0.3, 0.9),
        defocus=dice.uniform(0, 1.5),
        motion=dice.uniform(0, 3.5),
        motion_degrees=dice.uniform(0, 180),
        shade=dice.uniform(0, 0.55),
        shade_degrees=dice.uniform(0, 360),
        glare=dice.uniform(0, 1) * (dice.random() < 0.35),
        noise=dice.uniform(1, 9),
        jpeg=int(dice.integers(35, 86)),
    )


def a_clear_shot(pixels: float, dice: numpy.random.Generator, blur: float = 0.9) -> Shot:
    """A frame in which only the size is wanting: turned a little, and not on whole pixels."""
    aside = (dice.uniform(-6, 6), dice.uniform(-6, 6))
    return Shot(pixels, turn_degrees=dice.uniform(-30, 30), aside=aside, blur=blur, noise=2.0)


def view(card: Printed, shot: Shot, dice: numpy.random.Generator) -> Picture:
    """Return the frame that a phone hands to its reader."""
    frame = _projected(card, shot)
    frame = _unsharp(frame, shot)
    frame = _lit(frame, shot, dice)
    frame += dice.normal(0, shot.noise, frame.shape) if shot.noise else 0
    grey = numpy.clip(frame, 0, 255).astype(numpy.uint8)
    _, packed = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, shot.jpeg])
    shown: Picture = numpy.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE))
    return shown


def _projected(card: Printed, shot: Shot) -> Picture:
    half = FIELD_MM / 2 * card.per_mm
    x, y = card.centre
    corners = [
        (x - half, y - half),
        (x + half, y - half),
        (x + half, y + half),
        (x - half, y + half),
    ]
    source = numpy.array(corners, numpy.float32)
    reach = shot.pixels / 2 * FINER
    angle = numpy.radians(shot.turn_degrees)
    turn = numpy.array(
        [[numpy.cos(angle), -numpy.sin(angle)], [numpy.sin(angle), numpy.cos(angle)]]
    )
    square = numpy.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) + 2 * numpy.array(shot.tilt)
    middle = (numpy.array(shot.aside) + FRAME / 2) * FINER
    target = (square @ turn.T * reach + middle).astype(numpy.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    size = (FRAME * FINER,) * 2
    large = cv2.warpPerspective(
        card.pixels, matrix, size, flags=cv2.INTER_LINEAR, borderValue=TABLE_GREY
    )
    return cv2.resize(large, (FRAME, FRAME), interpolation=cv2.INTER_AREA).astype(numpy.float32)


def _unsharp(frame: Picture, shot: Shot) -> Picture:
    if shot.blur:
        frame = cv2.GaussianBlur(frame, (0, 0), shot.blur)
    if shot.defocus >= 0.5:
        frame = cv2.filter2D(frame, -1, _disc(shot.defocus))
    if shot.motion >= 1:
        frame = cv2.filter2D(frame, -1, _streak(shot.motion, shot.motion_degrees))
    return frame


def _disc(radius: float) -> Picture:
    side = int(numpy.ceil(radius)) * 2 + 1
    y, x = numpy.mgrid[:side, :side] - side // 2
    kernel: Picture = numpy.clip(radius + 0.5 - numpy.hypot(x, y), 0, 1)
    kernel /= kernel.sum()
    return kernel


def _streak(length: float, degrees: float) -> Picture:
    side = int(numpy.ceil(length)) // 2 * 2 + 3
    kernel: Picture = numpy.zeros((side, side), numpy.float32)
    for step in numpy.linspace(-length / 2, length / 2, 33):
        x = side // 2 + step * numpy.cos(numpy.radians(degrees))
        y = side // 2 + step * numpy.sin(numpy.radians(degrees))
        kernel[round(y), round(x)] += 1
    kernel /= kernel.sum()
    return kernel


def _lit(frame: Picture, shot: Shot, dice: numpy.random.Generator) -> Picture:
    y, x = numpy.mgrid[:FRAME, :FRAME] / (FRAME - 1) - 0.5
    angle = numpy.radians(shot.shade_degrees)
    light = 1 - shot.shade * (0.5 + (x * numpy.cos(angle) + y * numpy.sin(angle)) / 1.42)
    frame = frame * light
    # The place of a reflection is thrown also when there is none: trials stay paired.
    at_x, at_y, long, short = dice.uniform((-0.3, -0.3, 0.04, 0.02), (0.3, 0.3, 0.16, 0.06))
    if shot.glare:
        spot = ((x - at_x) / long) ** 2 + ((y - at_y) / short) ** 2
        frame = frame + 255 * shot.glare * numpy.exp(-spot)
    return frame


def worn(card: Printed, dice: numpy.random.Generator) -> Printed:
    """Return the card after years in a pocket: ink spread or thin, faded, scratched and stained."""
    gain, soft = dice.uniform(-0.12, 0.18), dice.uniform(0.04, 0.12)
    black, paper = dice.uniform(0, 110), dice.uniform(222, 255)
    pixels = cv2.GaussianBlur(card.pixels.astype(numpy.float32), (0, 0), soft * card.per_mm)
    # Ink that spreads makes dark what was half dark.
    pixels = 255 / (1 + numpy.exp(-(pixels / 255 - 0.5 - gain) * 14))
    pixels = black + pixels * (paper - black) / 255
    for _ in range(dice.integers(0, 3)):
        _scratch(pixels, card, dice)
    spoilt = dice.uniform(0, 0.012)
    for _ in range(3):
        _blot(pixels, card, spoilt / 3, dice)
    return replace(card, pixels=numpy.clip(pixels, 0, 255).astype(numpy.uint8))


def _scratch(pixels: Picture, card: Printed, dice: numpy.random.Generator) -> None:
    half = card.side_mm / 2 * card.per_mm
    ends = dice.uniform(-half, half, (2, 2)) + card.centre
    width = max(1, round(dice.uniform(0.1, 0.3) * card.per_mm))
    colour = float(dice.choice((235.0, 60.0), p=(0.8, 0.2)))
    first, second = (tuple(map(int, end)) for end in ends)
    cv2.line(pixels, first, second, colour, width, cv2.LINE_AA)


def stained(card: Printed, share: float, dice: numpy.random.Generator) -> Printed:
    """Return the card with one blot of that share of the symbol, finder patterns spared."""
    pixels = card.pixels.astype(numpy.float32)
    _blot(pixels, card, share, dice, spares_finders=True)
    return replace(card, pixels=pixels.astype(numpy.uint8))


def _blot(
    pixels: Picture,
    card: Printed,
    share: float,
    dice: numpy.random.Generator,
    *,
    spares_finders: bool = False,
) -> None:
    """Cover a share of the symbol (without its quiet zone) with an uneven ellipse."""
    side = (card.side_mm - 8 * card.module_mm) * card.per_mm
    stretch = dice.uniform(0.6, 1.6)
    radius = numpy.sqrt(share / numpy.pi) * side
    axes = radius * numpy.array((stretch, 1 / stretch))
    for _ in range(200):
        at = dice.uniform(-0.5, 0.5, 2) * (side - 2 * axes * spares_finders)
        if not spares_finders or not _touches_finder(at, axes, side, card):
            break
    mask = numpy.zeros(pixels.shape, numpy.uint8)
    middle = (at + card.centre).astype(int)
    cv2.ellipse(mask, tuple(map(int, middle)), tuple(map(int, axes)), 0, 0, 360, 255, -1)
    pixels[mask > 0] = dice.choice((30.0, 120.0, 245.0), p=(0.5, 0.3, 0.2))


def _touches_finder(at: Picture, axes: Picture, side: float, card: Printed) -> bool:
    finder = 8 * card.module_mm * card.per_mm
    inner = side / 2 - finder
    corners = ((-1, -1), (1, -1), (-1, 1))
    return any(sx * at[0] + axes[0] > inner and sy * at[1] + axes[1] > inner for sx, sy in corners)


def worn_in_a_poor_picture(card: Printed, dice: numpy.random.Generator) -> Picture:
    """Return one trial: a worn card in a frame taken in a hurry."""
    shot = a_shot(dice)
    return view(worn(card, dice), shot, dice)
