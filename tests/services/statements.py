"""Lawful statements by noun, of which attacks and controls change one thing. Values are SQL."""

import hashlib


def insert(table: str, values: dict[str, str]) -> str:
    """INSERT of one row."""
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def answer(entry: str, says: str | None, **other: str) -> str:
    """An online answer of an entry, such as `open_e6`, on the fourth day of its round."""
    at_round = entry.partition("_")[0]
    return insert(
        "consent",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "roll_entry_id": f"{{{entry}}}",
            "plan_sha256": f"'{{{at_round}_text}}'",
            "deed": "'answer'",
            "answer": f"'{says}'" if says else "NULL",
            "channel": "'online'",
            "late": "FALSE",
            "recorded_at": "'2026-03-05 02:00:00.000000'",
            "recorded_by_id": "{resident6}",
            "receipt_hash": f"'{'7' * 64}'",
            "request_id": "'attack'",
            **other,
        },
    )


def paper(entry: str, says: str, **other: str) -> str:
    """A paper of an entry, signed and registered on the fourth day."""
    fresh = {
        "channel": "'paper'",
        "serial": "'000077'",
        "signed_at": "'2026-03-05 01:00:00.000000'",
        "recorded_by_id": "{canvasser}",
    }
    return answer(entry, says, **(fresh | other))


LAST = "(SELECT max(id) FROM consent)"


MADE_UP = hashlib.sha256(b"\x00made up").hexdigest()


def leaf(**other: str) -> str:
    """A leaf without a record behind it."""
    return insert(
        "ledger_leaf",
        {
            "community_id": "{community}",
            "kind": "'check'",
            "leaf": "'made up'",
            "leaf_hash": f"'{MADE_UP}'",
            "at": "'2026-03-20 02:00:00.000000'",
            **other,
        },
    )


def leaf_of_last(at_round: str) -> str:
    """The leaf of the record made last."""
    return leaf(kind="'consent'", consent_id=LAST, consent_round_id=f"{{{at_round}}}")


def without_records(entries: str) -> tuple[str, ...]:
    """Everything that these entries said taken out of the file, as its owner could."""
    records = f"SELECT id FROM consent WHERE roll_entry_id IN ({entries})"
    leaves = f"SELECT id FROM ledger_leaf WHERE consent_id IN ({records})"
    return (
        f"DELETE FROM entry_standing WHERE roll_entry_id IN ({entries})",
        f"DELETE FROM ledger_place WHERE leaf_id IN ({leaves})",
        f"DELETE FROM waiting_leaf WHERE leaf_id IN ({leaves})",
        f"DELETE FROM ledger_opening WHERE leaf_id IN ({leaves})",
        f"DELETE FROM ledger_leaf WHERE id IN ({leaves})",
        f"DELETE FROM consent WHERE roll_entry_id IN ({entries})",
    )


def suspended(at_round: str, consent: str, voiding: str, finding: str | None = None) -> tuple[str, ...]:
    """A crew stopped by the moderator, a paper of it said to be suspended by this record, and what was found."""
    by = {"community_id": "{community}", "at": "'2026-03-05 02:30:00.000000'", "by_id": "{moderator}"}
    crew = {
        "community_id": "{community}",
        "consent_round_id": f"{{{at_round}}}",
        "name": "'x'",
        "scope": "'{{}}'",
    }
    paper_of_it = {
        "consent_round_id": f"{{{at_round}}}",
        "crew_suspension_id": "(SELECT max(id) FROM crew_suspension)",
        "consent_id": consent,
        "voiding_id": voiding,
    }
    one = "(SELECT max(id) FROM suspended_consent)"
    found = {"suspended_consent_id": one, "finding": f"'{finding}'", "reason": "'x'"}
    return (
        insert("crew", crew),
        insert("crew_suspension", {"crew_id": "(SELECT max(id) FROM crew)", "reason": "'x'", **by}),
        insert("suspended_consent", {**paper_of_it, **by}),
        *([insert("suspension_check", {**found, **by})] if finding else []),
    )


def supersedes(at_round: str, old: str, by: str = LAST) -> str:
    """A record superseded, by default by the last one made."""
    return insert(
        "supersession",
        {
            "superseded_id": f"{{{old}}}",
            "by_consent_id": by,
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
        },
    )


def standing(entry: str, stands: str) -> str:
    """Where an entry stands."""
    return insert(
        "entry_standing",
        {
            "roll_entry_id": f"{{{entry}}}",
            "community_id": "{community}",
            "consent_round_id": f"{{{entry.partition('_')[0]}}}",
            "standing": f"'{stands}'",
            "since": "'2026-03-05 02:00:00.000000'",
        },
    )


def duty(at_round: str, person: str, kind: str) -> str:
    """A duty for a person."""
    return insert(
        "duty",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "account_id": f"{{{person}}}",
            "kind": f"'{kind}'",
            "assigned_at": "'2026-03-03 02:00:00.000000'",
            "assigned_by_id": "{moderator}",
        },
    )


def roll_entry(at_round: str) -> str:
    """One more entry on the roll of a round."""
    return insert(
        "roll_entry",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "electorate": "'owner'",
            "household_id": "{home1}",
            "building_id": "{building}",
            "area": "8000",
            "homes": "1",
            "slot": "'one more'",
            "home": "'3-2-501'",
            "secret": f"'{'A' * 43}='",
        },
    )


def left_out(at_round: str) -> str:
    """A vacant home left off the roll."""
    return insert(
        "roll_left_out",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "household_id": "{home1}",
            "reason": "'空置'",
            "posted_at": "'2026-02-25 02:00:00.000000'",
            "by_id": "{registrar}",
        },
    )


def certificate(at_round: str, role: str, person: str, size: int = 10) -> str:
    """A certificate over the roll of a round."""
    return insert(
        "roll_certificate",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "role": f"'{role}'",
            "account_id": f"{{{person}}}",
            "roll_sha256": f"'{{{at_round}_roll}}'",
            "roll_size": str(size),
            "at": "'2026-03-01 02:00:00.000000'",
        },
    )


def extension(new_until: str, at: str) -> str:
    """An extension of the open round."""
    return insert(
        "round_extension",
        {
            "community_id": "{community}",
            "consent_round_id": "{open}",
            "old_until": "'2026-03-17 02:00:00.000000'",
            "new_until": f"'{new_until} 02:00:00.000000'",
            "reason": "'下雪'",
            "at": f"'{at} 02:00:00.000000'",
            "by_id": "{moderator}",
        },
    )


def set_round(at_round: str, changes: str) -> str:
    """UPDATE of one round."""
    return f"UPDATE consent_round SET {changes} WHERE id = {{{at_round}}}"


def open_(at_round: str, status: str = "open", opened: str = "2026-03-02", also: str = "") -> str:
    """A round opened, with its clocks."""
    return set_round(
        at_round,
        f"status = '{status}', opened_at = '{opened} 02:00:00.000000', opened_by_id = {{moderator}}, "
        "answer_until = '2026-03-17 02:00:00.000000', register_until = '2026-03-18 02:00:00.000000', "
        f"settle_until = '2026-03-20 02:00:00.000000'{also}",
    )


def close(at_round: str, day: str = "2026-03-20", by: str = "moderator") -> str:
    """A round closed on that day, by that person."""
    return set_round(
        at_round, f"status = 'closed', closed_at = '{day} 02:00:00.000000', closed_by_id = {{{by}}}"
    )


def sheet(at_round: str, n: int) -> str:
    """The n-th count sheet of a round."""
    return insert(
        "count_sheet",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "n": str(n),
            "figures": "'[]'",
            "sha256": f"'{'5' * 64}'",
            "made_at": "'2026-03-21 02:00:00.000000'",
            "made_by_id": "{moderator}",
            "reason": "'复核'",
        },
    )


def signature(of: str, person: str, its_duty: str, sha256: str = "") -> str:
    """A scrutineer's signature under a count sheet."""
    return insert(
        "count_signature",
        {
            "community_id": "{community}",
            "count_sheet_id": f"{{{of}}}",
            "role": "'scrutineer'",
            "account_id": f"{{{person}}}",
            "duty_id": f"{{{its_duty}}}",
            "sha256": sha256 or f"(SELECT sha256 FROM count_sheet WHERE id = {{{of}}})",
            "at": "'2026-03-21 02:00:00.000000'",
        },
    )


def outcome(at_round: str, by_sheet: str, is_: str, matter: str = "") -> str:
    """The outcome of a round put on record."""
    return insert(
        "outcome_record",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "proposal_id": f"{{{matter or at_round}_matter}}",
            "count_sheet_id": f"{{{by_sheet}}}",
            "outcome": f"'{is_}'",
            "tests": "'[]'",
            "at": "'2026-03-29 02:00:00.000000'",
            "by_id": "{moderator}",
        },
    )


def execution(at_round: str, matter: str = "") -> str:
    """A matter carried out by the round."""
    return insert(
        "execution",
        {
            "community_id": "{community}",
            "proposal_id": f"{{{matter or at_round}_matter}}",
            "consent_round_id": f"{{{at_round}}}",
            "started_at": "'2026-04-01 02:00:00.000000'",
            "started_by_id": "{moderator}",
        },
    )


def stage(at_round: str, is_: str) -> str:
    """The matter of a round set to a stage."""
    return f"UPDATE proposal SET stage = '{is_}' WHERE id = {{{at_round}_matter}}"


def spot_check(at_round: str, by_sheet: str, **other: str) -> str:
    """A plan of three of eight for a sheet."""
    return insert(
        "spot_check",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "count_sheet_id": f"{{{by_sheet}}}",
            "kind": "'consents'",
            "frame": "8",
            "wrong": "1",
            "allowed": "0",
            "sample": "3",
            "risk_limit": "5",
            "risk": "500",
            "at": "'2026-03-22 02:00:00.000000'",
            "by_id": "{scrutineer}",
            **other,
        },
    )


def draw(at_round: str, check: str, **other: str) -> str:
    """The dice for a plan."""
    return insert(
        "spot_draw",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "spot_check_id": f"{{{check}}}",
            "seed": f"'{'1' * 20}'",
            "at": "'2026-03-23 02:00:00.000000'",
            "by_id": "{scrutineer}",
            **other,
        },
    )


def sample(at_round: str, check: str, entry: str, place: str = "3") -> str:
    """An entry named by the dice."""
    return insert(
        "spot_sample",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "spot_check_id": f"{{{check}}}",
            "roll_entry_id": f"{{{entry}}}",
            "place": place,
        },
    )


def revisit(at_round: str, of: str, says: str | None, **other: str) -> str:
    """An attempt to reach a home."""
    return insert(
        "spot_visit",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "spot_sample_id": f"{{{of}}}",
            "way": "'visit'",
            "said": f"'{says}'" if says else "NULL",
            "at": "'2026-03-24 02:00:00.000000'",
            "by_id": "{scrutineer}",
            "request_id": "'asked again'",
            **other,
        },
    )


def verdict(at_round: str, check: str, by_sheet: str, result: str, **other: str) -> str:
    """A verdict for a sheet."""
    return insert(
        "spot_verdict",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "spot_check_id": f"{{{check}}}",
            "count_sheet_id": f"{{{by_sheet}}}",
            "result": f"'{result}'",
            "reached": "0",
            "differences": "0",
            "at": "'2026-03-25 02:00:00.000000'",
            "by_id": "{scrutineer}",
            **other,
        },
    )


def form_check(at_round: str, of: str, shows: str, by: str = "scrutineer") -> str:
    """A form laid beside its record."""
    return insert(
        "form_check",
        {
            "community_id": "{community}",
            "consent_round_id": f"{{{at_round}}}",
            "consent_id": f"{{{of}}}",
            "shows": f"'{shows}'",
            "at": "'2026-03-24 02:00:00.000000'",
            "by_id": f"{{{by}}}",
        },
    )


def by_form(entry: str, says: str | None, serial: str, **other: str) -> str:
    """A record of a full recheck: a correction to what the form shows, or a voiding."""
    closed = {
        "deed": "'correction'" if says else "'voiding'",
        "channel": "'paper'",
        "serial": f"'{serial}'" if says else "NULL",
        "signed_at": "'2026-03-03 02:00:00.000000'" if says else "NULL",
        "recorded_at": "'2026-03-25 02:00:00.000000'",
        "recorded_by_id": "{scrutineer}",
        "reason": "'复核'",
    }
    return answer(entry, says, **(closed | other))
