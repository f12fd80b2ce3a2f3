"""Letters to observers: a head in words, in two languages, and its signed note enclosed."""

from collections.abc import Callable, Sequence
from datetime import datetime

from deliberate.domain.calendar import BEIJING, day_in_beijing
from deliberate.domain.errors import N_
from deliberate.domain.ledger.anchoring import LATE
from deliberate.domain.ledger.head import HeadReason
from deliberate.queries.heads import Head

from .mail import Letter

SUBJECT = N_("%(community)s 记录核对码 %(code)s")
TEXT = (
    N_("%(community)s 的记录到 %(time)s（北京时间）共有 %(size)s 条，核对码是："),
    N_("请留着这封信。以后要是有人改动、删掉或者补进以前的记录，就和这个核对码对不上。"),
    N_("附件是签过名的原文，可以用观察员脚本核对（--also 附件）。"),
)

STEPS = (HeadReason.OPENING, HeadReason.CLOSING, HeadReason.FINAL)
Translate = Callable[[str], str]


def worth_a_letter(new: Sequence[Head], last: tuple[int, datetime] | None, now: datetime) -> list[Head]:
    """Of heads that nobody was sent (newest first): the steps of rounds, and once a day whatever has grown.

    A step of long ago is no news to somebody who comes new to the list.
    """
    steps = [head for head in new if head.why in STEPS and now - head.at < 2 * LATE]
    size, at = last or (-1, None)
    today = at is not None and day_in_beijing(at) == day_in_beijing(now)
    grown = [head for head in new[:1] if head.size > size and not today and head not in steps]
    return [*grown, *steps][::-1]


def letter(head: Head, text: str, community: str, to: str, languages: tuple[Translate, ...]) -> Letter:
    """One letter to one observer; `text` is the signed note."""
    values = {
        "community": community,
        "code": head.code,
        "size": f"{head.size:,}",
        "time": f"{head.at.astimezone(BEIJING):%Y-%m-%d %H:%M}",
    }
    parts = [_said(translate, values, head.code) for translate in languages]
    return Letter(
        to=to,
        subject=languages[0](SUBJECT) % values,
        text="\n\n".join(parts) + f"\n\n{head.body}",
        name=f"head {head.body}",
        enclosed=(head.file, text),
    )


def _said(translate: Translate, values: dict[str, str], code: str) -> str:
    first, *others = (translate(each) % values for each in TEXT)
    return "\n\n".join((first, f"    {code}", *others))
