"""Spyne 2.14, whose last release knows Python up to 3.10, on 3.12 and 3.13: import it from here.

Spyne carries its own copy of six 1.14, whose lazy modules use an import hook that Python 3.12 took
out; those of today's six take their place, and the hook goes. Spyne also imports `cgi`, which
Python 3.13 took out; the requirement `legacy-cgi` brings it back. What spyne logs is switched off:
it writes whole requests, passwords among them, when one cannot be read. So is the full collection
of garbage that it runs every second of traffic.
"""

from __future__ import annotations

import logging
import sys
import warnings
from importlib import import_module

_MOVES = (
    "moves",
    "moves.collections_abc",
    "moves.http_cookies",
    "moves.urllib",
    "moves.urllib.error",
    "moves.urllib.parse",
    "moves.urllib.request",
)


def _use_current_moves() -> None:
    for name in _MOVES:
        sys.modules[f"spyne.util.six.{name}"] = import_module(f"six.{name}")


def _remove_import_hook() -> None:
    sys.meta_path[:] = [_ for _ in sys.meta_path if type(_).__module__ != "spyne.util.six"]


def _leave_garbage_alone() -> None:
    spyne.const.MIN_GC_INTERVAL = float("inf")


def _silence() -> None:
    logger = logging.getLogger("spyne")
    logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False


_use_current_moves()
_silence()
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import spyne.const
    from spyne import Application, Array, Fault, Integer32, ServiceBase, Unicode, rpc
    from spyne.const.http import HTTP_500
    from spyne.protocol.soap import Soap11
    from spyne.server.wsgi import WsgiApplication
_remove_import_hook()
_leave_garbage_alone()

__all__ = [
    "HTTP_500",
    "Application",
    "Array",
    "Fault",
    "Integer32",
    "ServiceBase",
    "Soap11",
    "Unicode",
    "WsgiApplication",
    "rpc",
]
