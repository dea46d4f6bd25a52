"""HTML that functions write is what Django's own format_html writes."""

import pytest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from cashpilot.markup import filled, joined, stays_drawn


@pytest.mark.parametrize("value", ["", "<b>'\"&", 0, 1_250_000, None, mark_safe("<b>&amp;"), _("Search"), True])
def test_a_value_is_escaped_as_django_does_it(value):
    written = filled('<a title="{}">{said}</a>', value, said=value)
    assert (written, type(written)) == (format_html('<a title="{}">{said}</a>', value, said=value), SafeString)


def test_parts_are_put_one_after_the_other_as_they_are():
    parts = [filled("<b>{}</b>", "&"), filled("<i>")]
    assert (joined(parts), joined(parts, " "), joined([])) == ("<b>&amp;</b><i>", "<b>&amp;</b> <i>", "")


def test_rows_that_tell_the_same_are_drawn_once_and_those_without_values_each_time():
    rows = stays_drawn(filled, 10)
    told = [(("same",), "first"), (("same",), "second"), (("other",), "third"), (None, "fourth"), (None, "fifth")]
    assert list(rows(told)) == ["first", "first", "third", "fourth", "fifth"]
    assert list(rows([(("same",), "later"), (None, "sixth")])) == ["first", "sixth"]
