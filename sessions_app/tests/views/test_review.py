"""The queue of sign-offs: its order, one by one and together; and the cashier's reply."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from urllib.parse import parse_qsl, urlencode

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from cashpilot import periods
from sessions_app import pagination
from sessions_app.actions import days as day_actions
from sessions_app.actions import marks as mark_actions
from sessions_app.actions import movements as movement_actions
from sessions_app.actions import replies as reply_actions
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from sessions_app.ledger import hash_chain
from sessions_app.models import CashSession, DayVerdict, Reply
from sessions_app.queries.audit.pages import history_of
from sessions_app.views import review
from testing.client import signed_in
from testing.database import nothing_written
from testing.factories import ShiftFactory

NOON = datetime(2026, 7, 20, 15, tzinfo=UTC)
STALE = "The shift changed while you had this page open. Compare, and send it again if it still holds."


@pytest.fixture(autouse=True)
def _english(ana, marta, carla):
    for user in (ana, marta, carla):
        user.language = "en"
        user.save()
    with translation.override("en"):
        yield


def off_by(cashier, gap, *, days_ago=0, **values):
    """A closed shift whose drawer is off by `gap` guaraníes; None: not compared."""
    billed = {"billed_cash": 700_000 - gap} if gap is not None else None
    with periods.at(NOON - timedelta(days=days_ago)):
        return ShiftFactory(closed=True, cashier=cashier, billed=billed, **values)


@pytest.fixture
def boss(marta):
    with periods.at(NOON):
        yield signed_in(marta)


@pytest.fixture
def balanced(ana, beto):
    return [off_by(ana, 0), off_by(beto, 0, register=2)]


def queue(client, query=""):
    return [row["shift"] or row["day"] for row in client.get(f"/review/{query}").context["rows"]]


def tick(*shifts):
    return {"shift": [f"{shift.pk}:{shift.version}" for shift in shifts], "note": "fine"}


def reviewed():
    return set(CashSession.objects.filter(signed_off_at__isnull=False).values_list("pk", flat=True))


# --- The order --------------------------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_what_is_missing_comes_first_by_sum_and_age_and_what_balances_last(ana, marta, boss):
    old_small, new_small = off_by(ana, -10_000, days_ago=9), off_by(ana, -10_000, days_ago=1)
    new_large = off_by(ana, -60_000, days_ago=0)
    over = off_by(ana, 700_000, days_ago=9)
    swapped = closed_shift_swapped(ana, 20_000, days_ago=3)
    old_balanced, flagged = off_by(ana, 0, days_ago=30), off_by(ana, 0, days_ago=1)
    unverified = off_by(ana, None, days_ago=2)
    mark_actions.flag_shift(flagged.pk, reason="odd", by=marta)
    done = off_by(ana, -500_000)
    mark_actions.sign_off_shift(done.pk, note="fine", by=marta)
    deleted, gone = off_by(ana, -5_000), off_by(ana, 0)
    for shift in (deleted, gone):
        mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    with periods.at(NOON):
        ShiftFactory(cashier=ana)

    order = [new_large, old_small, new_small, deleted, over, swapped, flagged, unverified, old_balanced]
    assert queue(boss) == order
    assert queue(boss, "?settle=1") == order[:-1]
    assert boss.get("/").context["worklist"].worst == order[:6]


def closed_shift_swapped(cashier, amount, *, days_ago):
    card = [NewMovement(Kind.CARD, 100_000)]
    billed = {"billed_cash": 700_000 - amount, "billed_card": 100_000 + amount}
    with periods.at(NOON - timedelta(days=days_ago)):
        return ShiftFactory(closed=True, cashier=cashier, billed=billed, movements=card)


@pytest.mark.both_engines
def test_of_the_shifts_of_one_day_the_larger_sum_comes_first(ana, beto, boss):
    small, large = off_by(ana, -10_000), off_by(beto, -20_000, register=2)
    assert queue(boss) == [large, small]


@pytest.mark.both_engines
def test_the_queue_narrows_to_a_pharmacy_and_a_result(ana, otto, central, boss):
    here, there = off_by(ana, -1), off_by(otto, -1)
    off_by(ana, 0)

    assert queue(boss, f"?pharmacy={central.pk}&result=short") == [here]
    assert set(queue(boss, "?result=short")) == {here, there}
    assert boss.get("/review/?pharmacy=x").status_code == 422


def test_the_queue_takes_the_same_queries_for_one_shift_and_for_thirty(ana, boss, django_assert_num_queries):
    # The session, the person; figures, order, rows, what changed them.
    boss.get("/accounts/password/")  # which writes when the session ends
    for number in range(30):
        off_by(ana, -number)
        if number in (0, 29):
            with django_assert_num_queries(6):
                shown = boss.get("/review/")
    assert (len(shown.context["rows"]), shown.context["page"].paginator.num_pages) == (25, 2)


def test_deep_in_the_queue_links_say_beside_which_row_a_page_begins_and_keep_its_number_and_the_filters(
    ana, boss, monkeypatch
):
    monkeypatch.setattr(pagination, "DEEP", 1)
    monkeypatch.setattr(review, "PAGE_LENGTH", 2)
    off_by(ana, 0)
    amounts = (5, 5, 5, 4, 3)
    shifts = [off_by(ana, -amount) for amount in amounts]
    places = [f"0~{amount}~2026-07-20~0~{shift.pk}" for amount, shift in zip(amounts, shifts, strict=True)]
    asked = {"result": "short", "page": "1"}
    for rel, number, place in [
        ("next", 2, {"after": places[1]}),
        ("next", 3, {"after": places[3]}),
        ("prev", 2, {"before": places[4]}),
        ("prev", 1, {}),
    ]:
        page = boss.get("/review/", asked)
        link = re.search(f'rel="{rel}" href="[?]([^"]+)"', page.text)[1]
        asked = dict(parse_qsl(unescape(link)))
        assert asked == {"result": "short", "page": str(number), **place}
        first = 2 * number - 2
        assert queue(boss, f"?{urlencode(asked)}") == shifts[first : first + 2]


@pytest.mark.both_engines
def test_a_shift_that_was_corrected_away_keeps_its_place(ana, marta, boss):
    corrected, small = off_by(ana, -50_000), off_by(ana, -20_000)
    with periods.at(NOON):
        taxi = NewMovement(Kind.EXPENSE, 50_000, "taxi")
        movement_actions.add_movement(corrected.pk, new=taxi, reason="I forgot", by=ana)

    assert queue(boss) == [corrected, small]
    page = boss.get("/review/").text
    assert "50.000 were missing at the close; then: expense 50.000 «taxi», by Ana Benítez" in page
    assert "−\u00a050.000 → 0" in page
    assert "«I forgot»" in page


# --- Figures, each of exactly its rows --------------------------------------------------------------------------------


def figures(client, path="/review/"):
    """What the page says of each figure: its bare amount, and where it leads."""
    found = re.findall(r'href="([^"]*)"[^>]*data-figure="(\w+)" data-amount="(-?\d+)"', client.get(path).text)
    return {name: (int(amount), unescape(link)) for link, name, amount in found}


@pytest.fixture
def week(ana, beto, otto, marta, olga, central, luque):
    """Shifts and days of every kind; each amount is told apart by its digits."""
    short, corrected = off_by(ana, -1_000), off_by(ana, -20)
    shift_actions.correct_shift(corrected.pk, version=2, reason="recounted", final_cash=1_200_020, by=marta)
    half = off_by(ana, -300)
    shift_actions.correct_shift(half.pk, version=2, reason="recounted", final_cash=1_200_100, by=marta)
    gone, gone_balanced = off_by(ana, -40_000), off_by(ana, -5)
    shift_actions.correct_shift(gone_balanced.pk, version=2, reason="recounted", final_cash=1_200_005, by=marta)
    for shift in (gone, gone_balanced):
        mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    done = off_by(ana, -600_000)
    mark_actions.sign_off_shift(done.pk, note="fine", by=marta)
    flagged = off_by(ana, 0)
    mark_actions.flag_shift(flagged.pk, reason="odd", by=marta)
    in_day, unknown = off_by(beto, -7_000_000, register=2, days_ago=2), off_by(beto, None, register=2, days_ago=2)
    with periods.at(NOON):
        day = day_actions.write_day(central, date(2026, 7, 18), by=marta, version=0, billed_cash=1_400_900)
    balanced = off_by(otto, 0)
    return {
        "missing": {short, half, gone, "day"},
        "corrected": {corrected, gone_balanced},
        "settle": {short, half, corrected, gone, gone_balanced, flagged, in_day, unknown, "day"},
        "all": {short, half, corrected, gone, gone_balanced, flagged, in_day, unknown, balanced, "day"},
        "day": day,
    }


def rows(client, query):
    return {row["shift"] or "day" for row in client.get(f"/review/{query}").context["rows"]}


@pytest.mark.both_engines
def test_each_figure_leads_to_exactly_its_rows_and_is_their_sum(week, boss):
    assert rows(boss, "") == week["all"]
    told = figures(boss)

    assert told == figures(boss, "/")
    del told["between"]  # test_between.py
    assert told == {
        "missing": (1_000 + 200 + 40_000 + 900, "/review/?missing=1"),
        "corrected": (20 + 5, "/review/?corrected=1"),
        "settle": (9, "/review/?settle=1"),
    }
    for name in ("missing", "corrected", "settle"):
        assert rows(boss, f"?{name}=1") == week[name]


@pytest.mark.both_engines
def test_what_balances_only_with_transfers_that_nobody_has_seen_waits_for_the_bank(otto, marta, luque, boss):
    luque.transfers_billed_as_cash = True
    luque.save()
    transfer = NewMovement(Kind.TRANSFER, 60_000, "Gómez")
    with periods.at(NOON):
        shift = ShiftFactory(closed=True, cashier=otto, billed={"billed_cash": 760_000}, movements=[transfer])
    assert (shift.first_result, rows(boss, "?settle=1"), figures(boss)["settle"][0]) == ("balanced", {shift}, 1)
    assert "It balances only with transfers that nobody has seen in the bank" in boss.get("/review/").text
    assert boss.post("/review/together/", tick(shift)).status_code == 409

    movement_actions.verify_transfer(shift.pk, shift.movements.get().pk, by=marta)
    assert (rows(boss, "?settle=1"), figures(boss)["settle"][0]) == (set(), 0)
    assert boss.post("/review/together/", tick(shift)).status_code == 302


WAYS = {
    "a late expense": lambda shift, by: movement_actions.add_movement(
        shift.pk, new=NewMovement(Kind.EXPENSE, 50_000, "taxi"), reason="otra vez", by=by
    ),
    "a late envelope": lambda shift, by: movement_actions.add_movement(
        shift.pk, new=NewMovement(Kind.ENVELOPE, 50_000), reason="otra vez", by=by
    ),
    "a movement that is voided": lambda shift, by: movement_actions.void_movement(
        shift.pk, shift.movements.get().pk, reason="otra vez", by=by
    ),
    "the count": lambda shift, by: _correct(shift, by, final_cash=1_250_000),
    "the opening cash": lambda shift, by: _correct(shift, by, initial_cash=450_000),
    "what was billed": lambda shift, by: _correct(shift, by, billed_cash=650_000),
    "its deletion": lambda shift, by: mark_actions.delete_shift(shift.pk, reason="otra vez", by=by),
}


def _correct(shift, by, **values):
    return shift_actions.correct_shift(shift.pk, version=shift.version, reason="otra vez", by=by, **values)


@pytest.mark.both_engines
@pytest.mark.parametrize("way", WAYS)
def test_no_way_makes_a_shortage_leave_the_queue(way, ana, marta, olga, boss):
    """500.000 opened with, 50.000 added, 1.200.000 counted, 700.000 billed: 50.000 are missing."""
    with periods.at(NOON):
        added = [NewMovement(Kind.CASH_IN, 50_000)]
        shift = ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 700_000}, movements=added)
        WAYS[way](shift, marta)
    shift.refresh_from_db()
    is_gone = way != "its deletion"

    assert (shift.first_result, shift.first_difference) == ("short", -50_000)
    assert shift.result == ("balanced" if is_gone else "short")
    told = figures(boss)
    assert (told["missing"][0], told["corrected"][0], told["settle"][0]) == (
        (0, 50_000, 1) if is_gone else (50_000, 0, 1)
    )
    assert rows(boss, "?settle=1") == {shift}
    assert (" at the close" in boss.get("/").text) is is_gone
    assert boss.post("/review/together/", tick(shift)).status_code == 409
    assert boss.post(f"/review/{shift.pk}/", {"note": "fine", "version": shift.version}).status_code == 422
    with periods.at(NOON):
        signed_in(olga).post(f"/review/{shift.pk}/", {"note": "fine", "version": shift.version})
    assert rows(boss, "?settle=1") == set()


@pytest.mark.both_engines
def test_a_day_that_is_signed_off_gives_its_shifts_back(week, boss, olga, central):
    with periods.at(NOON):
        day_actions.sign_off_day(central, date(2026, 7, 18), note="fine", version=1, by=olga)

    assert figures(boss)["missing"][0] == 1_000 + 200 + 40_000 + 7_000_000
    assert "day" not in rows(boss, "")


def test_a_day_is_listed_with_a_link_to_its_page(week, boss, central):
    page = boss.get("/review/?missing=1").text
    assert f'<a href="/days/{central.pk}/2026-07-18/">' in page
    assert "The whole day" in page


def test_a_deleted_shift_says_who_deleted_it_and_waits_for_somebody_else(ana, marta, olga, boss):
    shift = off_by(ana, -1)
    mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    shift.refresh_from_db()

    assert "Deleted by Marta Benítez: twice" in boss.get("/review/").text
    sent = {"note": "fine", "version": shift.version}
    assert boss.post(f"/review/{shift.pk}/", sent).status_code == 422
    with periods.at(NOON):
        assert signed_in(olga).post(f"/review/{shift.pk}/", sent).status_code == 302
    assert queue(boss) == []


def test_where_nobody_else_could_the_same_person_signs_off_and_it_says_so(marta, central, boss):
    own = off_by(marta, -1, pharmacy=central)
    assert "Nobody else can sign it off" in boss.get("/review/").text
    assert boss.post("/review/together/", tick(own)).status_code == 409
    assert boss.post(f"/review/{own.pk}/", {"note": "fine", "version": own.version}).status_code == 302

    own.refresh_from_db()
    assert own.signed_off_alone
    for path in ("/", f"/sessions/{own.pk}/", f"/sessions/{own.pk}/slip/", "/review/?alone=1"):
        assert "by the same person" in boss.get(path).text
    assert queue(boss, "?alone=1") == [own]


def test_once_somebody_else_could_it_is_for_them(marta, olga, central, boss):
    own = off_by(marta, -1, pharmacy=central)
    answer = boss.post(f"/review/{own.pk}/", {"note": "fine", "version": own.version})
    assert (answer.status_code, reviewed()) == (422, set())


def test_a_change_of_the_figures_takes_the_sign_off_and_its_word_away(marta, central, boss):
    own = off_by(marta, -1, pharmacy=central)
    mark_actions.sign_off_shift(own.pk, note="fine", by=marta)
    shift_actions.correct_shift(own.pk, version=3, reason="recounted", final_cash=1_200_001, by=marta)
    own.refresh_from_db()
    assert (own.signed_off_at, own.signed_off_alone) == (None, False)


def test_who_deletes_a_shift_has_not_signed_it_off(ana, marta, olga):
    mine, hers = off_by(ana, -1), off_by(ana, -1)
    mark_actions.sign_off_shift(mine.pk, note="fine", by=marta)
    mark_actions.sign_off_shift(hers.pk, note="fine", by=olga)
    for shift in (mine, hers):
        mark_actions.delete_shift(shift.pk, reason="twice", by=marta)
    assert reviewed() == {hers.pk}


# --- One --------------------------------------------------------------------------------------------------------------


def test_a_shift_is_signed_off_in_its_row(ana, boss, marta):
    shift = off_by(ana, -1)
    sent = {"note": "Talked it over.", "version": shift.version}
    answer = boss.post(f"/review/{shift.pk}/", sent, headers={"hx-request": "true"})

    assert answer.status_code == 200
    assert answer.text.strip().startswith(f'<tr id="shift-{shift.pk}"')
    assert "✓ Signed off" in answer.text
    shift.refresh_from_db()
    assert (shift.signed_off_by, shift.signed_off_note) == (marta, "Talked it over.")


def test_without_javascript_the_queue_comes_back_as_it_was_filtered(ana, boss):
    shift = off_by(ana, -1)
    answer = boss.post(f"/review/{shift.pk}/?result=short", {"note": "fine", "version": shift.version})

    assert (answer.status_code, answer.url) == (302, "/review/?result=short")
    assert reviewed() == {shift.pk}


@pytest.mark.parametrize("htmx", [True, False])
def test_what_was_corrected_meanwhile_is_not_signed_off_unseen(htmx, ana, boss, marta):
    shift = off_by(ana, -1)
    shift_actions.correct_shift(shift.pk, version=shift.version, reason="late", notes="x", by=marta)
    sent = {"note": "fine", "version": shift.version}
    headers = {"hx-request": "true"} if htmx else {}
    with nothing_written():
        answer = boss.post(f"/review/{shift.pk}/", sent, headers=headers)

    assert answer.status_code == 409
    assert STALE in answer.text
    assert f'name="version" value="{shift.version + 1}"' in answer.text  # what is looked at now
    assert "fine</textarea>" in answer.text


def test_a_sign_off_says_why(ana, boss):
    shift = off_by(ana, -1)
    with nothing_written():
        answer = boss.post(f"/review/{shift.pk}/", {"note": " ", "version": shift.version})
    assert answer.status_code == 422


def test_above_the_queue_stands_why_a_row_was_refused_though_it_is_not_in_it(ana, boss):
    """Another one signed it off, and nothing that is typed here is in sight any more."""
    shift = off_by(ana, -1)
    boss.post(f"/review/{shift.pk}/", {"note": "fine", "version": shift.version})
    for typed, why in (("note", "Note</a>: This field is required."), ("version", "reload the page and try again.")):
        sent = {"note": "fine", "version": shift.version} | {typed: ""}
        answer = boss.post(f"/review/{shift.pk}/", sent)
        said = re.search(r'notice--error" role="alert">(.*?)</div>', answer.text, re.DOTALL)[1]
        assert (answer.status_code, f"#{shift.pk}:" in said, why in said) == (422, True, True)


# --- Together ---------------------------------------------------------------------------------------------------------


def test_those_that_balance_are_signed_off_together_each_with_its_history(balanced, boss, marta):
    answer = boss.post("/review/together/", tick(*balanced))

    assert (answer.status_code, answer.url) == (302, "/review/")
    assert reviewed() == {shift.pk for shift in balanced}
    for shift in balanced:
        latest = shift.history.latest()
        assert (latest.version, latest.history_user, latest.history_change_reason) == (3, marta, "fine")


def test_one_that_changed_meanwhile_holds_up_no_other(balanced, boss, marta):
    changed, same = balanced
    shift_actions.correct_shift(changed.pk, version=changed.version, reason="late", notes="x", by=marta)
    answer = boss.post("/review/together/", tick(*balanced))

    assert (answer.status_code, reviewed()) == (409, {same.pk})
    assert f"#{changed.pk}: {STALE}" in answer.text


def test_what_does_not_balance_is_not_signed_off_with_the_others(ana, balanced, boss):
    short = off_by(ana, -1)
    answer = boss.post("/review/together/", tick(short, *balanced))

    assert (answer.status_code, short.pk in reviewed()) == (409, False)
    assert "Only shifts that balance are signed off together." in answer.text
    assert f'value="{short.pk}:{short.version}"' not in answer.text


@pytest.mark.parametrize(
    ("sent", "status"),
    [({"shift": []}, 422), ({"shift": ["x"]}, 422), ({"shift": ["1:1:1"]}, 422), ({"shift": ["987654:1"]}, 404)],
)
def test_junk_is_refused(sent, status, balanced, boss):
    with nothing_written():
        assert boss.post("/review/together/", {"note": "fine", **sent}).status_code == status


def test_where_none_can_be_ticked_any_more_it_is_said_what_was_wrong(ana, boss):
    off_by(ana, -1)
    answer = boss.post("/review/together/", {"note": "fine"})
    assert (answer.status_code, "Tick the shifts that you looked at." in answer.text) == (422, True)


def test_with_one_that_is_not_there_none_is_signed_off(balanced, boss):
    sent = tick(*balanced)
    with nothing_written():
        assert boss.post("/review/together/", {**sent, "shift": [*sent["shift"], "987654:1"]}).status_code == 404


def test_nobody_signs_off_their_own(marta, central, boss, olga):
    own = off_by(marta, 0, pharmacy=central)
    answer = boss.post("/review/together/", tick(own))

    assert (answer.status_code, reviewed()) == (409, set())
    assert "Somebody else has to sign off your own shift." in answer.text


def test_an_auditor_reads_the_queue_and_finds_no_button(balanced, carla):
    with periods.at(NOON):
        shown = signed_in(carla).get("/review/")
    assert set(shown.context["rows"][0]) >= {"shift"}
    assert '<form method="post" action="/review/' not in shown.text
    assert [row["shift"] for row in shown.context["rows"]] == balanced
    assert shown.context["page"].paginator.count == 2


# --- Evidence ---------------------------------------------------------------------------------------------------------


def test_the_evidence_has_methods_causes_the_reply_and_what_was_left(ana, boss, carla):
    off_by(ana, 0, days_ago=1)
    noted = [NewMovement(Kind.EXPENSE, 50_000, "taxi"), NewMovement(Kind.CARD, 1)]
    shift = off_by(ana, -100_000, movements=noted)  # the taxi left 50.000 of it in the sales
    with periods.at(NOON):
        reply_actions.add_reply(shift.pk, text="I took a taxi.", by=ana)
    evidence = boss.get(f"/review/{shift.pk}/evidence/")

    assert [line.method for line in evidence.context["evidence"].methods] == ["cash", "card"]
    assert "taxi" in evidence.context["evidence"].causes[0].subject
    assert "«I took a taxi.»" in evidence.text
    assert "missing" in evidence.text
    assert signed_in(carla).get(f"/review/{shift.pk}/evidence/").status_code == 200


def test_the_evidence_of_a_shift_that_waits_for_its_count_is_blind_for_its_cashier(marta, olga, central, boss):
    with periods.at(NOON):
        own = ShiftFactory(cashier=marta, pharmacy=central)
        assert boss.get(f"/review/{own.pk}/evidence/").status_code == 404  # open
        shift_actions.close_uncounted_shift(own.pk, reason="forgotten", by=olga)
    assert boss.get(f"/review/{own.pk}/evidence/").context["evidence"].methods == []


# --- Undone -----------------------------------------------------------------------------------------------------------


def undo(client, *shifts, **options):
    for shift in shifts:
        shift.refresh_from_db()
    return client.post("/review/undo/", {"shift": [f"{shift.pk}:{shift.version}" for shift in shifts]}, **options)


def test_a_sign_off_is_undone_in_its_row_and_the_history_keeps_both(ana, boss, marta):
    shift = off_by(ana, -1)
    sent = {"note": "Talked it over.", "version": shift.version}
    signed = boss.post(f"/review/{shift.pk}/", sent, headers={"hx-request": "true"})
    assert ('action="/review/undo/' in signed.text, figures_in(signed)["settle"]) == (True, "0")
    answer = undo(boss, shift, headers={"hx-request": "true"})

    assert answer.text.strip().startswith(f'<tr id="shift-{shift.pk}"')
    assert (figures_in(answer)["settle"], reviewed()) == ("1", set())
    told = [(entry.what, entry.why, entry.who) for entry in history_of(shift)[:2]]
    assert told == [
        ("Sign-off undone", "The sign-off was undone.", "Marta Benítez"),
        ("Signed off", "Talked it over.", "Marta Benítez"),
    ]


def figures_in(answer):
    return dict(re.findall(r'data-figure="(\w+)" data-amount="(-?\d+)"', answer.text))


def test_those_that_were_signed_off_together_are_undone_together_for_ten_minutes(balanced, boss):
    boss.post("/review/together/", tick(*balanced))
    shown = boss.get("/review/")
    assert "You signed off 2 shifts just now." in shown.text
    assert shown.context["undo"] == [f"{shift.pk}:3" for shift in balanced]
    with periods.at(NOON + timedelta(minutes=11)):
        assert boss.get("/review/").context["undo"] == []

    assert undo(boss, *balanced).status_code == 302
    assert (reviewed(), boss.get("/review/").context["undo"]) == (set(), [])


def test_what_somebody_else_signed_off_or_what_changed_since_is_not_undone(ana, balanced, marta, olga, boss):
    with periods.at(NOON):
        mark_actions.sign_off_shift(balanced[0].pk, note="fine", by=olga)
        mark_actions.sign_off_shift(balanced[1].pk, note="fine", by=marta)
    with nothing_written():
        answer = undo(boss, balanced[0])
    assert (answer.status_code, "Somebody else signed it off." in answer.text) == (409, True)
    with nothing_written():
        stale = boss.post("/review/undo/", {"shift": [f"{balanced[1].pk}:1"]})
    assert (stale.status_code, STALE in stale.text) == (409, True)
    with nothing_written():
        assert boss.post("/review/undo/", {"shift": ["987654:1"]}).status_code == 404


def test_a_usual_note_is_the_note_of_the_sign_off(ana, boss):
    shift = off_by(ana, -1)
    page = boss.get("/review/").text
    usual = re.findall(r'<button type="submit" name="note" value="([^"]+)"', page)
    assert len(usual) == 3
    # As a browser sends it: the empty note of the form, then that of the button.
    boss.post(f"/review/{shift.pk}/", {"note": ["", usual[1]], "version": shift.version})
    shift.refresh_from_db()
    assert shift.signed_off_note == "I saw the receipt."


# --- The cashier ------------------------------------------------------------------------------------------------------


def test_the_cashier_learns_at_once_what_became_of_a_shift(ana, marta):
    shift = ShiftFactory(closed=True, cashier=ana)
    mark_actions.flag_shift(shift.pk, reason="The envelope is missing.", by=marta)
    mark_actions.sign_off_shift(shift.pk, note="Found in the safe.", by=marta)
    shown = signed_in(ana).get("/").text

    assert "⚑ Flagged: The envelope is missing." in shown
    assert "✓ Signed off: Found in the safe." in shown


def test_the_cashier_replies_and_the_reply_stays_for_good(ana, marta, boss):
    shift = ShiftFactory(closed=True, cashier=ana)
    answer = signed_in(ana).post(f"/sessions/{shift.pk}/reply/", {"text": " The terminal was down. "})

    assert (answer.status_code, Reply.objects.get().text) == (302, "The terminal was down.")
    assert "The terminal was down." in boss.get(f"/sessions/{shift.pk}/").text
    assert "The cashier replied" in boss.get("/review/").text
    told = history_of(shift)[0]
    assert (told.what, told.who, told.subject) == (
        "Replied: «The terminal was down.»",
        "Ana Benítez",
        f"#{shift.pk}",
    )
    for change in (lambda: Reply.objects.update(text="x"), lambda: Reply.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_reply_is_part_of_the_seal(ana):
    shift = ShiftFactory(closed=True, cashier=ana)
    reply_actions.add_reply(shift.pk, text="The terminal was down.", by=ana)

    assert (list(hash_chain.drift()), shift.seals.count()) == ([], 2)
    reply = Reply(session=shift, text="Slipped in.", created_at=NOON, created_by=ana)
    reply.save()
    assert len(list(hash_chain.drift())) == 1


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001, "a\x00b"])
def test_what_is_no_reply_is_kept_in_its_form(text, ana):
    shift = ShiftFactory(closed=True, cashier=ana)
    with nothing_written():
        answer = signed_in(ana).post(f"/sessions/{shift.pk}/reply/", {"text": text})
    assert answer.status_code == 422
    assert answer.context["reply_form"]["text"].value() == text


def test_each_form_of_the_queue_has_a_key_of_its_own_and_is_carried_out_once(balanced, boss):
    keys = re.findall(r'name="token" value="([^"]+)"', boss.get("/review/").text)
    assert len(set(keys)) == len(keys) == len(balanced)
    shift = balanced[0]
    form = {"note": "fine", "version": shift.version, "token": keys[0]}
    answers = [boss.post(f"/review/{shift.pk}/", form).status_code for _each in range(2)]
    assert answers == [302, 302]
    assert shift.history.filter(signed_off_at__isnull=False).count() == 1


@pytest.mark.both_engines
def test_the_queue_takes_few_queries_where_everything_meets(ana, beto, marta, boss, central, django_assert_num_queries):
    # The session, the person; figures, order, rows, versions, pharmacies of days, who else signs off.
    boss.get("/accounts/password/")  # which writes when the session ends
    corrected = off_by(ana, -50_000)
    taxi = NewMovement(Kind.EXPENSE, 10_000, "taxi")
    movement_actions.add_movement(corrected.pk, new=taxi, reason="late", by=marta)
    day = DayVerdict.objects.create(
        pharmacy=central, date=date(2026, 7, 1), result="short", difference=-7_000, is_signed_off=False
    )
    with django_assert_num_queries(8):
        response = boss.get("/review/")
    assert {row["shift"] or row["day"] for row in response.context["rows"]} == {corrected, day}
