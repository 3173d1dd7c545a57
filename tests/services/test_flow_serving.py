"""Deployments as the settings want them; schedules that make no sense are refused by name."""

import pytest

from beadwatch.domain.errors import SettingsError
from beadwatch.services.flow_serving import deployments
from beadwatch.services.flows import FLOWS
from beadwatch.services.jobs import TITLES
from beadwatch.settings import load_settings


def test_every_job_has_a_flow() -> None:
    assert list(FLOWS) == [*TITLES, "notify"]


def test_schedules_are_in_the_time_zone_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEADWATCH_FLOW_TIMEZONE", "Europe/Berlin")
    monkeypatch.setenv("BEADWATCH_FLOW_COLLECT_CRON", "30 6 * * 1-5")
    monkeypatch.setenv("BEADWATCH_FLOW_RETRAIN_CRON", "none")
    made = {one.flow_name: [each.schedule for each in one.schedules or []] for one in deployments(load_settings())}
    (collect,) = made["collect"]
    assert (collect.cron, collect.timezone) == ("30 6 * * 1-5", "Europe/Berlin")  # type: ignore[union-attr]
    assert [name for name, schedules in made.items() if schedules] == ["collect", "notify"]


@pytest.mark.parametrize(("variable", "value"), [("FLOW_COLLECT_CRON", "at noon"), ("FLOW_TIMEZONE", "Mars/Olympus")])
def test_schedule_that_makes_no_sense(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"BEADWATCH_{variable}", value)
    with pytest.raises(SettingsError, match=rf"the schedule .*'{value}'.* makes no sense"):
        deployments(load_settings())
