"""PostgreSQL's programs: the version of the server is found, or its package is named as this machine names it."""

import pytest

from cashpilot.db import client_programs


def program(folder, name, lines):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{lines}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Nothing is installed there but pg_dump 15, on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(client_programs, "FOLDERS", (f"{tmp_path}/postgresql/{{}}/bin",))
    monkeypatch.setattr(client_programs, "IMAGE", tmp_path / "image")
    program(tmp_path / "bin", "pg_dump", "echo 'pg_dump (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)'")
    return tmp_path


def debian(machine, candidate):
    """As apt answers there."""
    program(machine / "bin", "apt-get", "exit 0")
    program(machine / "bin", "apt-cache", f'echo "$2:\n  Installed: (none)\n  Candidate: {candidate}"')


def test_the_program_of_that_version_is_found_beside_another_on_the_path(machine):
    newer = program(machine / "postgresql/17/bin", "pg_dump", "echo 'pg_dump (PostgreSQL) 17.6'")
    assert client_programs.find("pg_dump", "17") == str(newer)
    assert client_programs.find("pg_dump", "15") == str(machine / "bin/pg_dump")
    assert client_programs.find("pg_dump", "16") is None


def test_what_is_here_and_what_is_needed_are_both_named(machine):
    assert client_programs.missing("pg_dump", "17").startswith(
        "The database is of PostgreSQL 17; pg_dump 15 is here, and pg_dump 17 is needed. "
    )
    assert client_programs.missing("pg_restore", "17").startswith(
        "The database is of PostgreSQL 17; pg_restore is not here: pg_restore 17 is needed. "
    )


def test_a_package_that_the_distribution_has_is_named(machine):
    debian(machine, "17.6-0+deb13u1")
    assert client_programs.how_to_get("17") == "As root: apt install postgresql-client-17."


def test_where_the_distribution_has_none_the_way_leads_to_postgresqls_own_packages(machine):
    debian(machine, "(none)")
    assert client_programs.how_to_get("18") == (
        "This system has no package postgresql-client-18 of its own; PostgreSQL's has. As root: apt install "
        "postgresql-common ca-certificates; then /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y; then apt "
        "install postgresql-client-18."
    )


def test_elsewhere_the_names_of_other_distributions_are_told(machine):
    told = client_programs.how_to_get("16")
    assert "postgresql16 on Fedora and Red Hat, postgresql16-client on Alpine, postgresql@16 in Homebrew" in told


def test_in_the_image_it_says_how_to_make_it_with_them(machine):
    debian(machine, "(none)")
    client_programs.IMAGE.touch()
    assert client_programs.how_to_get("17") == (
        "Write POSTGRES_CLIENT=17 in .env and make the image again: docker compose build."
    )
