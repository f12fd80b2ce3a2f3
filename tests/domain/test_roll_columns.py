"""The row of headings: what is read, what is passed over, what is named twice."""

from deliberate.domain.roll_columns import read_header
from deliberate.domain.roll_faults import FaultKind


def test_a_column_that_nobody_asked_for_is_passed_over_and_named() -> None:
    header = read_header([["楼栋", "单元", "房号", "备用列甲", None]], 0)
    assert "备用列甲" in header.ignored
    assert not any(fault.kind is FaultKind.column_twice for fault in header.faults)
