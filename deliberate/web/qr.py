"""QR codes as drawings inside the page: no request carries what they say."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from deliberate.later import later

if TYPE_CHECKING:
    import segno
else:
    segno = later("segno")


def qr_code(text: str) -> Markup:
    """An inline SVG; its size comes from the style sheet."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(
        omitsize=True, border=2, svgclass="qr", lineclass=None, dark="#000", light="#fff"
    )
    return Markup(drawing)  # noqa: S704 - drawn by segno from modules alone, it quotes no text
