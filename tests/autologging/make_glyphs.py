"""Draws `jupyter_tracker/autologging/pictures/glyphs.bin` anew: `python tests/autologging/make_glyphs.py`.

The letters are DejaVu Sans as matplotlib brings it, 20 pixels high. The file: zlib of a line of JSON (the size of the
sheet, and for each character where it begins and how wide it is) and the sheet, a byte per pixel in 16 steps.
"""

import json
import zlib
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

CHARACTERS = [chr(code) for code in (*range(32, 127), *range(0xC0, 0x100), 0x2026, 0x00B2, 0x00B5)]
FILE = Path(__file__).parents[2] / "jupyter_tracker/autologging/pictures/glyphs.bin"


def main():
    font = ImageFont.truetype(str(Path(mpl.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), 19)
    height = 24
    places, pieces, left = {}, [], 0
    for character in CHARACTERS:
        width = max(1, round(font.getlength(character)))
        image = Image.new("L", (width, height))
        ImageDraw.Draw(image).text((0, 0), character, font=font, fill=255)
        pieces.append(np.asarray(image))
        places[character] = [left, width]
        left += width
    sheet = (np.hstack(pieces) // 16 * 17).astype(np.uint8)
    header = json.dumps({"height": height, "width": left, "places": places}).encode()
    FILE.write_bytes(zlib.compress(header + b"\n" + sheet.tobytes(), 9))
    print(len(FILE.read_bytes()), "bytes")


if __name__ == "__main__":
    main()
