"""An SFTP server on loopback that exports are sent to."""

import os
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko  # type: ignore[import-untyped]


class _Login(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, user: str, password: str) -> None:
        self.accepted = (user, password)

    def check_auth_password(self, username: str, password: str) -> int:
        return int(paramiko.AUTH_SUCCESSFUL if (username, password) == self.accepted else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        refused = paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return int(paramiko.OPEN_SUCCEEDED if kind == "session" else refused)

    def get_allowed_auths(self, username: str) -> str:
        return "password"


class _Files(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """The operations of SFTP that a writer of files needs."""

    root: Path
    opened_for_writing: list[str]

    def _real(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _tried(self, act: object, *arguments: object) -> int:
        assert callable(act)
        try:
            act(*arguments)
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno or 0))
        return int(paramiko.SFTP_OK)

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            return [paramiko.SFTPAttributes.from_stat(entry.stat(), entry.name) for entry in self._real(path).iterdir()]
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno or 0))

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self._real(path).stat())
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno or 0))

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        try:
            descriptor = os.open(self._real(path), flags, 0o666)
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno or 0))
        if flags & os.O_WRONLY:
            self.opened_for_writing.append(Path(path).name)
        file = os.fdopen(descriptor, "wb" if flags & os.O_WRONLY else "rb")
        handle = paramiko.SFTPHandle(flags)
        handle.filename = path
        handle.readfile = handle.writefile = file
        return handle

    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        return self._tried(self._real(path).mkdir)

    def remove(self, path: str) -> int:
        return self._tried(self._real(path).unlink)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return self._tried(self._real(oldpath).replace, self._real(newpath))


class SftpFolder:
    """An SFTP server for the files below `root`, on a free port of loopback."""

    def __init__(self, root: Path, *, user: str, password: str) -> None:
        self.login = _Login(user, password)
        self.opened_for_writing: list[str] = []
        self.files = type("Files", (_Files,), {"root": root, "opened_for_writing": self.opened_for_writing})
        self.key = paramiko.RSAKey.generate(2048)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.transports: list[paramiko.Transport] = []
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, self.files)
            self.transports.append(transport)
            try:
                transport.start_server(server=self.login)
            except (EOFError, paramiko.SSHException):
                continue

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for transport in self.transports:
            transport.close()
        self.thread.join()
