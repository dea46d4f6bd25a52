"""Electronic invoices fill the shifts that were open at their instants; a later file corrects an earlier one."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from cashpilot import periods
from sessions_app.actions.imports import apply_batch, receive_file, undo_batch
from sessions_app.actions.shifts import close_shift
from sessions_app.evidence.invoices import read_invoices
from sessions_app.models import Batch, Line, Match
from sessions_app.queries.imports import guess_kind, invoices_in, preview_of
from sessions_app.tests.evidence.sifen import OTHER_RUC, cancellation, cdc, invoice, paid, unused, zipped
from testing.client import signed_in
from testing.database import database_url, disagreements
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Open from 8:00 to 14:00 of 1 July in Asunción.
OPENED, CLOSED, NOW = (datetime(2026, 7, day, hour, tzinfo=UTC) for day, hour in ((1, 11), (1, 17), (3, 15)))


@pytest.fixture(autouse=True)
def _english(marta):
    marta.language = "en"
    marta.save()
    with translation.override("en"), periods.at(NOW):
        yield


@pytest.fixture
def shift(ana):
    """Counted with 700.000 more than it was opened with, and nothing typed of what was billed."""
    with periods.at(OPENED):
        opened = ShiftFactory(cashier=ana)
    with periods.at(CLOSED):
        return close_shift(opened.pk, final_cash=opened.initial_cash + 700_000, by=ana)


def received(central, by, *documents, name="july.zip"):
    content = zipped(**{f"d{place}.xml": text for place, text in enumerate(documents)})
    return receive_file(SimpleUploadedFile(name, content), kind="invoices", pharmacy=central, by=by)


def applied(central, by, *documents):
    return apply_batch(received(central, by, *documents).pk, by=by)


def billed(shift):
    shift.refresh_from_db()
    return shift.billed_cash, shift.billed_card, shift.billed_source


def test_a_shift_is_billed_what_its_invoices_say(shift, central, marta):
    card = invoice(2, paid(3, "150000"), total="150000")
    applied(central, marta, invoice(1, total="750000"), card, invoice(3, total="1", at="2026-07-01T14:00:00"))
    assert billed(shift) == (750_000, 150_000, "invoices")
    assert (shift.first_result, shift.result) == ("short", "short")
    assert disagreements() == []


def test_no_customer_and_no_item_is_kept(shift, central, marta):
    applied(central, marta, invoice(1, total="750000"))
    kept = str(list(Line.objects.values())) + str(list(Batch.objects.values()))
    assert "750000" in kept
    assert [secret for secret in ("Secreta", "secreto", "4123456") if secret in kept] == []


def test_invoices_are_known_as_such_in_any_encoding(central):
    for encoding in ("utf-8", "utf-16"):
        content = invoice(1).replace("utf-8", encoding).replace("UTF-8", encoding).encode(encoding)
        assert guess_kind(SimpleUploadedFile("1.xml", content)) == "invoices"
        assert len(read_invoices(content, "1.xml").documents) == 1


def test_a_later_file_corrects_an_earlier_one_and_undoing_it_brings_that_back(shift, central, marta):
    applied(central, marta, invoice(1, total="700000"), invoice(2, total="50000"))
    assert billed(shift)[0] == 750_000
    later = applied(central, marta, cancellation(cdc(2)), invoice(3, total="10000"))
    assert billed(shift)[0] == 710_000
    undo_batch(later.pk, reason="too early", by=marta)
    assert billed(shift)[0] == 750_000
    assert disagreements() == []


def test_undoing_what_gave_the_verdict_takes_it_back(shift, central, marta):
    batch = applied(central, marta, invoice(1, total="750000"))
    shift.refresh_from_db()
    assert shift.first_difference == -50_000
    undo_batch(batch.pk, reason="another pharmacy's", by=marta)
    assert billed(shift) == (None, None, "")
    assert (shift.first_result, shift.first_difference, shift.first_compared_at) == (None, None, None)
    assert disagreements() == []


def test_a_later_file_that_leaves_the_cash_unknown_takes_no_verdict_along(shift, central, marta):
    """Only who undoes an import, with a reason, withdraws what it gave."""
    first = applied(central, marta, invoice(1, total="750000"))
    with periods.at(NOW + timedelta(hours=1)):
        later = applied(central, marta, invoice(2, paid(99, "50000"), total="50000"))
    assert billed(shift) == (None, 0, "")
    assert (shift.first_result, shift.first_difference, shift.result) == ("short", -50_000, "not_compared")
    assert disagreements() == []
    with periods.at(NOW + timedelta(hours=2)):
        for batch in (later, first):
            undo_batch(batch.pk, reason="another pharmacy's", by=marta)
    shift.refresh_from_db()
    assert shift.first_result is None
    assert disagreements() == []


def test_a_cancellation_that_comes_before_its_document_is_kept(shift, central, marta):
    applied(central, marta, cancellation(cdc(2)))
    applied(central, marta, invoice(1, total="700000"), invoice(2, total="50000"))
    assert billed(shift)[0] == 700_000


def test_what_does_not_say_how_it_was_paid_leaves_the_cash_unknown(shift, central, marta):
    batch = received(central, marta, invoice(1, paid(99, "50000"), total="50000"), invoice(2, total="700000"))
    proposal = preview_of(batch, {}).proposals[0]
    assert proposal.said["billed_cash"] is None
    assert "50.000 do not say how they were paid" in " ".join(proposal.told)
    apply_batch(batch.pk, by=marta)
    assert billed(shift) == (None, 0, "")
    assert shift.first_result is None


def test_invoices_outside_every_shift_and_numbers_that_are_missing_are_listed(shift, central, marta):
    outside = invoice(5, total="90000", at="2026-07-01T22:00:00")
    batch = received(central, marta, invoice(1), invoice(2), outside)
    reading = preview_of(batch, {}).reading
    assert [placed.document.full_number for placed in reading.outside] == ["001-001-0000005"]
    assert [(gap.point, gap.first, gap.last) for gap in reading.gaps] == [("001-001", 3, 4)]


def test_the_lists_stay_on_the_page_once_it_is_applied_and_a_later_file_closes_a_gap(shift, central, marta):
    batch = applied(central, marta, invoice(1), invoice(3), invoice(9, total="61234", at="2026-07-01T22:00:00"))
    page = signed_in(marta).get(f"/imports/{batch.pk}/").text
    assert ("001-001-0000009" in page, "61.234 · no shift was open" in " ".join(page.split())) == (True, True)
    assert [(gap.first, gap.last) for gap in invoices_in(batch).gaps] == [(2, 2), (4, 8)]
    applied(central, marta, invoice(2))
    assert [(gap.first, gap.last) for gap in invoices_in(batch).gaps] == [(4, 8)]


def test_documents_that_count_nowhere_are_listed_by_why(shift, central, marta):
    twice = [invoice(4, total="900"), invoice(4, total="800", code="987654321")]
    batch = received(
        central,
        marta,
        invoice(1),
        invoice(2),
        invoice(3, kind=4),
        cancellation(cdc(2)),
        invoice(9, ruc=OTHER_RUC),
        *twice,
    )
    reading = preview_of(batch, {}).reading
    assert [ruc for ruc, _name, _count in reading.issuers] == ["80012345", OTHER_RUC]
    assert {label: [placed.document.number for placed in there] for label, _count, there in reading.groups} == {
        "counted in a shift": [],
        "the same number twice": [4, 4],
        "of another issuer": [9],
        "cancelled": [2],
        "self-invoices": [3],
    }
    assert "which ones" in signed_in(marta).get(f"/imports/{batch.pk}/").text


def test_what_comes_beside_documents_is_told(shift, central, marta):
    events = [cancellation(cdc(2)), unused(5, 7), invoice(1), invoice(1)]
    reading = preview_of(received(central, marta, *events), {}).reading
    assert reading.remarks == [
        "1 cancellation: it counts also for a document that comes later.",
        "3 numbers were declared as never used.",
        "1 document came several times, and counts once.",
    ]


def test_money_from_abroad_is_told_in_guaranies(shift, central, marta):
    dollars = invoice(2, paid(1, "10.00", "USD", "7321.5"), total="10.00", currency="USD", rate="7321.5")
    proposal = preview_of(received(central, marta, invoice(1, total="500"), dollars), {}).proposals[0]
    assert proposal.said["billed_cash"] == 73_715
    assert "Of it in USD: ₲ 73.215." in " ".join(proposal.told).replace("\u00a0", " ")


def test_on_credit_the_first_payment_is_billed_by_its_method(shift, central, marta):
    batch = received(central, marta, invoice(1, paid(3, "250000"), total="900000", condition=2))
    said = preview_of(batch, {}).proposals[0].said
    assert said == {"billed_cash": 0, "billed_card": 250_000, "billed_transfer": 0, "billed_credit": 650_000}


def test_cash_that_is_not_known_is_said_to_be_so(shift, central, marta):
    page = signed_in(marta).get(f"/imports/{received(central, marta, invoice(1, kind=5)).pk}/").text
    assert "Cash: not known" in " ".join(page.split())


def test_a_point_is_the_register_of_its_number_unless_somebody_says_otherwise(shift, central, marta):
    batch = received(central, marta, invoice(1, total="700000", point="002-007"))
    assert preview_of(batch, {}).proposals == []
    chosen = {"points": {"002-007": 1}}
    apply_batch(batch.pk, choices=chosen, by=marta)
    assert billed(shift)[0] == 700_000
    again = received(central, marta, invoice(2, total="5000", point="002-007"))
    assert preview_of(again, {}).reading.points["002-007"] == 1


def test_an_issuer_that_writes_cash_on_everything_is_told(shift, central, marta):
    batch = received(central, marta, *(invoice(number) for number in range(1, 12)))
    assert "rather a default than a fact" in " ".join(preview_of(batch, {}).notes)


def test_a_shift_that_is_still_open_waits_for_its_last_invoice(ana, central, marta):
    with periods.at(OPENED):
        ShiftFactory(cashier=ana)
    preview = preview_of(received(central, marta, invoice(1)), {})
    assert (preview.proposals, "still open" in preview.notes[0]) == ([], True)


DYING = """
import os, signal, sys, django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from accounts.models import User
from cashpilot.web import logs
from pharmacies.models import Pharmacy
from sessions_app.actions.imports import apply_batch, receive_file

def die(event, **_facts):
    if event == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)

logs.action = die
by, content = User.objects.get(email=sys.argv[2]), sys.stdin.buffer.read()
file = SimpleUploadedFile("july.zip", content)
batch = receive_file(file, kind="invoices", pharmacy=Pharmacy.objects.get(name=sys.argv[3]), by=by)
apply_batch(batch.pk, by=by)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("event", "kept"), [("file received", 0), ("batch applied", 1)])
def test_of_an_import_that_is_killed_before_its_end_nothing_is_there(event, kept, shift, central, marta):
    """Killed by signal 9 in a process of its own, once everything is written and nothing of it is certain."""
    content = zipped(**{f"d{number}.xml": invoice(number, total="700") for number in range(1, 1001)})
    command = [sys.executable, "-c", DYING, event, marta.email, central.name]
    env = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "cashpilot.settings"}
    process = subprocess.run(command, input=content, env=env, check=False, cwd=settings.BASE_DIR)
    assert process.returncode == -signal.SIGKILL
    assert (Batch.objects.count(), Line.objects.count(), Match.objects.count()) == (kept, kept * 1000, 0)
    assert (billed(shift), Batch.objects.filter(applied_at=None).count()) == ((None, None, ""), kept)
    assert disagreements() == []


@pytest.mark.slow
def test_ten_thousand_invoices_are_applied_once_and_a_second_time_change_nothing(shift, central, marta):
    at = [f"2026-07-01T{8 + number % 6:02}:{number % 60:02}:00" for number in range(10_000)]
    documents = [invoice(number + 1, at=at[number], total="100") for number in range(10_000)]
    content = zipped(**{f"d{place}.xml": text for place, text in enumerate(documents)})
    batch = receive_file(SimpleUploadedFile("all.zip", content), kind="invoices", pharmacy=central, by=marta)
    apply_batch(batch.pk, by=marta)
    assert billed(shift)[0] == 1_000_000
    version = shift.version
    again = receive_file(SimpleUploadedFile("all.zip", content), kind="invoices", pharmacy=central, by=marta)
    billed(shift)
    assert (again, shift.version, Line.objects.count(), Match.objects.count()) == (batch, version, 10_000, 1)
