"""A text as a QR code: for a terminal, and as an SVG picture. Does not know what the text means."""

import io

import segno

_QUIET = 4  # modules of light around the code, as ISO/IEC 18004 asks for
_COLOURS = "\033[38;5;16;48;5;231m"  # black on white, whatever the terminal's own colours are: scanners want it so
_PLAIN = "\033[0m"
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


class QrCode:
    """A QR code that survives 15 % of it being dirty or dazzled."""

    def __init__(self, text: str) -> None:
        self._code = segno.make(text, error="m", micro=False)

    def terminal(self) -> str:
        """Return lines of half blocks, two modules above each other in a character."""
        rows = [[bool(module) for module in row] for row in self._code.matrix_iter(border=_QUIET)]
        if len(rows) % 2:
            rows.append([False] * len(rows[0]))
        pairs = zip(rows[::2], rows[1::2], strict=True)
        lines = ("".join(_HALVES[halves] for halves in zip(*two, strict=True)) for two in pairs)
        return "\n".join(f"{_COLOURS}{line}{_PLAIN}" for line in lines)

    def svg(self) -> bytes:
        """Return a picture that can be printed at any size."""
        picture = io.BytesIO()
        self._code.save(picture, kind="svg", scale=8, border=_QUIET, light="white")
        return picture.getvalue()
