"""A row and its history are written together or not at all."""

import pytest
from simple_history.signals import pre_create_historical_record

from pharmacies.models import Assignment, Pharmacy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def without_history():
    """The history cannot be written."""

    def fail(**_sent):
        raise OSError("disk full")

    pre_create_historical_record.connect(fail)
    yield
    pre_create_historical_record.disconnect(fail)


def test_a_row_whose_history_fails_is_not_stored(without_history):
    with pytest.raises(OSError, match="disk full"):
        Pharmacy.objects.create(name="Central")
    assert not Pharmacy.objects.exists()


def test_a_row_whose_history_fails_is_not_deleted(ana, request):
    assignment = Assignment.objects.get(user=ana)
    request.getfixturevalue("without_history")
    with pytest.raises(OSError, match="disk full"):
        assignment.delete()
    assert Assignment.objects.filter(user=ana).exists()
