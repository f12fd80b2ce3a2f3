"""Who had a hand in a record, as the store asks it: who typed it or helped, and everybody of the crew (rules 8, 9)."""


def had_a_hand(record: str, who: str) -> str:
    """Whether that account had a hand in the consent; who stops a crew suspends its papers unseen, which is none."""
    return (
        f"(({record}.recorded_by_id = {who} OR {record}.helped_by_id = {who} "
        "OR EXISTS (SELECT 1 FROM duty d JOIN duty m ON m.crew_id = d.crew_id "
        f"WHERE m.account_id = {who} AND (d.id = {record}.duty_id "
        f"OR (d.consent_round_id = {record}.consent_round_id AND d.account_id = {record}.recorded_by_id)))) "
        "AND NOT EXISTS (SELECT 1 FROM suspended_consent x "
        f"WHERE x.voiding_id = {record}.id AND {record}.deed = 'voiding'))"
    )
