"""Two servers of PostgreSQL under Patroni, with an etcd and a HAProxy that leads to the one that can be written to.

All on this machine, as Debian packages them, for as long as a block lasts.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from postgres import USER, installed
from testing.server import PATIENCE, within

NEEDED = ("patroni", "etcd", "haproxy", "pgbouncer")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
# Seconds for which a primary that says nothing stays the primary: the least that Patroni takes, its default is 30.
TTL = 20
MEMBER = """
scope: cashpilot
name: {name}
restapi: {{listen: "127.0.0.1:{api}", connect_address: "127.0.0.1:{api}"}}
etcd3: {{hosts: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs:
    {{ttl: {ttl}, loop_wait: 5, retry_timeout: 5, synchronous_mode: true, postgresql: {{use_pg_rewind: false}}}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}]
  pg_hba: ["local all all trust", "host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"]
postgresql:
  listen: 127.0.0.1:{port}
  connect_address: 127.0.0.1:{port}
  data_dir: {folder}/{name}
  bin_dir: {programs}
  pgpass: {folder}/{name}.pgpass
  parameters: {{unix_socket_directories: {folder}, max_connections: 100}}
  authentication:
    superuser: {{username: cashpilot}}
    replication: {{username: follower}}
"""
PROXY = """
global
  maxconn 200
defaults
  mode tcp
  timeout connect 2s
  timeout client 1m
  timeout server 1m
listen primary
  bind 127.0.0.1:{port}
  option httpchk OPTIONS /primary
  default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
{members}
"""


def is_here() -> bool:
    return all(shutil.which(program, path=PATH) for program in NEEDED)


class Member:
    """A server and the Patroni that watches it."""

    def __init__(self, folder: Path, number: int, etcd: int) -> None:
        self.name, self.folder, (self.port, self.api) = f"node{number}", folder, free_ports(2)
        self.settings = folder / f"{self.name}.yml"
        programs = installed()
        facts = {"name": self.name, "api": self.api, "etcd": etcd, "port": self.port, "ttl": TTL}
        self.settings.write_text(MEMBER.format(**facts, folder=folder, programs=programs))

    def says(self, question: str) -> int:
        """Return the status of Patroni's answer, as the proxy asks for it."""
        try:
            with urlopen(f"http://127.0.0.1:{self.api}/{question}", timeout=2) as answer:
                return int(answer.status)
        except URLError as error:
            return getattr(error, "code", 0)
        except OSError:
            return 0

    def is_primary(self) -> bool:
        return self.says("primary") == 200

    def is_in_step(self) -> bool:
        """Whether it is the standby without which nothing is acknowledged."""
        return self.says("synchronous") == 200

    def lose_power(self) -> None:
        """Kill it with its Patroni, without a word to anybody."""
        postmaster = int((self.folder / self.name / "postmaster.pid").read_text().split("\n")[0])
        self.process.send_signal(signal.SIGKILL)
        own = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], stdout=subprocess.PIPE, check=True)
        for pid in (postmaster, *map(int, own.stdout.split())):
            with suppress(ProcessLookupError):  # the others end when they see that the first is gone
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


class Cluster:
    """Its members, and the port behind which its primary is."""

    def __init__(self, members: Sequence[Member], port: int) -> None:
        self.members, self.port = members, port

    def primary(self) -> Member:
        return next(member for member in self.members if member.is_primary())

    def is_ready(self) -> bool:
        return any(member.is_primary() for member in self.members) and any(
            member.is_in_step() for member in self.members
        )


@contextmanager
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="cashpilot-ha-", dir="/tmp"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        etcd, peer, port = free_ports(3)
        members = [Member(folder, number, etcd) for number in (1, 2)]
        (folder / "haproxy.cfg").write_text(_proxy(port, members))
        if USER:
            subprocess.run(["chown", "-R", USER, folder], check=True)
        _run(stack, folder, "etcd", *_etcd(folder, etcd, peer))
        _run(stack, folder, "haproxy", "-f", str(folder / "haproxy.cfg"))
        for member in members:
            member.process = _run(stack, folder, "patroni", str(member.settings))
            assert within(PATIENCE, lambda one=member: one.says("health") == 200), _said(folder)
        made = Cluster(members, port)
        assert within(PATIENCE, made.is_ready), _said(folder)
        yield made


def _etcd(folder: Path, port: int, peer: int) -> list[str]:
    here, there = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    return [
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls={here}",
        f"--advertise-client-urls={here}",
        f"--listen-peer-urls={there}",
        f"--initial-advertise-peer-urls={there}",
        f"--initial-cluster=default={there}",
    ]


def _proxy(port: int, members: Sequence[Member]) -> str:
    lines = [f"  server {one.name} 127.0.0.1:{one.port} check port {one.api}" for one in members]
    return PROXY.format(port=port, members="\n".join(lines))


def _run(stack: ExitStack, folder: Path, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    path = str(shutil.which(program, path=PATH))
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen([path, *arguments], user=USER, cwd=folder, stdout=log, stderr=log)
    stack.callback(_end, process)
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """Patroni stops its server with it."""
    process.terminate()
    process.wait()


def _said(folder: Path) -> str:
    return (folder / "log").read_text()[-3000:]


def free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)]
        return [probe.getsockname()[1] for probe in probes]
