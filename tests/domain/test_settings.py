"""Settings: each within its range, kept as data, the household threshold never under 80."""

import pytest

from deliberate.domain.errors import BadInput
from deliberate.domain.settings import ALWAYS, LARGE, OFFERS, RANGES, Settings


def test_the_defaults_are_those_of_the_field() -> None:
    settings = Settings()
    assert set(settings.to_data()) == {*RANGES, *OFFERS}
    assert (settings.languages, settings.presets) == (
        ("zh-Hans", "ug", "en"),
        ("RC80", "CC278_ORD", "CC278_MAJ"),
    )
    assert (settings.objection_days, settings.objection_answer_days, settings.household_percent) == (7, 3, 80)


@pytest.mark.parametrize("name", RANGES)
def test_each_setting_keeps_to_its_range(name: str) -> None:
    least, most = RANGES[name]
    for value in (least, most):
        assert getattr(Settings.from_data({name: value}), name) == value
    for value in (least - 1, most + 1, True, str(least), None, float(least)):
        with pytest.raises(BadInput) as refused:
            Settings.from_data({name: value})
        assert refused.value.params["field"] == name


def test_data_and_back_and_names_of_earlier_versions_are_passed_over() -> None:
    settings = Settings(objection_days=0, languages=("zh-Hans",), presets=("RC80", "CC278_MAJ"))
    assert settings.to_data()["presets"] == ["RC80", "CC278_MAJ"]
    assert Settings.from_data(settings.to_data() | {"forgotten": 1}) == settings


def test_a_large_round_is_open_longer() -> None:
    settings = Settings()
    assert settings.consent_days(LARGE - 1) == settings.consent_days_small
    assert settings.consent_days(LARGE) == settings.consent_days_large


def test_a_round_locks_the_numbers_only() -> None:
    locked = Settings(languages=("zh-Hans",), presets=("RC80",), visits=2).numbers()
    assert set(locked) == set(RANGES)
    assert locked["visits"] == 2


@pytest.mark.parametrize("name", OFFERS)
def test_what_is_offered_is_known_said_once_and_never_without_the_one_needed_always(name: str) -> None:
    always = ALWAYS[name]
    others = [value for value in OFFERS[name] if value != always]
    assert getattr(Settings.from_data({name: [*others, always]}), name) == OFFERS[name]
    assert getattr(Settings.from_data({name: [always]}), name) == (always,)
    for value in ([], others, [always, "??"], [always, always], [always, None], [[always]], always, None, 1):
        with pytest.raises(BadInput) as refused:
            Settings.from_data({name: value})
        refusal = refused.value
        assert refusal.params["field"] == name
        said = [refusal.fill(sentence) for sentence in (refusal.what, refusal.why, refusal.next_step)]
        assert all(sentence.endswith("。") for sentence in said)
