"""The demonstration's pharmacies and people."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from accounts import roles
from accounts.models import User
from cashpilot import periods
from pharmacies.models import Assignment, Pharmacy

PASSWORD = "password123"  # noqa: S105 printed by the command; the data is for trying out, and only where DEBUG is on
ADMIN = "admin@example.com"

CENTRAL, SAN_LORENZO, LUQUE = "Farmacia Central", "Farmacia San Lorenzo", "Farmacia Luque"
PHARMACIES: list[dict[str, Any]] = [
    {"name": CENTRAL, "address": "Palma 645, Asunción", "phone": "021 441 250", "registers": 2},
    {"name": SAN_LORENZO, "address": "Av. Estigarribia 1120", "phone": "021 582 114", "cash_tolerance": 5_000},
    {
        "name": LUQUE,
        "address": "Gral. Aquino 318, Luque",
        "phone": "021 642 870",
        "alert_threshold": 30_000,
        "recounts_before_verdict": True,
    },
]
# E-mail -> first name, last name, role, where they work.
PEOPLE: dict[str, tuple[str, str, str, list[str]]] = {
    ADMIN: ("Graciela", "Rojas", roles.ADMIN, []),
    "auditor@example.com": ("Óscar", "Duarte", roles.AUDITOR, []),
    "maria.benitez@example.com": ("María José", "Benítez", roles.CASHIER, [CENTRAL]),
    "derlis.gimenez@example.com": ("Derlis", "Giménez", roles.CASHIER, [CENTRAL]),
    "lourdes.ayala@example.com": ("Lourdes", "Ayala", roles.CASHIER, [CENTRAL, LUQUE]),
    "rocio.caceres@example.com": ("Rocío", "Cáceres", roles.CASHIER, [SAN_LORENZO]),
    "hugo.villalba@example.com": ("Hugo", "Villalba", roles.CASHIER, [SAN_LORENZO]),
    "liz.ortiz@example.com": ("Liz", "Ortiz", roles.CASHIER, [LUQUE]),
}

People = dict[str, User]


def hire() -> tuple[People, dict[str, Pharmacy]]:
    """People and pharmacies. The administrator made them all, and first of all herself."""
    password = make_password(PASSWORD)
    people: People = {}
    for email, (first_name, last_name, role, _) in PEOPLE.items():
        names = {"first_name": first_name, "last_name": last_name}
        person = User(email=email, password=password, is_staff=role in roles.STAFF, date_joined=periods.now(), **names)
        people[email] = _record(person, by=people.get(ADMIN, person))
        person.groups.add(Group.objects.get(name=role))
    pharmacies = {values["name"]: _record(Pharmacy(**values), by=people[ADMIN]) for values in PHARMACIES}
    for email, (*_, places) in PEOPLE.items():
        for place in places:
            _record(Assignment(user=people[email], pharmacy=pharmacies[place]), by=people[ADMIN])
    return people, pharmacies


def _record(row: Any, *, by: User) -> Any:
    row._history_user, row._history_date = by, periods.now()
    row.save()
    return row
