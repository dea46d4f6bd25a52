"""The amounts of the demonstration's shifts, in whole guaraníes; the same dice throw the same ones."""

from dataclasses import dataclass
from random import Random

from cashpilot.money import DENOMINATIONS
from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind

# A little is missing from every count, always within the tolerance of the pharmacy: only the control line shows it.
STEADY_LOSS = "hugo.villalba@example.com"
EXPENSES = {
    "Hielo para la conservadora": 15_000,
    "Papel para la impresora fiscal": 48_000,
    "Flete de la distribuidora": 60_000,
    "Artículos de limpieza": 37_500,
    "Agua mineral para el local": 18_000,
    "Delivery a domicilio": 25_000,
}
CUSTOMERS = ["Ramón Ferreira", "Sra. Aquino", "Nilda Bogado", "Familia Ocampos", "Arnaldo Sosa", "Mirta Franco"]
CARD_TERMINALS = ["Cierre de lote Bancard", "Cierre de lote Infonet", "Cierre de lote Dinelco"]
# Guaraníes a shift, on a quiet day.
TYPICAL_SALES = {
    "cash": (1_400_000, 3_200_000),
    "card": (600_000, 2_100_000),
    "transfer": (90_000, 380_000),
    "credit": (60_000, 240_000),
}
# What a movement does to the drawer; the other kinds do not touch it.
IN_THE_DRAWER: dict[str, int] = {Kind.EXPENSE: -1, Kind.COLLECTION: 1, Kind.CASH_IN: 1}


@dataclass(frozen=True)
class Figures:
    """The amounts of one shift: sums per kind of movement, the count, the ticket and by how much it was off."""

    initial_cash: int
    during: list[NewMovement]
    at_closing: list[NewMovement]
    final_cash: int
    billed: dict[str, int | None]
    gap: int


def figures_of(rng: Random, turn: str, cashier: str, *, is_busy: bool, opening: int, left: int) -> Figures:
    """A drawer that adds up: what was sold, less or plus the gap, goes into the envelope, but for what is `left`."""
    scale = 1.5 if is_busy else 1.0
    sold = {method: _amount(rng, low * scale, high * scale) for method, (low, high) in TYPICAL_SALES.items()}
    during = _during(rng, sold["transfer"])
    at_closing = [NewMovement(Kind.CARD, sold["card"], rng.choice(CARD_TERMINALS))]
    if rng.random() < 0.4:
        at_closing.append(NewMovement(Kind.CREDIT_SALE, sold["credit"], f"Cuenta de {rng.choice(CUSTOMERS)}"))
    gap = _gap(rng, turn, cashier)
    drawer = opening + sold["cash"] + gap + sum(IN_THE_DRAWER.get(note.kind, 0) * note.amount for note in during)
    at_closing.append(NewMovement(Kind.ENVELOPE, drawer - left, f"Sobre Nº {rng.randrange(1_200, 1_900)}"))
    billed = _billed(rng, turn, sold["cash"], [*during, *at_closing])
    return Figures(opening, during, at_closing, left, billed, gap)


def left_by(number: int | None) -> int:
    """Return what a shift leaves in the drawer for the next one; None: the shift before the first."""
    return dice(f"left by {number}").randrange(300_000, 700_000) // 500 * 500


def _during(rng: Random, transferred: int) -> list[NewMovement]:
    notes = [expense(rng) for _ in range(rng.choice([0, 1, 1, 2]))]
    notes += [transfer(rng, transferred) for _ in range(rng.choice([0, 1, 1, 2]))]
    if rng.random() < 0.25:
        notes.append(NewMovement(Kind.COLLECTION, _amount(rng, 80_000, 350_000), f"Cobro de {rng.choice(CUSTOMERS)}"))
    if rng.random() < 0.15:
        notes.append(NewMovement(Kind.CASH_IN, 200_000, "Sencillo traído del banco"))
    rng.shuffle(notes)
    return notes


def dice(name: str) -> Random:
    """Return the dice of a name: the same name makes the same throws."""
    return Random(name)  # noqa: S311 nothing here is secret


def expense(rng: Random) -> NewMovement:
    description, amount = rng.choice(list(EXPENSES.items()))
    return NewMovement(Kind.EXPENSE, amount, description)


def transfer(rng: Random, around: int = 150_000) -> NewMovement:
    return NewMovement(Kind.TRANSFER, _amount(rng, around / 2, around), f"SIPAP de {rng.choice(CUSTOMERS)}")


def _amount(rng: Random, low: float, high: float) -> int:
    """Prices end in 500; a till that rounds, rounds in the customer's favour."""
    return rng.randrange(int(low), int(high)) // 500 * 500


def _gap(rng: Random, turn: str, cashier: str) -> int:
    """Return how much is missing from the drawer (below zero) or too much in it."""
    if cashier == STEADY_LOSS:
        return -_amount(rng, 1_500, 5_000)
    if turn == "expense forgotten":
        return -45_000
    if turn == "deleted":
        return -85_000
    if turn == "short":
        return -rng.choice([7_000, 12_500, 15_000, 38_000, 50_000, 85_000, 120_000])
    if turn == "over":
        return rng.choice([6_000, 10_000, 22_500, 45_000, 50_000])
    return 0


def _billed(rng: Random, turn: str, cash: int, notes: list[NewMovement]) -> dict[str, int | None]:
    """The closing ticket: what was received, but for what was booked under the wrong method."""
    of_kind = {kind: sum(note.amount for note in notes if note.kind == kind) for kind in Kind.values}
    misplaced = _amount(rng, 45_000, 160_000) if turn == "swapped" else 0
    return {
        "billed_cash": cash - misplaced,
        "billed_card": of_kind[Kind.CARD] + misplaced,
        "billed_transfer": of_kind[Kind.TRANSFER],
        "billed_credit": of_kind[Kind.CREDIT_SALE],
    }


def pieces(rng: Random, amount: int) -> dict[str, int]:
    """`amount` in notes and coins, not always in the largest."""
    sheet = {}
    for denomination in DENOMINATIONS:
        most = amount // denomination
        pieces = rng.randint(most // 2, most) if denomination > 10_000 else most
        amount -= pieces * denomination
        if pieces:
            sheet[str(denomination)] = pieces
    return sheet
