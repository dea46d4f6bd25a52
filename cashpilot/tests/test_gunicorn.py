"""A worker that grew is renewed, whatever it grew by."""

import os
import resource
from types import SimpleNamespace

import pytest
from gunicorn.config import Config

from cashpilot import gunicorn

pytestmark = pytest.mark.one_engine


@pytest.mark.parametrize(("kilobytes", "goes_on"), [(390_000, True), (391_000, False)])
def test_a_worker_is_renewed_once_it_took_more_than_400_megabytes(kilobytes, goes_on, monkeypatch):
    monkeypatch.setattr(resource, "getrusage", lambda _whose: SimpleNamespace(ru_maxrss=kilobytes))
    worker, settings, said = SimpleNamespace(alive=True), Config(), []
    worker.log = SimpleNamespace(info=said.append)
    settings.set("post_request", gunicorn.post_request)

    settings.post_request(worker, None, {}, None)
    settings.post_request(worker, None, {}, None)
    assert (worker.alive, len(said)) == (goes_on, not goes_on)


@pytest.mark.parametrize(("process", "is_left"), [("itself", False), ("another one", True)])
def test_at_its_end_only_its_own_folder_of_counts_goes(process, is_left, tmp_path, monkeypatch):
    folder = tmp_path / f"cashpilot-metrics-{os.getpid() if process == 'itself' else 1}-x"
    folder.mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    gunicorn.on_exit(None)
    assert folder.exists() == is_left
