"""What Prometheus reads, and who may."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from cashpilot import periods
from cashpilot.web import metrics
from sessions_app.actions import marks
from sessions_app.models import Mail
from testing.factories import ShiftFactory


@pytest.fixture(autouse=True)
def _counted_here(monkeypatch):
    """In this process, whatever another test has said of the workers' folder."""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)


def read(**how):
    answer = Client().get("/metrics", **how)
    lines = re.findall(r"^(cashpilot.*) (\S+)$", answer.text, re.M) if answer.status_code == 200 else []
    return answer.status_code, {name: float(value) for name, value in lines}


@pytest.mark.parametrize(
    ("token", "how", "status"),
    [
        ("", {}, 200),
        ("", {"REMOTE_ADDR": "10.0.0.1"}, 404),
        ("", {"headers": {"X-Forwarded-For": "10.0.0.1"}}, 404),
        ("a secret", {}, 404),
        ("a secret", {"headers": {"Authorization": "Bearer another"}}, 404),
        ("a secret", {"headers": {"Authorization": "Bearer a secret"}, "REMOTE_ADDR": "10.0.0.1"}, 200),
    ],
)
def test_who_has_the_token_reads_it_and_without_one_this_machine_alone(db, settings, token, how, status):
    settings.METRICS_TOKEN = token
    assert read(**how)[0] == status


def test_requests_are_counted_by_route_and_made_up_addresses_are_one(db):
    def count(route, status):
        return read()[1].get(f'cashpilot_requests_total{{method="GET",route="{route}",status="{status}"}}', 0)

    before = count("health/live/", 200), count("none", 404)
    Client().get("/health/live/")
    for made_up in ("/x/", "/y/"):
        Client().get(made_up)
    assert (count("health/live/", 200), count("none", 404)) == (before[0] + 1, before[1] + 2)


@pytest.mark.django_db(transaction=True)
def test_actions_mails_and_chain_are_told(marta):
    before = read()[1]
    shift = ShiftFactory(closed=True)
    marks.flag_shift(shift.pk, reason="look", by=marta)
    after = read()[1]

    flagged = 'cashpilot_actions_total{event="shift flagged"}'
    assert after[flagged] == before.get(flagged, 0) + 1
    assert after["cashpilot_chain_links"] > before["cashpilot_chain_links"]
    assert after["cashpilot_mails_owed"] == Mail.objects.filter(state="waiting").count()
    assert after["cashpilot_mails_given_up"] == 0


def test_a_disk_that_takes_no_more_counts_costs_no_answer(db, monkeypatch):
    def full(*labels):
        raise OSError(28, "No space left on device")

    for counter in (metrics.REQUESTS, metrics.ACTIONS):
        monkeypatch.setattr(counter, "labels", full)
    assert Client().get("/health/live/").status_code == 200
    assert ShiftFactory(closed=True).closed_at


@pytest.mark.django_db
def test_what_never_was_has_no_line():
    assert not [name for name in read()[1] if name.endswith("_timestamp_seconds")]


@pytest.mark.django_db
def test_the_round_of_the_mail_service_and_its_anchor_are_told(ana):
    now = periods.now()
    with periods.at(now):
        call_command("send_alerts")
    told = read()[1]
    assert told["cashpilot_mails_heartbeat_timestamp_seconds"] == now.timestamp()
    assert told["cashpilot_last_anchor_timestamp_seconds"] == now.timestamp()
    with periods.at(now + timedelta(minutes=1)):
        call_command("send_alerts")
    assert read()[1]["cashpilot_mails_heartbeat_timestamp_seconds"] == now.timestamp() + 60
