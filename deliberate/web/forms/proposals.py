"""Forms of a matter: its text, its scope, screening."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, MultipleFileField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from deliberate.domain.proposal import LONGEST_BODY, LONGEST_REASON, LONGEST_TITLE, Category, Draft
from deliberate.domain.scope import Scope, ScopeKind
from deliberate.queries.places import Places

from ..place_words import offered
from .fields import ChoiceRadioField, PlacesCheckboxField, YuanField, at_most, must, once, words_of

LISTS = {ScopeKind.GRIDS: "grids", ScopeKind.ESTATES: "estates", ScopeKind.BUILDINGS: "buildings"}


class ScopeForm(FlaskForm):  # type: ignore[misc]
    """Whom the matter concerns; the lists count only for the kind chosen."""

    scope = ChoiceRadioField(_l("涉及哪些住户"), choices=lambda: words_of(ScopeKind), default="community")
    grids = PlacesCheckboxField(_l("网格"), coerce=int, choices=[])
    estates = PlacesCheckboxField(_l("小区或院落"), coerce=int, choices=[])
    buildings = PlacesCheckboxField(_l("楼栋"), coerce=int, choices=[])

    def offer(self, places: Places) -> None:
        """Fill the lists with the community's own places."""
        for kind, name in LISTS.items():
            self._fields[name].choices = offered(places, kind)

    def chosen_scope(self) -> Scope:
        """The scope as typed; BadInput when a part is named without its places."""
        kind = ScopeKind(self.scope.data)
        ids = self._fields[LISTS[kind]].data if kind in LISTS else []
        return Scope(kind, tuple(ids or ()))


def scope_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """A stored scope as the form's values."""
    scope = Scope.from_data(data)
    chosen = {LISTS[scope.kind]: list(scope.ids)} if scope.kind in LISTS else {}
    return {"scope": scope.kind.value, **chosen}


class ProposalForm(ScopeForm):
    """The text of a matter. Pictures sent with it are named at the end of the text."""

    title = StringField(
        _l("题目"),
        [must(), at_most(LONGEST_TITLE)],
        description=_l("一句话说清要办什么事，最多60个字。"),
    )
    category = ChoiceRadioField(_l("哪一类事"), choices=lambda: words_of(Category))
    body = TextAreaField(
        _l("说明"),
        [must(), at_most(LONGEST_BODY)],
        description=_l(
            "为什么要办、怎么办。空一行分段；行首写“- ”成列表；两边加“**”成粗体。请不要写别人的姓名和电话。"
        ),
    )
    budget = YuanField(_l("大约要花多少元"), description=_l("不知道或者不花钱，可以不填。"))
    pictures = MultipleFileField(
        _l("照片"),
        description=_l(
            "JPEG、PNG 或 WebP，每张不超过10MB、4000万像素，一次合计不超过25MB；会缩小并去掉拍摄地点等信息。"
        ),
    )
    version = HiddenField(default="0")
    follows = HiddenField()
    request_id = once()

    def draft(self) -> Draft:
        """The text as typed; BadInput when it cannot be."""
        return Draft(
            title=self.title.data or "",
            body=self.body.data or "",
            category=Category(self.category.data),
            budget=self.budget.fen,
            scope=self.chosen_scope(),
        )


class TakeDownForm(ProposalForm):
    """A matter that staff write down for somebody, with the home of that person where it is known."""

    building = SelectField(_l("提出人住哪栋楼"), coerce=int, choices=[], description=_l("不愿意说可以不选。"))
    unit = StringField(_l("单元"), [at_most(20)])
    room = StringField(_l("室"), [at_most(20)])

    def offer(self, places: Places) -> None:
        super().offer(places)
        self.building.choices = [(0, _("不填")), *offered(places, ScopeKind.BUILDINGS)]


class ScreenForm(FlaskForm):  # type: ignore[misc]
    """What the moderator decides about a submitted matter."""

    decision = ChoiceRadioField(
        _l("审核意见"),
        choices=lambda: [
            ("accept", _("予以受理")),
            ("return", _("退回修改")),
            ("decline", _("不予受理")),
            ("merge", _("并入其他议题")),
        ],
    )
    reason = TextAreaField(
        _l("理由"),
        [at_most(LONGEST_REASON)],
        description=_l("除了受理以外都要写；提出人和联名的住户都会看到。"),
    )
    into = IntegerField(_l("并入哪一号议题"), [Optional()], description=_l("只在选“并入其他议题”时填写。"))
    version = HiddenField()
    """Of the text that the moderator reads."""

    def looked_at(self) -> int:
        """The version as a number; 0, which no text has, where none was sent."""
        sent = (self.version.data or "")[:9]
        return int(sent) if sent.isdecimal() else 0


class ReasonForm(FlaskForm):  # type: ignore[misc]
    """A reason that everybody may read."""

    reason = TextAreaField(_l("理由"), [must(), at_most(LONGEST_REASON)])


class WithdrawForm(FlaskForm):  # type: ignore[misc]
    """The author takes the matter back."""

    reason = TextAreaField(
        _l("为什么撤回"), [at_most(LONGEST_REASON)], description=_l("可以不写；写了大家都能看到。")
    )
