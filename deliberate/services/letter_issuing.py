"""Letters are issued: to one home, to a building, to the homes that somebody ticked.

A code is shown once, when its letter is issued, and kept only as a keyed hash. A new letter kills the old one, and
the members are told.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deliberate.domain.errors import N_, NotFound, Refusal, Stale
from deliberate.domain.permissions import Action, Actor, Subject, require
from deliberate.models import Building, Household, Letter

from . import journal, secrets
from .letters import tell_members


class NothingDue(Refusal):
    """Every home has a letter."""

    default_what = N_("没有发放信函。")
    default_why = N_("选到的每一户都已经有信函。")
    default_next = N_("要给某一户换发，请打开那一户的页面。")


@dataclass(frozen=True, slots=True)
class IssuedLetter:
    """A letter with its code, this once."""

    letter_id: int
    household_id: int
    for_owner: bool
    code: str


def issue(
    session: Session,
    actor: Actor,
    household_id: int,
    key: bytes,
    *,
    seen: int | None = None,
    for_owner: bool = False,
    now: datetime,
) -> IssuedLetter:
    """Issue a letter to a home. `seen` is the letter in force on the page that asked: a second click, or a
    page that is out of date, must not kill a letter that was just printed."""
    home = _home(session, actor, household_id)
    standing = _standing(session, [home.id], for_owner)
    if (standing[0].id if standing else None) != seen:
        raise Stale(
            why=N_("这一户刚刚发过新的信函。"),
            next_step=N_("如果那一封没有打印出来，请在这一户的页面上再换发一封。"),
        )
    issued = _issue(session, actor, [home], key, for_owner, now)[0]
    journal.note(session, actor, home.community_id, "letter_issued", "letter", issued.letter_id, now=now)
    if standing:
        tell_members(session, home, "letter_replaced", now)
    return issued


def issue_for_building(
    session: Session,
    actor: Actor,
    community_id: int,
    building_id: int,
    key: bytes,
    *,
    seen: int,
    undelivered_too: bool = False,
    never_printed: datetime | None = None,
    now: datetime,
) -> list[IssuedLetter]:
    """Letters for every home of a building that has none, and on wish for those not yet delivered.

    A letter that was delivered is never replaced in bulk. `seen` is `newest_in` of the page that asked;
    letters issued at `never_printed` reached no paper and are replaced.
    """
    require(actor, Action.MANAGE_LETTERS, Subject(community_id))
    building = session.get(Building, building_id)
    if building is None or building.community_id != community_id:
        raise NotFound()
    if newest_in(session, building_id) != seen:
        raise Stale(why=N_("这栋楼刚刚发过信函。"), next_step=N_("请刷新页面，查看还有哪些住户没有信函。"))
    homes = session.scalars(
        select(Household)
        .where(
            Household.community_id == community_id,
            Household.building_id == building_id,
            Household.gone_at.is_(None),
        )
        .order_by(Household.walk, Household.id)
    ).all()
    issued = _issue_where_due(session, actor, homes, key, undelivered_too, never_printed, now)
    journal.note(
        session, actor, community_id, "letters_issued", "building", building_id, now=now, number=len(issued)
    )
    return issued


def issue_for_chosen(
    session: Session,
    actor: Actor,
    community_id: int,
    household_ids: Collection[int],
    key: bytes,
    *,
    seen: int,
    undelivered_too: bool = False,
    now: datetime,
) -> list[IssuedLetter]:
    """Letters for the homes that somebody ticked, by the rules of a whole building. `seen` is `newest_of` them."""
    require(actor, Action.MANAGE_LETTERS, Subject(community_id))
    homes = session.scalars(
        select(Household)
        .where(
            Household.community_id == community_id,
            Household.id.in_(household_ids),
            Household.gone_at.is_(None),
        )
        .order_by(Household.walk, Household.id)
        .with_for_update(key_share=True)  # NO KEY: answers that only refer to the homes go on
    ).all()
    if newest_of(session, [home.id for home in homes]) != seen:
        raise Stale(why=N_("这些住户里刚刚有人发过信函。"), next_step=N_("请回到住户列表，重新选一次。"))
    issued = _issue_where_due(session, actor, homes, key, undelivered_too, None, now)
    journal.note(
        session,
        actor,
        community_id,
        "letters_issued",
        "community",
        community_id,
        now=now,
        number=len(issued),
    )
    return issued


def stand(session: Session, letter_ids: Collection[int]) -> bool:
    """Whether all of these are in force, and none is in anybody's hands."""
    standing = select(func.count(Letter.id)).where(
        Letter.id.in_(letter_ids),
        Letter.replaced_at.is_(None),
        Letter.frozen_at.is_(None),
        Letter.delivered_at.is_(None),
    )
    return session.scalars(standing).one() == len(letter_ids)


def newest_of(session: Session, household_ids: Collection[int]) -> int:
    """The number of the newest letter of these homes; 0 when there is none."""
    return session.scalar(select(func.max(Letter.id)).where(Letter.household_id.in_(household_ids))) or 0


def newest_in(session: Session, building_id: int) -> int:
    """The number of the newest letter of a building; 0 when there is none."""
    newest = session.scalar(
        select(func.max(Letter.id)).join(Household).where(Household.building_id == building_id)
    )
    return newest or 0


def _issue_where_due(
    session: Session,
    actor: Actor,
    homes: Sequence[Household],
    key: bytes,
    undelivered_too: bool,
    never_printed: datetime | None,
    now: datetime,
) -> list[IssuedLetter]:
    """To homes without a letter, and to those whose letter is to be replaced; never one that was delivered."""
    keep = {
        one.household_id
        for one in _standing(session, [home.id for home in homes], for_owner=False)
        if one.delivered_at
        or one.frozen_at
        or not (undelivered_too or (never_printed is not None and one.issued_at == never_printed))
    }
    due = [home for home in homes if home.id not in keep]
    if not due:
        raise NothingDue()
    return _issue(session, actor, due, key, False, now)


def _issue(
    session: Session, actor: Actor, homes: Sequence[Household], key: bytes, for_owner: bool, now: datetime
) -> list[IssuedLetter]:
    old = {one.household_id: one for one in _standing(session, [home.id for home in homes], for_owner)}
    made: list[tuple[Letter, str]] = []
    for home in homes:
        code = secrets.new_code()
        made.append(
            (
                Letter(
                    community_id=home.community_id,
                    household_id=home.id,
                    for_owner=for_owner,
                    code_hash=secrets.keyed_hash(code, key),
                    issued_at=now,
                    issued_by_id=actor.account_id,
                ),
                code,
            )
        )
    session.add_all([letter for letter, _ in made])
    session.flush()
    for letter, _ in made:
        before = old.get(letter.household_id)
        if before is not None:
            before.replaced_at, before.replaced_by_letter_id = now, letter.id
    session.flush()
    return [IssuedLetter(letter.id, letter.household_id, for_owner, code) for letter, code in made]


def _standing(session: Session, household_ids: Iterable[int], for_owner: bool) -> Sequence[Letter]:
    """The newest letter of each home, frozen or not, that no other has replaced."""
    return session.scalars(
        select(Letter).where(
            Letter.household_id.in_(list(household_ids)),
            Letter.for_owner == for_owner,
            Letter.replaced_at.is_(None),
        )
    ).all()


def _home(session: Session, actor: Actor, household_id: int) -> Household:
    home = session.get(Household, household_id, with_for_update={"key_share": True})
    if home is None or home.gone_at is not None:
        raise NotFound()
    require(actor, Action.MANAGE_LETTERS, Subject(home.community_id))
    return home
