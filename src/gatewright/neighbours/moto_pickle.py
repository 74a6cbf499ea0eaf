"""A pickler for moto's backends: locks, private keys, lambdas and dictionaries that pickle itself would not get back.

Part of the embedded moto server's child process. Lambdas are kept as code, so the result is bound to one version of
Python (see moto_state.py).
"""

import importlib
import marshal
import pickle
import threading
import types
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

LOCKS: dict[type, Callable[[], object]] = {
    type(threading.Lock()): threading.Lock,
    type(threading.RLock()): threading.RLock,
}


class MotoPickler(pickle.Pickler):
    """Writes what `pickle.load` reads back."""

    def reducer_override(self, value: Any) -> Any:
        if type(value) in LOCKS:
            return LOCKS[type(value)], ()
        if isinstance(value, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            return private_key, (value.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),)
        if isinstance(value, defaultdict) and type(value).__init__ is not defaultdict.__init__:
            return default_dictionary, (type(value), value.default_factory), value.__dict__, None, iter(value.items())
        if isinstance(value, types.FunctionType) and "<" in value.__qualname__:
            cells = tuple(cell.cell_contents for cell in value.__closure__ or ())
            return local_function, (marshal.dumps(value.__code__), value.__module__, value.__defaults__, cells)
        return NotImplemented


def default_dictionary(kind: type[defaultdict[Any, Any]], default_factory: Callable[[], Any] | None) -> object:
    """An empty one again, of a class that wants other arguments than pickle gives."""
    made = kind.__new__(kind)
    made.default_factory = default_factory
    return made


def private_key(der: bytes) -> object:
    """A key again."""
    return load_der_private_key(der, None)


def local_function(code: bytes, module: str, defaults: tuple[Any, ...] | None, cells: tuple[Any, ...]) -> object:
    """A lambda or inner function again, with the globals of the module it came from."""
    names = importlib.import_module(module).__dict__
    closure = tuple(types.CellType(content) for content in cells)
    return types.FunctionType(marshal.loads(code), names, None, defaults, closure)
