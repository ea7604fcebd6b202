"""Mistakes of cross-checks have a place and a suggestion."""

from pathlib import Path

import pytest
from config_samples import Settings, cross_checks, write_settings

from pipelines.config import Mistake, SettingsError, load


def test_cross_check_has_place_and_suggestion(tmp_path: Path) -> None:
    text = """\
company: {name: Atelier, opened: 2024-01-31}
channels: {support: {type: email, to: [a@example.com]}}
rules:
  - {name: floor, kpi: csat, notify: [support]}
  - name: ceiling
    kpi: csatt
    notify:
      - support
      - suport
"""
    with pytest.raises(SettingsError) as refused:
        load(write_settings(tmp_path, text), Settings, environ={}, check=cross_checks)
    file = tmp_path / "vigie.yaml"
    assert str(refused.value).splitlines() == [
        f'{file}:6: rules[1].kpi: unknown KPI "csatt"; did you mean "csat"? Allowed: csat, nps, wait',
        f'{file}:9: rules[1].notify[1]: unknown channel "suport"; did you mean "support"? Allowed: support',
    ]


@pytest.mark.parametrize(
    ("key", "line", "shown"),
    [
        (("rules", 0, "for_"), 4, "rules[0].for"),
        (("rules", 0, "for"), 4, "rules[0].for"),
        (("rules", 0, "kpi", "deeper"), 3, "rules[0].kpi.deeper"),
        (("rules", 0, "by"), 3, "rules[0].by"),
        (("rules", 7, "by"), 2, "rules[7].by"),
        ((), None, ""),
        (("channels",), None, "channels"),
    ],
)
def test_cross_check_has_the_line_of_the_nearest_existing_key(
    tmp_path: Path, key: tuple[str | int, ...], line: int | None, shown: str
) -> None:
    text = "company: {name: Atelier, opened: 2024-01-31}\nrules:\n  - {name: floor, kpi: csat,\n    for: 2}\n"
    with pytest.raises(SettingsError) as refused:
        load(write_settings(tmp_path, text), Settings, environ={}, check=lambda _: [Mistake(key, "wrong")])
    [problem] = refused.value.problems
    assert (problem.line, problem.key) == (line, shown)


def test_cross_checks_run_on_valid_settings_only(tmp_path: Path) -> None:
    checked: list[Settings] = []

    def check(settings: Settings) -> list[Mistake]:
        checked.append(settings)
        return []

    good = write_settings(tmp_path, "company: {name: Atelier, opened: 2024-01-31}")
    assert load(good, Settings, environ={}, check=check) == checked[0]
    for text in ("company: {}", "company: {name: '${MISSING}', opened: 2024-01-31}"):
        with pytest.raises(SettingsError):
            load(write_settings(tmp_path, text), Settings, environ={}, check=check)
    assert len(checked) == 1
