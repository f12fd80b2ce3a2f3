"""Every sentence about a roll can be read in English, with the same parameters."""

import re
from pathlib import Path

import polib

from deliberate.domain import roll_columns
from deliberate.domain.roll_columns import TITLES
from deliberate.domain.roll_faults import SENTENCES

CATALOGUE = Path(roll_columns.__file__).parents[1] / "translations" / "en" / "roll.po"
PARAMETER = re.compile(r"%\(\w+\)s")


def test_every_fault_and_every_column_has_its_english() -> None:
    english = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE))}
    sentences = [sentence for pair in SENTENCES.values() for sentence in pair] + list(TITLES.values())
    for sentence in sentences:
        assert english[sentence]
        assert set(PARAMETER.findall(sentence)) == set(PARAMETER.findall(english[sentence]))
