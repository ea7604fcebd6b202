"""A private PostgreSQL server for tests: its own cluster, a random port on loopback, a password, nothing kept."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import psycopg

_USER = "vigie"
_SECONDS_TO_STOP = 30
# A server that is thrown away needs no protection against a power cut.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "log_destination": "stderr",
    "logging_collector": "off",
    "lc_messages": "C",
}
_READY = "database system is ready to accept connections"
_PORT_IS_TAKEN = "could not bind"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. `process_id` is its main process; the role `user` may do everything."""

    port: int
    user: str
    password: str
    process_id: int

    def url(self, database: str = "postgres") -> str:
        """Returns the URL of a database."""
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self) -> str:
        """Creates an empty database and returns its URL."""
        name = f"test_{secrets.token_hex(8)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def clear_database(self, url: str) -> None:
        """Removes everything from a database; this is faster than to create another one."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")


def why_postgres_is_missing() -> str | None:
    """Returns why no server can be started, None if one can."""
    if _program("initdb") is None or _program("postgres") is None:
        return "PostgreSQL is not installed"
    if os.geteuid() == 0 and _unprivileged_user() is None:
        return "PostgreSQL refuses to run as root, and there is no user nobody"
    return None


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Starts a server and stops it at the end of the block; its files are removed."""
    # Not pytest's temporary folder: the unprivileged user cannot enter that one.
    folder = Path(tempfile.mkdtemp(prefix="vigie-postgres-"))
    try:
        user = _unprivileged_user() if os.geteuid() == 0 else None
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        password = secrets.token_hex(16)
        _initialize(folder / "data", password, user)
        process, port = _start(folder / "data", user)
        try:
            yield PostgresServer(port, _USER, password, process.pid)
        finally:
            # SIGQUIT is PostgreSQL's immediate shutdown: it saves nothing, and nothing has to be saved.
            process.send_signal(signal.SIGQUIT)
            process.wait(_SECONDS_TO_STOP)
    finally:
        shutil.rmtree(folder)


def _initialize(data: Path, password: str, user: pwd.struct_passwd | None) -> None:
    # The folder is the user's alone; a password on the command line would be in the list of processes.
    password_file = data.parent / "password"
    password_file.write_text(password, encoding="ascii")
    if user is not None:
        os.chown(password_file, user.pw_uid, user.pw_gid)
    command = [
        str(_program("initdb")), "--pgdata", str(data), "--username", _USER, "--auth", "scram-sha-256",
        "--pwfile", str(password_file), "--encoding", "UTF8", "--locale", "C", "--no-sync",
    ]  # fmt: skip
    done = subprocess.run(command, text=True, capture_output=True, check=False, cwd=data.parent, **_as(user))
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _start(data: Path, user: pwd.struct_passwd | None) -> tuple[subprocess.Popen[str], int]:
    for _ in range(5):
        port = _free_port()
        options = [option for name, value in _SETTINGS.items() for option in ("-c", f"{name}={value}")]
        process = subprocess.Popen(
            [str(_program("postgres")), "-D", str(data), "-p", str(port), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=data.parent,
            **_as(user),
        )  # fmt: skip
        log: list[str] = []
        for line in process.stderr or ():
            log.append(line)
            if _READY in line:
                # The server would block once the pipe is full.
                Thread(target=_discard, args=(process,), daemon=True).start()
                return process, port
        process.wait(_SECONDS_TO_STOP)
        # Another program may have taken the port in the meantime.
        if not any(_PORT_IS_TAKEN in line for line in log):
            raise RuntimeError(f"PostgreSQL did not start: {''.join(log)}")
    raise RuntimeError("PostgreSQL did not start: no port was free")


def _discard(process: "subprocess.Popen[str]") -> None:
    for _ in process.stderr or ():
        pass


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _as(user: pwd.struct_passwd | None) -> dict[str, int | list[int]]:
    """Returns the arguments of `subprocess` that run a program as a user; as the current one if None."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _unprivileged_user() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        return None


def _program(name: str) -> Path | None:
    """Returns the path of one of the server's programs; Debian keeps them in a folder of the version."""
    found = shutil.which(name)
    if found is not None:
        return Path(found)
    return max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]), default=None)
