"""Views from which the store recounts: records that stand, where entries stand, tests of a round's rules.

Only `guard_test` differs between the stores: each reads JSON in its own way. A number that is not a whole one
between 1 and 999,999,999 is NULL there, and no test with it can pass.
"""

from sqlalchemy import Dialect

_TEST_SQLITE = """
SELECT r.id AS consent_round_id,
  json_extract(rule.value, '$.unit') AS unit,
  json_extract(test.value, '$.kind') AS kind,
  json_extract(test.value, '$.measure') AS measure,
  json_extract(test.value, '$.weight') AS weight,
  json_extract(test.value, '$.base') AS base,
  json_extract(test.value, '$.op') AS op,
  CASE WHEN json_type(test.value, '$.num') = 'integer'
    AND json_extract(test.value, '$.num') BETWEEN 1 AND 999999999
    THEN json_extract(test.value, '$.num') END AS num,
  CASE WHEN json_type(test.value, '$.den') = 'integer'
    AND json_extract(test.value, '$.den') BETWEEN 1 AND 999999999
    THEN json_extract(test.value, '$.den') END AS den
FROM consent_round r, json_each(r.rules) rule, json_each(rule.value, '$.tests') test
"""

_TEST_POSTGRES = """
SELECT r.id AS consent_round_id,
  rule.value->>'unit' AS unit,
  test.value->>'kind' AS kind,
  test.value->>'measure' AS measure,
  test.value->>'weight' AS weight,
  test.value->>'base' AS base,
  test.value->>'op' AS op,
  CASE WHEN json_typeof(test.value->'num') = 'number' AND test.value->>'num' ~ '^[1-9][0-9]{0,8}$'
    THEN (test.value->>'num')::bigint END AS num,
  CASE WHEN json_typeof(test.value->'den') = 'number' AND test.value->>'den' ~ '^[1-9][0-9]{0,8}$'
    THEN (test.value->>'den')::bigint END AS den
FROM consent_round r
  CROSS JOIN LATERAL json_array_elements(r.rules) AS rule(value)
  CROSS JOIN LATERAL json_array_elements(rule.value->'tests') AS test(value)
"""

# consent.heads: counted, and superseded by no counted record
_HEAD = """
SELECT c.id, c.consent_round_id, c.roll_entry_id, c.deed, c.answer, c.recorded_by_id
FROM consent c
WHERE NOT c.late AND NOT EXISTS (
  SELECT 1 FROM supersession s JOIN consent b ON b.id = s.by_consent_id
  WHERE s.superseded_id = c.id AND NOT b.late)
"""

_OF_ENTRY = "WHERE h.consent_round_id = e.consent_round_id AND h.roll_entry_id = e.id"

# consent.standing, of every entry on a roll
_STANDING = f"""
SELECT e.id AS roll_entry_id, e.consent_round_id, e.electorate, e.area,
  CASE
    WHEN NOT EXISTS (SELECT 1 FROM consent h {_OF_ENTRY}) THEN 'silent'
    WHEN (SELECT count(DISTINCT h.answer) FROM guard_head h {_OF_ENTRY}) > 1 THEN 'contradiction'
    WHEN EXISTS (SELECT 1 FROM guard_head h {_OF_ENTRY} AND h.answer IS NOT NULL)
      THEN (SELECT min(h.answer) FROM guard_head h {_OF_ENTRY})
    WHEN EXISTS (SELECT 1 FROM guard_head h {_OF_ENTRY} AND h.deed = 'withdrawal') THEN 'withdrawn'
    WHEN EXISTS (SELECT 1 FROM guard_head h {_OF_ENTRY}) THEN 'invalid'
    ELSE 'late'
  END AS standing
FROM roll_entry e
"""


def views(dialect: Dialect) -> dict[str, str]:
    """Name → query, in the order in which they build on each other."""
    return {
        "guard_head": _HEAD,
        "guard_standing": _STANDING,
        "guard_test": _TEST_SQLITE if dialect.name == "sqlite" else _TEST_POSTGRES,
    }
