"""A bank's list, from sending it to the transfers that it verifies, and back."""

import re
from datetime import UTC, datetime
from random import Random

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cashpilot import periods
from sessions_app.actions.marks import sign_off_shift
from sessions_app.actions.movements import add_movement, verify_transfer, void_movement
from sessions_app.actions.shifts import close_shift
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.models import Batch, Line, Match, Movement, Source
from sessions_app.tests.evidence.test_matching import month
from testing.client import lasting, signed_in
from testing.database import disagreements
from testing.factories import ShiftFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
NOON = datetime(2026, 7, 6, 15, tzinfo=UTC)
TITLES = "Fecha;Concepto;Referencia;Débito;Crédito\n"
LIST = TITLES + (
    "06/07/2026;TRANSF SPI ANA;00884411;;150.000\n"
    "06/07/2026;TRANSF LUIS;00884412;;80.000\n"
    "07/07/2026;TRANSF EVA;00884413;;80.000\n"
    "08/07/2026;PAGO PROVEEDOR;00884414;40.000;\n"
    "12/07/2026;TRANSF NADIE;00884415;;33.000\n"
)


@pytest.fixture(autouse=True)
def _english(marta):
    marta.language = "en"
    marta.save()
    with translation.override("en"), periods.at(NOON):
        yield


@pytest.fixture
def boss(marta):
    return signed_in(marta)


@pytest.fixture
def shift(ana):
    """A closed shift with a transfer that only one line can be, one that two can be, and one that none is."""
    amounts = [(150_000, "Ana"), (80_000, "Luis"), (77_000, "Rosa")]
    transfers = [NewMovement(Kind.TRANSFER, amount, name) for amount, name in amounts]
    return ShiftFactory(closed=True, cashier=ana, movements=transfers)


def send(boss, text=LIST, account="Itaú 123", **fields):
    file = SimpleUploadedFile("bank.csv", text.encode())
    return boss.post("/imports/new/", {"account": account, "kind": "bank", "file": file, **fields})


def fields_of(page):
    """Return the fields that a browser sends when the preview on this page is applied, hidden, ticked or selected."""
    form = re.search(r'action="/imports/\d+/apply/".*?</form>', page.text, re.S)
    assert form, page.text
    inputs = [tag for tag in re.findall(r"<input[^>]*>", form[0]) if "checkbox" not in tag or "checked" in tag]
    pairs = [re.search(r'name="([^"]+)" value="([^"]*)"', tag) for tag in inputs]
    return {pair[1]: pair[2] for pair in pairs if pair}


def apply(boss, text=LIST, **more):
    sent = send(boss, text, **more)
    assert sent.status_code == 302, sent.text
    answer = boss.post(f"{sent.url}apply/", fields_of(boss.get(sent.url)))
    assert answer.status_code == 302, answer.text
    return Batch.objects.latest("pk")


def undo(boss, batch):
    return boss.post(f"/imports/{batch.pk}/undo/", {"reason": "the wrong account"})


def transfer(name):
    return Movement.objects.get(description=name)


def verified():
    return set(Movement.objects.exclude(verified_at=None).values_list("description", flat=True))


def unnoted():
    return sorted(Line.objects.unnoted().values_list("amount", flat=True))


def test_a_list_is_looked_at_and_what_is_certain_is_verified_and_taken_back(boss, shift, marta):
    page = boss.get(send(boss).url)
    assert (verified(), Line.objects.count()) == (set(), 0)
    certain = f'name="seen_{transfer("Ana").pk}" value="2" checked'
    assert (page.status_code, certain in page.text) == (200, True)

    batch = apply(boss)
    seen = transfer("Ana")
    assert (verified(), seen.verified_at, seen.verified_by) == ({"Ana"}, batch.applied_at, marta)
    assert seen.history.latest().history_change_reason == "Seen in the bank's list bank.csv."
    assert unnoted() == [33_000, 80_000, 80_000]

    assert undo(boss, batch).status_code == 302
    assert (verified(), unnoted()) == (set(), [])
    assert transfer("Ana").history.latest().history_change_reason == "the wrong account"
    assert disagreements() == []


def test_of_several_lines_a_person_chooses(boss, shift):
    sent = send(boss)
    page = boss.get(sent.url)
    luis = f"seen_{transfer('Luis').pk}"
    select = re.search(rf'<select name="{luis}".*?</select>', page.text, re.S)[0]
    assert re.findall(r'value="(\w*)"', select) == ["", "3", "4"]
    boss.post(f"{sent.url}apply/", fields_of(page) | {luis: "4"})
    assert verified() == {"Ana", "Luis"}
    assert unnoted() == [33_000, 80_000]


def test_what_is_not_ticked_is_not_verified(boss, shift):
    sent = send(boss)
    fields = fields_of(boss.get(sent.url))
    del fields[f"seen_{transfer('Ana').pk}"]
    assert boss.post(f"{sent.url}apply/", fields).status_code == 302
    assert verified() == set()


def test_one_line_is_not_chosen_for_two_and_then_nothing_is_verified(boss, shift, ana):
    ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(Kind.TRANSFER, 80_000, "Eva")])
    sent = send(boss)
    both = {f"seen_{transfer(name).pk}": "3" for name in ("Luis", "Eva")}
    refused = boss.post(f"{sent.url}apply/", fields_of(boss.get(sent.url)) | both)
    assert (refused.status_code, "for two transfers" in refused.text) == (422, True)
    assert (verified(), Line.objects.count()) == (set(), 0)


@pytest.mark.parametrize("change", ["void", "verify"])
def test_a_transfer_that_changed_meanwhile_is_looked_at_again(boss, shift, marta, change):
    sent = send(boss)
    fields, ana = fields_of(boss.get(sent.url)), transfer("Ana")
    if change == "void":
        void_movement(shift.pk, ana.pk, reason="noted twice", by=marta)
    else:
        verify_transfer(shift.pk, ana.pk, by=marta)
    refused = boss.post(f"{sent.url}apply/", fields)
    assert (refused.status_code, "changed since the preview" in refused.text) == (409, True)
    assert (Match.objects.count(), Batch.objects.get().applied_at) == (0, None)
    assert boss.post(f"{sent.url}apply/", fields_of(refused)).status_code == 302


def test_a_later_list_brings_the_same_lines_once_and_is_undone_first(boss, shift):
    first = apply(boss)
    second = apply(boss, LIST + "13/07/2026;TRANSF NADIE;00884416;;44.000\n")
    assert (first.lines.count(), second.lines.count()) == (4, 1)
    refused = undo(boss, first)
    assert (refused.status_code, "Undo that one first" in refused.text) == (409, True)
    assert [undo(boss, batch).status_code for batch in (second, first)] == [302, 302]
    assert verified() == set()


def test_two_lines_that_are_equal_are_two(boss, shift):
    twice = TITLES + "06/07/2026;TRANSF;;;9.000\n" * 2
    apply(boss, twice)
    apply(boss, twice + "06/07/2026;TRANSF;;;9.000\n")
    assert unnoted() == [9_000, 9_000, 9_000]


def test_the_same_file_sent_again_is_the_batch_that_is_there(boss, shift):
    batch = apply(boss)
    assert send(boss, account=" ITAU  123").url == f"/imports/{batch.pk}/"
    assert boss.post(f"/imports/{batch.pk}/apply/", {}).status_code == 409
    assert (Source.objects.count(), Match.objects.count()) == (1, 1)


def test_a_line_that_was_free_is_taken_when_its_transfer_is_noted_late(boss, shift, ana):
    first = apply(boss)
    ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(Kind.TRANSFER, 80_000, "Eva", reference="884413")])
    second = apply(boss, TITLES + "13/07/2026;TRANSF NADIE;1;;44.000\n")
    assert verified() == {"Ana", "Luis", "Eva"}
    assert second.matches.get(movement=transfer("Eva")).line.batch == first


def test_a_transfer_verified_by_hand_takes_its_line_and_stays_verified(boss, shift, marta):
    verify_transfer(shift.pk, transfer("Ana").pk, by=marta)
    batch = apply(boss)
    assert unnoted() == [33_000, 80_000, 80_000]
    undo(boss, batch)
    assert verified() == {"Ana"}


def test_what_somebody_verified_anew_since_stays(boss, shift, marta):
    batch = apply(boss)
    with periods.at(NOON.replace(hour=16)):
        verify_transfer(shift.pk, transfer("Ana").pk, by=marta, verified=False)
        assert unnoted() == [33_000, 80_000, 80_000, 150_000]
        verify_transfer(shift.pk, transfer("Ana").pk, by=marta)
    assert undo(boss, batch).status_code == 302
    assert verified() == {"Ana"}


def test_what_was_signed_off_since_is_not_undone(boss, shift, marta):
    batch = apply(boss)
    with periods.at(NOON.replace(hour=16)):
        sign_off_shift(shift.pk, note="looked at it", by=marta)
    refused = undo(boss, batch)
    assert (refused.status_code, "was signed off since" in refused.text) == (409, True)
    assert verified() == {"Ana"}


def test_a_voided_transfer_lets_go_of_its_line(boss, shift, ana, marta):
    apply(boss)
    void_movement(shift.pk, transfer("Ana").pk, reason="noted twice", by=marta)
    assert unnoted() == [33_000, 80_000, 80_000, 150_000]
    ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(Kind.TRANSFER, 150_000, "Ana again")])
    apply(boss, TITLES + "13/07/2026;TRANSF NADIE;1;;44.000\n")
    assert "Ana again" in verified()


def test_a_line_serves_one_transfer_in_the_database(boss, shift):
    match = Match.objects.get(batch=apply(boss))
    with pytest.raises(IntegrityError), transaction.atomic():
        Match.objects.create(batch=match.batch, line=match.line, movement=transfer("Luis"))


def test_nothing_of_an_open_shift_is_verified_and_its_page_stays(boss, ana):
    shift = ShiftFactory(cashier=ana, movements=[NewMovement(Kind.TRANSFER, 150_000, "Ana")])
    cashier = signed_in(ana)
    before = lasting(cashier.get(f"/sessions/{shift.pk}/").text)
    page = boss.get(send(boss).url)
    assert "1 transfer is of an open shift" in page.text
    apply(boss)
    assert lasting(cashier.get(f"/sessions/{shift.pk}/").text) == before
    assert verified() == set()


def test_columns_that_were_chosen_are_remembered_of_the_account(boss, shift):
    odd = "Cuando;Que;Cuanto\n06/07/2026;Ana;150.000\n07/07/2026;Eva;81.000\n"
    sent = send(boss, odd)
    chosen = {"titles_row": "1", "column_0": "date", "column_1": "text", "column_2": "amount", "answer_signs": "yes"}
    page = boss.get(sent.url, chosen)
    assert boss.post(f"{sent.url}apply/", fields_of(page)).status_code == 302
    assert verified() == {"Ana"}
    remembered = Source.objects.get().remembered
    assert remembered["titles"] == {"cuando": "date", "que": "text", "cuanto": "amount"}
    assert remembered["answers"] == {"signs": "yes"}


def test_money_that_went_back_is_not_waited_for(boss, shift):
    apply(boss, LIST + "13/07/2026;REVERSO TRANSF NADIE;00884415;33.000;\n")
    assert unnoted() == [80_000, 80_000]


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"account": ""}, "Say which account"), ({"account": "", "kind": "billing"}, "Choose a pharmacy, or name")],
)
def test_a_list_says_whose_it_is(boss, fields, why):
    refused = send(boss, **fields)
    assert (refused.status_code, why in refused.text) == (422, True)


def test_an_account_says_that_a_table_is_of_the_bank(boss):
    send(boss, kind="")
    assert Batch.objects.get().source.kind == "bank"


@pytest.mark.parametrize("seed", range(2))
def test_of_a_whole_month_nothing_is_verified_wrongly_and_nine_in_ten_are_certain(boss, ana, seed):
    transfers, lines, truth = month(Random(seed), 100)
    with periods.at(NOON):
        shift = ShiftFactory(cashier=ana)
    for item in sorted(transfers, key=lambda item: item.date):
        new = NewMovement(Kind.TRANSFER, item.amount, str(item.key), reference=item.reference)
        with periods.at(datetime.combine(item.date, NOON.timetz())):
            add_movement(shift.pk, new=new, by=ana)
    with periods.at(datetime(2026, 9, 1, tzinfo=UTC)):
        close_shift(shift.pk, final_cash=500_000, by=ana)
    rows = [
        f"{line.date:%d/%m/%Y};{line.text};{line.reference};{max(-line.amount, 0) or ''};{max(line.amount, 0) or ''}"
        for line in lines
    ]
    with periods.at(datetime(2026, 9, 2, tzinfo=UTC)):
        apply(boss, TITLES + "\n".join(rows))
    found = {int(match.movement.description): lines[match.line.place - 2].key for match in Match.objects.all()}
    assert {key: line for key, line in found.items() if truth.get(key) != line} == {}
    assert len(found) >= 0.9 * len(truth)
    assert verified() == set(map(str, found))


def totals_of(page):
    """The figures of the leftover lists on a page, with their bare amounts."""
    return {name: int(amount) for name, amount in re.findall(r'data-figure="(un\w+)" data-amount="(\d+)"', page.text)}


def test_what_is_left_on_both_sides_is_on_the_page_of_transfers_and_on_the_owners(boss, shift):
    assert (totals_of(boss.get("/")), "noted by nobody" in boss.get("/transfers/").text) == ({}, False)
    assert list(boss.get("/transfers/?verified=missing").context["page"]) == []
    apply(boss)
    assert totals_of(boss.get("/")) == {"unbanked": 80_000 + 77_000, "unnoted": 33_000 + 2 * 80_000}
    page = boss.get("/transfers/?verified=missing")
    assert {row.description for row in page.context["page"]} == {"Luis", "Rosa"}
    assert (page.context["totals"]["missing"], page.context["totals"]["missing_amount"]) == (2, 157_000)
    assert [(line.amount, line.every, line.sum) for line in page.context["unnoted"]] == [
        (33_000, 3, 193_000),
        (80_000, 3, 193_000),
        (80_000, 3, 193_000),
    ]


def test_nothing_is_missing_before_the_lists_of_its_accounts_reach_three_days_beyond_it(boss, shift, otto):
    apply(boss, LIST.replace("12/07/2026", "08/07/2026"))
    assert totals_of(boss.get("/"))["unbanked"] == 0
    apply(boss, LIST + "13/07/2026;TRANSF NADIE;1;;44.000\n")
    assert totals_of(boss.get("/"))["unbanked"] == 157_000
    # Transfers of this pharmacy were seen in the first account, so that another one holds nothing of it back.
    apply(boss, TITLES + "05/07/2026;TRANSF NADIE;1;;44.000\n", account="the other one")
    assert totals_of(boss.get("/"))["unbanked"] == 157_000
    # Of a pharmacy of which no transfer was ever seen, nobody knows which account it is.
    ShiftFactory(closed=True, cashier=otto, movements=[NewMovement(Kind.TRANSFER, 9_000, "Eva")])
    assert totals_of(boss.get("/"))["unbanked"] == 157_000
    apply(boss, TITLES + "13/07/2026;TRANSF NADIE;1;;45.000\n", account="the other one")
    assert totals_of(boss.get("/"))["unbanked"] == 166_000


def test_without_a_list_nothing_is_said_to_be_missing(boss, shift):
    page = boss.get("/transfers/?verified=missing")
    assert (page.status_code, list(page.context["page"]), page.context["totals"]["missing"]) == (200, [], 0)
    assert page.context["totals"]["pending"] == 3


def test_the_leftovers_take_the_same_queries_for_one_line_and_for_thirty(boss, shift):
    def count(path):
        with CaptureQueriesContext(connection) as queries:
            boss.get(path)
        return len(queries)

    boss.get("/")
    bare = {path: count(path) for path in ("/", "/transfers/")}
    apply(boss)
    one = {path: count(path) for path in bare}
    apply(boss, TITLES + "".join(f"1{n % 3}/07/2026;NADIE;{n};;{n}.000\n" for n in range(1, 31)))
    assert {path: count(path) for path in bare} == one
    assert {path: one[path] - bare[path] for path in bare} == {"/": 2, "/transfers/": 2}


def test_many_transfers_of_many_shifts_are_verified_with_as_few_questions_as_one(boss, ana):
    def asked(first, shifts):
        amounts = range(first, first + shifts)
        for amount in amounts:
            ShiftFactory(closed=True, cashier=ana, movements=[NewMovement(Kind.TRANSFER, amount * 1_000, f"T{amount}")])
        url = send(boss, TITLES + "\n".join(f"06/07/2026;TRANSF;{amount};;{amount}.000" for amount in amounts)).url
        fields = fields_of(boss.get(url))
        with CaptureQueriesContext(connection) as queries:
            assert boss.post(f"{url}apply/", fields).status_code == 302
        return len(queries)

    one, several = asked(201, 1), asked(301, 6)
    assert (len(verified()), several - one) == (7, 0)
    assert disagreements() == []
