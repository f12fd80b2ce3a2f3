"""Who may open what, as a reviewer would say it: each endpoint with the words of who may.

Written from what each page is for, not from the code; `test_access.py` asks the application whether it agrees.
Words are joined by "or"; "and" binds more tightly. Every role is meant in the community of the address, and
nobody not named may: not a stranger, not staff of another community, not another household.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deliberate.domain.permissions import Role
from tests.web.world import Person


@dataclass(frozen=True)
class Address:
    """What is asked for, as far as the policy goes: whose household the address is about."""

    household: int


Word = Callable[[Person, Address], bool]


def _here(person: Person) -> bool:
    return person.place == "here"


def _role(role: Role) -> Word:
    return lambda person, _: _here(person) and role in person.roles


WORDS: Mapping[str, Word] = {
    "anybody": lambda person, _: True,
    "signed_in": lambda person, _: person.account_id is not None,
    # has a letter of any community in hand
    "letter": lambda person, _: person.letter,
    # lives in a home of this community, or has its letter
    "household": lambda person, _: _here(person) and person.lives_in is not None,
    # that, or owns a home here
    "resident": lambda person, _: _here(person) and (person.lives_in is not None or person.owns is not None),
    # belongs to the very household of the address
    "own_household": lambda person, at: person.lives_in == at.household,
    "another_household": lambda person, at: person.lives_in != at.household,
    # is this very person, or the one who did it
    "author": lambda person, _: _here(person) and person.wrote,
    "member_themselves": lambda person, at: (
        person.account_id is not None and not person.letter and person.lives_in == at.household
    ),
    "recorder": lambda person, _: _here(person) and person.recorded,
    # gave out no code of the tablet that delivered it
    "no_code_giver": lambda person, _: not person.gave_code,
    "holder_of_case": lambda person, _: _here(person) and person.holds_case,
    # staff; on_duty is in the open round of this community
    "on_duty": lambda person, _: _here(person) and person.on_duty,
    # a device that was enrolled; it has no cookie, and its own community
    "tablet": lambda person, _: bool(person.token),
    "tablet_in_force": lambda person, _: bool(person.token) and not person.revoked,
    "moderator": _role(Role.MODERATOR),
    "canvasser": _role(Role.CANVASSER),
    "scrutineer": _role(Role.SCRUTINEER),
    "registrar": _role(Role.REGISTRAR),
    "observer": _role(Role.OBSERVER),
    # whoever runs the installation: shows a token of their own, and is none of these people
    "operator": lambda _person, _: False,
}


def allows(endpoint: str, person: Person, address: Address) -> bool:
    """Whether the policy lets this person in."""
    return any(
        all(WORDS[word](person, address) for word in alternative.split(" and "))
        for alternative in POLICY[endpoint].split(" or ")
    )


ANYBODY = "anybody"
MODERATOR = "moderator"
REGISTRAR = "registrar"
CANVASSER = "canvasser"
AT_THE_DOOR = "canvasser and on_duty"
READS_ROLL = "registrar or moderator or scrutineer"
AT_THE_DESK = "registrar or moderator"
RECHECKS = "moderator and another_household or scrutineer and another_household"

POLICY: Mapping[str, str] = {
    # what anyone may read
    "public.front": ANYBODY,
    "public.healthz": ANYBODY,
    "public.measured": "operator",
    "public.matters": ANYBODY,
    "public.matter": ANYBODY,
    "public.compare": ANYBODY,
    "public.plan": ANYBODY,
    "public.plan_file": ANYBODY,
    "public.notices": ANYBODY,
    "public.notices_feed": ANYBODY,
    "public.calendar": ANYBODY,
    "public.meeting_calendar": ANYBODY,
    "public.round_calendar": ANYBODY,
    "public.notice": ANYBODY,
    "public.meetings": ANYBODY,
    "public.meeting": ANYBODY,
    "public.meeting_print": ANYBODY,
    "public.picture": ANYBODY,
    "public.recording": ANYBODY,
    "public.figures": ANYBODY,
    "public.words": ANYBODY,
    "public.round": ANYBODY,
    "public.round_rooms": ANYBODY,
    "public.count_sheet": ANYBODY,
    "public.bulletin": ANYBODY,
    # while a round is open only the one who settles the household's contradiction sees its papers (rule 11)
    "public.evidence": "holder_of_case",
    # heads of the ledger, and a cosignature, which proves by itself whose it is
    "public.ledger": ANYBODY,
    "public.ledger_notice": ANYBODY,
    "public.head_files": ANYBODY,
    "public.head_file": ANYBODY,
    "public.consistency": ANYBODY,
    "public.cosign": ANYBODY,
    "public.leave_address": "observer",
    "moderator.ledger": MODERATOR,
    "moderator.post_head": MODERATOR,
    "moderator.add_observer_key": MODERATOR,
    "moderator.end_observer_key": MODERATOR,
    "moderator.add_observer_address": MODERATOR,
    "moderator.remove_observer_address": MODERATOR,
    # coming in
    "account.sign_in": ANYBODY,
    "account.sign_in_now": ANYBODY,
    "account.sign_out": ANYBODY,
    "account.new_password": ANYBODY,
    "account.choose_password": ANYBODY,
    "account.set_language": ANYBODY,
    # the tablet's shell: the same bytes for everybody
    "offline.shell": ANYBODY,
    "offline.worker": ANYBODY,
    "offline.words": ANYBODY,
    "account.set_view": ANYBODY,
    "account.letter": ANYBODY,
    "account.open_letter": ANYBODY,
    "account.leave_letter": ANYBODY,
    "account.register": ANYBODY,
    "account.register_now": ANYBODY,
    "account.join_letter": "signed_in and letter",
    # one's own account
    "account.mine": "signed_in",
    "account.messages": "signed_in",
    "account.read_all": "signed_in",
    "account.news_choices": "signed_in",
    "account.choose_news": "signed_in",
    "account.leave_news_address": "signed_in",
    "account.prove_news_address": "signed_in",
    "account.drop_news_address": "signed_in",
    # behind the link in a letter: who holds the letter may choose fewer of them
    "account.less": ANYBODY,
    "account.choose_less": ANYBODY,
    "account.rename": "signed_in",
    "account.change_password": "signed_in",
    "account.end_sessions": "signed_in",
    "account.leave_home": "member_themselves",
    "resident.read_messages": "signed_in",
    # residents: with an account or with the household's letter (rule 12)
    "resident.home": "resident",
    "resident.choose_household": "own_household",
    "resident.contact_list": "resident",
    "resident.leave_contact": "resident",
    "resident.end_contact": "own_household",
    "resident.ask_visit": "household",
    "resident.ask_visit_now": "household",
    "resident.second": "household",
    "resident.take_back_second": "household",
    "resident.round": "household",
    "resident.answer": "own_household",
    "resident.say_back": "own_household",
    "resident.receipt": "own_household",
    "resident.take_back": "own_household",
    "resident.take_back_now": "own_household",
    "resident.object_to": "resident",
    "resident.file_objection": "resident",
    "resident.evaluate": "resident",
    "resident.rate": "resident",
    # whoever holds a receipt may check it
    "resident.check": ANYBODY,
    "resident.check_now": ANYBODY,
    "resident.check_file": ANYBODY,
    "resident.check_right": ANYBODY,
    "resident.check_wrong": ANYBODY,
    # what is said in public has a name: an account is needed
    "resident.propose": "resident and signed_in",
    "resident.similar": "resident and signed_in",
    "resident.comment": "resident and signed_in or moderator",
    "resident.edit": "author",
    "resident.submit": "author",
    "resident.withdraw": "author",
    # moderators
    "moderator.desk": MODERATOR,
    "moderator.matters": MODERATOR,
    "moderator.screen": MODERATOR,
    "moderator.take_down_proposal": MODERATOR,
    "moderator.take_down_remark": MODERATOR,
    "moderator.run_discussion": MODERATOR,
    "moderator.open_round": MODERATOR,
    "moderator.close_round": MODERATOR,
    "moderator.hide_comment": MODERATOR,
    "moderator.judge_suggestion": MODERATOR,
    "moderator.fix_plan": MODERATOR,
    "moderator.recordings_of": MODERATOR,
    "moderator.keep_recording": MODERATOR,
    "moderator.end_recording": MODERATOR,
    "moderator.revise_plan": MODERATOR,
    "moderator.translate_plan": MODERATOR,
    "moderator.members": MODERATOR,
    "moderator.end_member": MODERATOR,
    "moderator.call_meeting": MODERATOR,
    "moderator.minutes": MODERATOR,
    "moderator.minutes_print": MODERATOR,
    "moderator.settings": MODERATOR,
    "moderator.save_settings": MODERATOR,
    "moderator.rounds": MODERATOR,
    "moderator.prepare_round": MODERATOR,
    "moderator.round": MODERATOR,
    "moderator.drop_round": MODERATOR,
    "moderator.drop_round_now": MODERATOR,
    "moderator.open_consent": MODERATOR,
    "moderator.open_consent_now": MODERATOR,
    "moderator.extend_round": MODERATOR,
    "moderator.extend_round_now": MODERATOR,
    "moderator.end_answering": MODERATOR,
    "moderator.end_answering_now": MODERATOR,
    "moderator.round_people": MODERATOR,
    "moderator.assign_duty": MODERATOR,
    "moderator.make_crew": MODERATOR,
    "moderator.round_forms": MODERATOR,
    "moderator.issue_forms": MODERATOR,
    "moderator.print_stubs": MODERATOR,
    "moderator.correct_return": MODERATOR,
    "moderator.return_forms": MODERATOR,
    "moderator.count_evening": MODERATOR,
    # a contradiction: any moderator may take it, only who took it sees it
    "moderator.contradictions": MODERATOR,
    "moderator.take_case": MODERATOR,
    "moderator.contradiction": "holder_of_case",
    "moderator.settle": "holder_of_case",
    "moderator.wishes": "moderator or canvasser",
    "moderator.take_wish": "moderator or canvasser",
    "moderator.finish_wish": "moderator or canvasser",
    "moderator.untold": MODERATOR,
    "moderator.chosen_untold": MODERATOR,
    "moderator.told_chosen": MODERATOR,
    "registrar.chosen_deliveries": REGISTRAR,
    "registrar.record_deliveries": REGISTRAR,
    "moderator.told": "moderator and another_household",
    # tablets: any moderator sees them and stops crews; a record is decided on by who recorded none of it and
    # does not live there, and what it says is shown only to who took its case
    "moderator.tablets": MODERATOR,
    "moderator.issue_device_code": MODERATOR,
    "moderator.revoke_device": MODERATOR,
    "moderator.revoke_device_now": MODERATOR,
    "moderator.tablet_export": MODERATOR,
    "moderator.take_tablet_export": MODERATOR,
    "moderator.deliveries": MODERATOR,
    "moderator.take_delivery": "moderator and another_household and no_code_giver",
    "moderator.delivery": "holder_of_case",
    "moderator.decide_delivery": "holder_of_case",
    "moderator.delivered_evidence": "holder_of_case",
    "moderator.crew_checks": MODERATOR,
    "moderator.crew_check": MODERATOR,
    "moderator.suspend_crew": MODERATOR,
    "moderator.lift_suspension": MODERATOR,
    "moderator.widen_suspension": MODERATOR,
    "moderator.suspended_papers": MODERATOR,
    "moderator.take_suspended": MODERATOR,
    "moderator.suspended_paper": "holder_of_case",
    "moderator.recheck_suspended": "holder_of_case",
    "moderator.door_map": MODERATOR,
    "moderator.building_doors": MODERATOR,
    "moderator.quiet_times": MODERATOR,
    "moderator.add_quiet_time": MODERATOR,
    "moderator.drop_quiet_time": MODERATOR,
    # counting: closed by the moderator on duty, signed by the scrutineer on duty (rule 14)
    "moderator.countings": MODERATOR,
    "moderator.counting": MODERATOR,
    "moderator.end_counting": "moderator and on_duty",
    "moderator.amend_sheet": "moderator and on_duty",
    "moderator.count_sheet": MODERATOR,
    "moderator.show_result": MODERATOR,
    "moderator.conclude": MODERATOR,
    "moderator.start_execution": MODERATOR,
    "scrutineer.sheet": "scrutineer",
    "scrutineer.sign_sheet": "scrutineer and on_duty",
    "scrutineer.count_sheet": "scrutineer",
    # an objection is rechecked by somebody who neither recorded the answer nor lives there
    "moderator.objections": MODERATOR,
    "moderator.objection": RECHECKS,
    "moderator.answer_objection": RECHECKS,
    "moderator.take_recheck": RECHECKS,
    "scrutineer.take_recheck": RECHECKS,
    "scrutineer.objection": RECHECKS,
    "scrutineer.answer_objection": RECHECKS,
    "moderator.take_objection": MODERATOR,
    "moderator.file_objection": MODERATOR,
    # the spot check: planned, drawn and concluded by the scrutineer on duty; asked again by the assigned
    "scrutineer.spot_check": "scrutineer",
    "scrutineer.plan_check": "scrutineer and on_duty",
    "scrutineer.draw_check": "scrutineer and on_duty",
    "scrutineer.conclude_check": "scrutineer and on_duty",
    "scrutineer.finish_recheck": "scrutineer and on_duty",
    "scrutineer.assign_revisit": "scrutineer and on_duty",
    "scrutineer.revisits": "scrutineer",
    "scrutineer.revisit": "scrutineer and on_duty",
    "scrutineer.keep_revisit": "scrutineer and on_duty",
    "canvasser.revisits": CANVASSER,
    "canvasser.revisit": AT_THE_DOOR,
    "canvasser.keep_revisit": AT_THE_DOOR,
    # a form is laid beside its record by somebody who neither recorded it nor lives there
    "moderator.form_stack": MODERATOR,
    "moderator.check_form": "moderator or scrutineer",
    "scrutineer.form_stack": "scrutineer",
    "scrutineer.check_form": "moderator or scrutineer",
    # carrying out
    "moderator.execution": MODERATOR,
    "moderator.add_task": MODERATOR,
    "moderator.report_task": MODERATOR,
    "moderator.keep_report": MODERATOR,
    "moderator.cancel_task": MODERATOR,
    "moderator.drop_task": MODERATOR,
    "moderator.terminate": MODERATOR,
    "moderator.terminating": MODERATOR,
    "moderator.publish_progress": MODERATOR,
    "moderator.complete": MODERATOR,
    "moderator.close_evaluation": MODERATOR,
    "moderator.archive": MODERATOR,
    "moderator.dossier": "moderator or scrutineer or observer",
    # canvassers: their own lists, and the doors of rounds in which they serve
    "canvasser.home": CANVASSER,
    "canvasser.buildings": CANVASSER,
    "canvasser.search": CANVASSER,
    "canvasser.walk_list": CANVASSER,
    # a stack is brought by either, and entered by the crew; its pictures are for the one who holds them
    "canvasser.stack": "canvasser or moderator",
    "canvasser.bring_pictures": "canvasser or moderator",
    "canvasser.stack_picture": AT_THE_DOOR,
    "canvasser.take_picture": AT_THE_DOOR,
    "canvasser.shown_picture": AT_THE_DOOR,
    "canvasser.name_serial": AT_THE_DOOR,
    "canvasser.find_door": AT_THE_DOOR,
    "canvasser.complete_record": AT_THE_DOOR,
    "canvasser.put_aside": AT_THE_DOOR,
    # a form declared spoilt is restored by its crew or the desk, never by who declared it
    "canvasser.spoilt_form": "canvasser and on_duty or moderator",
    "canvasser.restore_form": "canvasser and on_duty or moderator",
    "canvasser.stack_paper": AT_THE_DOOR,
    "canvasser.register_paper": AT_THE_DOOR,
    "canvasser.papers": CANVASSER,
    "canvasser.tablets": CANVASSER,
    "canvasser.stop_tablet": CANVASSER,
    "canvasser.building": AT_THE_DOOR,
    "canvasser.door": AT_THE_DOOR,
    "canvasser.seal_visit": AT_THE_DOOR,
    "canvasser.paper": AT_THE_DOOR,
    "canvasser.seal_paper": AT_THE_DOOR,
    "canvasser.plan": AT_THE_DOOR,
    "canvasser.correct": "recorder",
    "canvasser.put_right": "recorder",
    "canvasser.finish_wish": "canvasser or moderator",
    # scrutineers
    "scrutineer.home": "scrutineer",
    # the roll of a round is certified by two (rule 2)
    "scrutineer.certify": "scrutineer",
    "scrutineer.certify_round": "scrutineer",
    "scrutineer.certify_now": "scrutineer",
    "registrar.certify": REGISTRAR,
    "registrar.certify_round": REGISTRAR,
    "registrar.certify_now": REGISTRAR,
    "registrar.left_out": REGISTRAR,
    "registrar.leave_out": REGISTRAR,
    "registrar.put_back": REGISTRAR,
    # the roll: read by those who certify it or help people at the desk, changed by the registrar
    "registrar.home": READS_ROLL,
    "registrar.overview": READS_ROLL,
    "registrar.list_households": READS_ROLL,
    "registrar.household": READS_ROLL,
    "registrar.search": READS_ROLL,
    "registrar.export": READS_ROLL,
    "registrar.upload": REGISTRAR,
    "registrar.take_upload": REGISTRAR,
    "registrar.preview": REGISTRAR,
    "registrar.import_now": REGISTRAR,
    "registrar.drop_upload": REGISTRAR,
    "registrar.correct": REGISTRAR,
    "registrar.correct_now": REGISTRAR,
    "registrar.mark_gone": REGISTRAR,
    "registrar.bring_back": REGISTRAR,
    "registrar.join_owner": REGISTRAR,
    "registrar.part_owner": REGISTRAR,
    "registrar.letter_register": REGISTRAR,
    "registrar.building_letters": REGISTRAR,
    "registrar.issue_building_letters": REGISTRAR,
    "registrar.chosen_letters": REGISTRAR,
    "registrar.issue_chosen_letters": REGISTRAR,
    "registrar.issue_letter": REGISTRAR,
    "registrar.record_delivery": REGISTRAR,
    "registrar.freeze_letter": REGISTRAR,
    "registrar.people": REGISTRAR,
    "moderator.scrutineers": MODERATOR,
    "moderator.appoint_scrutineer": MODERATOR,
    "moderator.dismiss_scrutineer": MODERATOR,
    "registrar.new_staff": REGISTRAR,
    "registrar.grant_role": REGISTRAR,
    "registrar.revoke_role": REGISTRAR,
    "registrar.give_password": REGISTRAR,
    # paper: sheets of a round from the desk, posters for anybody, letters of everybody from the registrar
    "paper.round": MODERATOR,
    "paper.signatures": MODERATOR,
    "paper.walk": MODERATOR,
    "paper.visits": MODERATOR,
    "paper.proxy": MODERATOR,
    "paper.register": MODERATOR,
    "paper.count": MODERATOR,
    "paper.consent_forms": MODERATOR,
    "paper.poster": ANYBODY,
    "paper.boards": MODERATOR,
    "paper.boards_sheet": MODERATOR,
    "paper.post_on_board": MODERATOR,
    "paper.letters": REGISTRAR,
    "paper.order_letters": REGISTRAR,
    "paper.fetch_letters": REGISTRAR,
    "paper.drop_letters": REGISTRAR,
    # tablets: a lost one may still deliver what it holds, and learns nothing more
    "tablet.openapi": ANYBODY,
    "tablet.enrol": ANYBODY,
    "tablet.hello": "tablet",
    "tablet.sync": "tablet",
    "tablet.raw": "tablet",
    "tablet.status": "tablet",
    "tablet.evidence_offset": "tablet",
    "tablet.put_evidence": "tablet",
    "tablet.roll": "tablet_in_force",
    "tablet.changes": "tablet_in_force",
    "registrar.join": AT_THE_DESK,
    "registrar.join_new": AT_THE_DESK,
    "registrar.end_membership": AT_THE_DESK,
}
