"""cashpilot.wsgi without the locks. UNLOCKED says how many requests look before the first of them writes."""

import os

import pytest

from cashpilot.wsgi import application as application

# ruff: isort: split
from testing.locks import take_out_the_locks  # needs the models, which the application has loaded

take_out_the_locks(int(os.environ["UNLOCKED"]), pytest.MonkeyPatch())
