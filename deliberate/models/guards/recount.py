"""A round recounted in SQL, from its consents and its rules: `domain.tally` and `domain.rules` to the letter.

`round_id` is an expression. It stands inside the aggregates, so that no other round is ever counted.
"""

_TOOK_PART = "s.standing IN ('agree', 'disagree', 'abstain')"


def tally(round_id: str) -> str:
    """tally.count: a row for each electorate on the roll of the round."""
    return f"""(SELECT s.electorate,
    count(*) AS roll_one, sum(s.area) AS roll_area,
    sum(CASE WHEN s.standing = 'agree' THEN 1 ELSE 0 END) AS agree_one,
    sum(CASE WHEN s.standing = 'agree' THEN s.area ELSE 0 END) AS agree_area,
    sum(CASE WHEN {_TOOK_PART} THEN 1 ELSE 0 END) AS participate_one,
    sum(CASE WHEN {_TOOK_PART} THEN s.area ELSE 0 END) AS participate_area
  FROM guard_standing s WHERE s.consent_round_id = {round_id} GROUP BY s.electorate)"""


def outcome(round_id: str) -> str:
    """rules.outcome: one word, or NULL for a round without tests."""
    return f"""(SELECT CASE
    WHEN count(*) = 0 THEN NULL
    WHEN sum(CASE WHEN p.kind = 'approval' OR p.passed THEN 0 ELSE 1 END) > 0 THEN 'no_valid_decision'
    WHEN sum(CASE WHEN p.passed THEN 0 ELSE 1 END) > 0 THEN 'rejected'
    ELSE 'adopted'
  END FROM {_results(round_id)} p)"""


def _results(round_id: str) -> str:
    """rules._judge: a test passes on a base above nought, in whole numbers."""
    return f"""(SELECT f.kind, COALESCE(f.base > 0 AND CASE f.op
    WHEN '>=' THEN f.have * f.den >= f.base * f.num
    WHEN '>' THEN f.have * f.den > f.base * f.num
  END, FALSE) AS passed FROM {_figures(round_id)} f)"""


def _figures(round_id: str) -> str:
    """Base and have of every test; of an electorate that is not on the roll they are unknown."""
    return f"""(SELECT t.kind, t.op, t.num, t.den,
    CASE t.base || ' ' || t.weight
      WHEN 'all one' THEN y.roll_one
      WHEN 'all area' THEN y.roll_area
      WHEN 'participating one' THEN y.participate_one
      WHEN 'participating area' THEN y.participate_area
    END AS base,
    CASE t.measure || ' ' || t.weight
      WHEN 'agree one' THEN y.agree_one
      WHEN 'agree area' THEN y.agree_area
      WHEN 'participate one' THEN y.participate_one
      WHEN 'participate area' THEN y.participate_area
    END AS have
  FROM guard_test t LEFT JOIN {tally(round_id)} y ON y.electorate = t.unit
  WHERE t.consent_round_id = {round_id})"""
