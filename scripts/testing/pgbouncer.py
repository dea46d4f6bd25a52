"""A real PgBouncer in transaction mode before a server of PostgreSQL, for as long as a block lasts."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from testing.server import PATIENCE, within

USER = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
SETTINGS = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
query_wait_timeout = {wait}
{more}
"""


@contextmanager
def pgbouncer(user: str, *, size: int = 5, wait: int = 30, more: str = "") -> Iterator[str]:
    """Yield its address for DATABASE_URL, without ?pooled=1: the suite's own database, by few connections.

    `wait`: seconds until a client that no connection became free for is refused. `more`: lines of its settings.
    """
    there = connection.settings_dict
    folder = Path(tempfile.mkdtemp(prefix="cashpilot-pooler-", dir="/tmp"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        own_port: int = probe.getsockname()[1]
    settings = folder / "pgbouncer.ini"
    server = {"host": there["HOST"], "port": there["PORT"], "user": user, "password": there["PASSWORD"]}
    facts = " ".join(f"{name}={value}" for name, value in server.items() if value)
    settings.write_text(SETTINGS.format(server=facts, own_port=own_port, size=size, wait=wait, more=more))
    if USER:
        shutil.chown(folder, USER)
    process = subprocess.Popen([str(PROGRAM), "--quiet", str(settings)], user=USER, cwd=folder)
    try:
        assert within(PATIENCE, lambda: _listens(own_port))
        yield f"postgres://{quote(user)}:@127.0.0.1:{own_port}/{there['NAME']}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
