"""How a transfer is drawn in a row: what people typed is escaped, and each reader has what they may do with it."""

import re
from datetime import UTC, datetime

import pytest
from django.template import engines
from django.utils.translation import override

from cashpilot import periods
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.queries.transfers import Noted
from testing.factories import PersonFactory, ShiftFactory

pytestmark = pytest.mark.django_db

LATE = datetime(2026, 7, 2, 2, 59, tzinfo=UTC)  # 23:59 on the first of July
SCRIPT, ESCAPED = "<script>{0} 'x' & y", "&lt;script&gt;{0} &#x27;x&#x27; &amp; y"
ROWS = engines["django"].from_string("{% transfer_rows page likes query refusal=refusal begins=begins %}")


@pytest.fixture
def transfer(ana):
    shift = ShiftFactory(cashier=ana, movements=[NewMovement(Kind.TRANSFER, 10_000, "SIPAP")])
    return shift.movements.get()


@pytest.fixture
def draw(rf):
    """Draw rows as this reader sees them, with white space as a browser has it."""

    def draw(reader, *transfers, **context):
        request = rf.get("/transfers/")
        request.user = reader
        return " ".join(ROWS.render({"page": transfers, "likes": {}, "query": "", **context}, request).split())

    return draw


def row(number, html):
    return re.search(f'<tr id="transfer-{number}">.*?</tr>', html)[0]


def test_what_people_typed_is_escaped(draw, transfer, marta):
    transfer.description, transfer.reference = SCRIPT, "<b>"
    transfer.session.pharmacy.name = transfer.session.cashier.first_name = marta.first_name = SCRIPT
    transfer.verified_at, transfer.verified_by = periods.now(), marta
    like = Noted(7, 10_000, "", "", periods.now(), 40, SCRIPT)
    drawn = draw(marta, transfer, likes={transfer.pk: like}, query='a="&b', refusal=SCRIPT)
    assert ("<script" in drawn, "<b>" in drawn, '"&b' in drawn) == (False, False, False)
    # Beside the description, which stands on the button too: pharmacy, cashier, who saw it, the other one, refusal.
    assert (drawn.count(ESCAPED), drawn.count("(ref. &lt;b&gt;)")) == (7, 2)
    assert f'action="/transfers/{transfer.pk}/?a=&quot;&amp;b"' in drawn


def test_a_pending_one_is_ticked_or_verified(draw, transfer, marta):
    drawn = draw(marta, transfer)
    assert f'name="transfer" value="{transfer.pk}" form="verify-together" data-row>' in drawn
    assert f'<button id="tick-{transfer.pk}" type="submit" class="button"> Verify' in drawn
    assert ("undo" in drawn, "Seen" in drawn, "Pending" in drawn) == (False, False, False)


def test_a_seen_one_says_by_whom_and_is_taken_back(draw, transfer, marta):
    transfer.verified_at, transfer.verified_by = LATE, marta
    with periods.at(LATE):
        drawn = draw(marta, transfer)
    assert '<span class="seen">✓ Seen</span> <span class="help">Marta Benítez · today 23:59</span>' in drawn
    assert '<input type="hidden" name="undo" value="1">' in drawn
    assert f'<button id="tick-{transfer.pk}" type="submit" data-row class="link"> Undo' in drawn
    assert "checkbox" not in drawn


def test_a_voided_one_is_neither_ticked_nor_verified(draw, transfer, marta):
    transfer.voided_at = periods.now()
    drawn = draw(marta, transfer, refusal="This movement was voided.")
    assert '<td class="bank"> <p class="errorlist" role="alert">This movement was voided.</p> </td>' in drawn
    assert ("checkbox" in drawn, "<form" in drawn, '<td class="tick">' in drawn) == (False, False, True)


def test_who_only_reads_has_no_boxes_and_sees_what_is_pending(draw, transfer, carla):
    drawn = draw(carla, transfer)
    assert '<td class="bank"> <span class="flag">Pending</span> </td>' in drawn
    assert ("tick" in drawn, "<form" in drawn) == (False, False)


def test_the_first_row_alone_takes_the_focus_of_an_answer(draw, ana, marta):
    noted = [NewMovement(Kind.TRANSFER, amount, "SIPAP") for amount in (1, 2)]
    first, second = ShiftFactory(cashier=ana, movements=noted).movements.order_by("pk")
    drawn = draw(marta, first, second, begins=True)
    assert ["data-focus" in row(transfer.pk, drawn) for transfer in (first, second)] == [True, False]
    assert "data-focus" not in draw(marta, first)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", 'equal to the one of <a href="/sessions/40/">shift #40</a>, Luque, 1/7'),
        ("es", 'igual a la del <a href="/sessions/40/">turno #40</a>, Luque, 1/7'),
    ],
)
def test_one_that_is_like_another_says_which_by_the_day_in_asuncion(language, sentence, draw, transfer, marta):
    like = Noted(7, 10_000, "", "", LATE, 40, "Luque")
    with override(language):
        assert f'<span class="help"> {sentence} </span>' in draw(marta, transfer, likes={transfer.pk: like})


def test_a_row_that_was_drawn_before_is_drawn_anew_when_anything_in_it_is_another(draw, transfer, marta, carla):
    def others():
        yield draw(marta, transfer, query="a=1")
        yield draw(marta, transfer, refusal="voided")
        yield draw(marta, transfer, begins=True)
        yield draw(marta, transfer, likes={transfer.pk: Noted(7, 10_000, "", "", LATE, 40, "Luque")})
        yield draw(carla, transfer)
        with override("es"):
            yield draw(marta, transfer)
        transfer.session.pharmacy.name = "Sucursal 2"
        yield draw(marta, transfer)
        transfer.session.cashier.last_name = "Benítez de Rojas"
        yield draw(marta, transfer)
        transfer.reference = "77"
        yield draw(marta, transfer)
        transfer.verified_at = periods.now()
        yield draw(marta, transfer)
        transfer.verified_by = marta
        yield draw(marta, transfer)

    rows = [re.sub(r'value="\w{64}"', "", row(transfer.pk, drawn)) for drawn in (draw(marta, transfer), *others())]
    assert len(set(rows)) == 12


def test_each_reader_sends_their_own_token_from_a_row_that_was_drawn_for_another(draw, transfer, marta):
    other = PersonFactory(first_name="Gabi", role="Admin")
    by_reader = {reader.pk: draw(reader, transfer) for reader in (marta, other)}
    for pk, drawn in by_reader.items():
        assert re.findall(r'name="typed_by" value="(\d+)"', drawn) == [str(pk)]
