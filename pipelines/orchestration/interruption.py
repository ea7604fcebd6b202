"""SIGINT and SIGTERM, remembered whoever handles them."""

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Makes SIGTERM interrupt this process as SIGINT does; yields a function that says whether one has arrived.

    While Dagster executes a job, it has handlers of its own for both signals; those around a step note a signal and
    then forget it. Python writes every signal to the wakeup file descriptor as well, whatever its handler does.
    Dagster gives SIGTERM the handler of SIGINT, which a shell ignores in what it starts in the background: both signals
    get one here.
    An interruption that Python raises in a finalizer has no effect there; it is remembered, so Python's report of it, a
    traceback, is left away.
    Outside the main thread no signal can be handled: there, none ever arrives.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    reader, writer = socket.socketpair()
    arrived = False

    def has_arrived() -> bool:
        nonlocal arrived
        # Nothing to read: no signal has arrived since the last look.
        with suppress(BlockingIOError):
            arrived = arrived or any(number in _SIGNALS for number in reader.recv(4096))
        return arrived

    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        previous = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        report = sys.unraisablehook

        def report_others(unraisable: "sys.UnraisableHookArgs") -> None:
            if unraisable.exc_type is not KeyboardInterrupt:
                report(unraisable)

        sys.unraisablehook = report_others
        try:
            for number in _SIGNALS:
                signal.signal(number, signal.default_int_handler)
            yield has_arrived
        finally:
            sys.unraisablehook = report
            signal.set_wakeup_fd(previous)
            for number, handler in before.items():
                signal.signal(number, handler)
