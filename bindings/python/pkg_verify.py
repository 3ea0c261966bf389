"""Verify, decide on and install firmware update packages: `pkg_verify.h` for Python, by ctypes.

    with Keyring(data) as keyring, Package("update.pkg").verify_statements(keyring) as verified:
        verified.install_to_file("rootfs", "/dev/slot-b")

A refusal is a `Refused`, whatever else fails an `Error`; what a reader or a storage of yours raises comes out
as itself. An OSError there says that the medium failed: where the library can do without what was to be read,
such as a journal, it goes on. After any other exception nothing of yours is called again in that call.

A handle is used by one call at a time, whatever thread it comes from: another one gets a RuntimeError. Readers
and storages are called by the thread that called, and may use other handles than those of the call.
"""

from __future__ import annotations

import ctypes
import enum
import io
import itertools
import operator
import os
import signal
import sys
import threading
import types
from ctypes import CFUNCTYPE, POINTER, byref, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from ctypes.util import find_library
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Protocol, Sequence, Tuple, Type, TypeVar, Union

# What to do now, and how a package fits a device; the header says more of each.
Verdict = enum.IntEnum("Verdict", "INSTALL NOTIFY ASK_DOWNLOAD ASK_APPROVAL WAIT REFUSE ADVISE NOTHING")
Fit = enum.IntEnum("Fit", "STEP INSTALLED WORDS")


# What the caller lends.

_Self = TypeVar("_Self")
_Path = Union[str, "os.PathLike[str]"]


class Reader(Protocol):
    """Where a package is read from, once, from its first byte to its last: a file opened with "rb", or a download."""

    def read(self, size: int, /) -> bytes: ...


class Base(Protocol):
    """The image that a delta starts from."""

    size: int

    def read_at(self, at: int, size: int, /) -> bytes: ...


class Storage(Protocol):
    """A slot, a partition. `read_at` gives zeros for what was never written, and is None where nothing can be read."""

    capacity: int

    def read_at(self, at: int, size: int, /) -> bytes: ...

    def write_at(self, at: int, data: bytes, /) -> Optional[int]: ...

    def sync(self) -> None:
        """Returns once everything that was written outlasts a power cut."""


class Target(NamedTuple):
    """Where one image goes. A journal is good for the same names only."""

    component: str
    storage: Storage
    base: Optional[Base] = None
    name: Optional[str] = None


class FileStorage:
    """A file or block device as storage of `capacity` bytes, made where there is none; without a capacity only to be
    read, as a base."""

    def __init__(self, path: _Path, capacity: Optional[int] = None):
        self.capacity = capacity or 0
        flags = os.O_RDONLY if capacity is None else os.O_RDWR | os.O_CREAT
        opener = lambda path, _: os.open(path, flags | os.O_CLOEXEC, 0o666)  # noqa: E731
        self._file = io.FileIO(path, "rb" if capacity is None else "r+b", opener=opener)
        if capacity is not None:  # The name of a new file is to last too.
            folder = os.open(os.path.dirname(os.path.abspath(path)), os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)

    @property
    def size(self) -> int:
        """The size of the file as it is."""
        return self._file.seek(0, os.SEEK_END)

    def read_at(self, at: int, size: int, /) -> bytes:
        data = b""
        while len(data) < size:
            piece = os.pread(self._file.fileno(), size - len(data), at + len(data))
            data += piece or bytes(size - len(data))
        return data

    def write_at(self, at: int, data: bytes, /) -> None:
        while data:
            written = os.pwrite(self._file.fileno(), data, at)
            data, at = data[written:], at + written

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# From Python to C and back.

_Made = TypeVar("_Made", bound="_Handle")
_READ = CFUNCTYPE(c_int64, c_void_p, c_void_p, c_size_t)
_AT = CFUNCTYPE(c_int32, c_void_p, c_uint64, c_void_p, c_size_t)
_SYNC = CFUNCTYPE(c_int32, c_void_p)


class _Reader(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("read", _READ)]


class _Base(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("size", c_uint64), ("read_at", _AT)]


class _Storage(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("capacity", c_uint64), ("read_at", _AT), ("write_at", _AT), ("sync", _SYNC)]


class _Target(ctypes.Structure):
    _fields_ = [("component", c_char_p), ("name", c_char_p), ("storage", POINTER(_Storage)), ("base", POINTER(_Base))]


class _Raised:
    """What callbacks raised during one call. An interrupt waits meanwhile, but where code of the user runs in a callback:
    between Python and C nothing could catch it."""

    def __init__(self) -> None:
        self.exception: Optional[BaseException] = None
        self.ends = False
        # Only the main thread is interrupted; a handler that is none of Python's is left alone.
        self.in_main = threading.current_thread() is threading.main_thread()
        self.handler = signal.getsignal(signal.SIGINT) if self.in_main else None
        self.struck = False

    def note(self, exception: BaseException) -> None:
        if not self.ends:
            self.exception, self.ends = exception, not isinstance(exception, OSError)

    def strike(self, *_: Any) -> None:
        self.struck = True

    def hold(self) -> None:
        if callable(self.handler):
            signal.signal(signal.SIGINT, self.strike)

    def let_go(self) -> None:
        if callable(self.handler):
            signal.signal(signal.SIGINT, self.handler)
            if self.struck:
                self.struck = False
                self.handler(signal.SIGINT, None)


class _Calls(threading.local):
    """The call of this thread that callbacks are for; None while code of the user runs in one."""

    raised: Optional[_Raised] = None


_calls = _Calls()


def _lend(kind: Any, failed: int, call: Callable[..., int]) -> Any:
    """A callback that gives what is raised in it to the call, and not to C."""

    def run(_user: object, *arguments: Any) -> int:
        raised, _calls.raised = _calls.raised, None
        assert raised is not None
        try:
            if raised.ends:
                return failed
            try:
                raised.let_go()
                return call(*arguments)
            finally:
                raised.hold()
        except BaseException as exception:
            raised.note(exception)
            return failed
        finally:
            _calls.raised = raised

    return kind(run)


def _run(function: Any, arguments: List[Any]) -> Tuple[Any, _Raised]:
    """Calls C. Where the stack ends at the entry of a callback, ctypes tells `sys.unraisablehook` and nobody else."""
    raised, outer, hook = _Raised(), _calls.raised, sys.unraisablehook

    def unraisable(args: Any) -> None:
        if _calls.raised is not None and "ctypes callback" in (args.err_msg or ""):
            _calls.raised.note(args.exc_value)
        else:
            hook(args)

    raised.hold()
    try:
        _calls.raised = raised
        if raised.in_main:
            sys.unraisablehook = unraisable
        return function(*arguments), raised
    finally:
        _calls.raised = outer
        if raised.in_main:
            sys.unraisablehook = hook
        raised.let_go()


def _needs(lent: Any, *names: str) -> None:
    missing = [name for name in names if not hasattr(lent, name)]
    if missing:
        raise TypeError(f"{type(lent).__name__} has no {', '.join(missing)}")


def _reader(lent: Reader) -> _Reader:
    _needs(lent, "read")

    def read(buffer: int, size: int) -> int:
        data = memoryview(lent.read(size)).tobytes()
        if len(data) > size:
            raise ValueError(f"read gave {len(data)} bytes where {size} were asked for")
        ctypes.memmove(buffer, data, len(data))
        return len(data)

    return _Reader(None, _lend(_READ, -1, read))


def _read_at(lent: Union[Base, Storage]) -> Any:
    def read_at(at: int, buffer: int, size: int) -> int:
        data = memoryview(lent.read_at(at, size)).tobytes()
        if len(data) != size:
            raise ValueError(f"read_at gave {len(data)} bytes where {size} were asked for")
        ctypes.memmove(buffer, data, size)
        return 0

    return _lend(_AT, -1, read_at)


def _base(lent: Base) -> _Base:
    _needs(lent, "size", "read_at")
    return _Base(None, _number("u64", lent.size), _read_at(lent))


def _storage(lent: Storage) -> _Storage:
    _needs(lent, "capacity", "read_at", "write_at", "sync")

    def write_at(at: int, data: int, size: int) -> int:
        written = lent.write_at(at, ctypes.string_at(data, size))
        if written not in (None, size):
            raise OSError(f"write_at wrote {written} bytes of {size}")
        return 0

    def sync() -> int:
        lent.sync()
        return 0

    read_at = _AT() if lent.read_at is None else _read_at(lent)
    capacity = _number("u64", lent.capacity)
    return _Storage(None, capacity, read_at, _lend(_AT, -1, write_at), _lend(_SYNC, -1, sync))


def _target(target: Target) -> _Target:
    if not isinstance(target, Target):
        raise TypeError(f"expected Target, found {type(target).__name__}")
    component = _text(target.component)
    name = component if target.name is None else _text(target.name)
    base = None if target.base is None else ctypes.pointer(_base(target.base))
    return _Target(component, name, ctypes.pointer(_storage(target.storage)), base)


def _text(value: str) -> bytes:
    if not isinstance(value, str):
        raise TypeError(f"expected str, found {type(value).__name__}")
    if "\0" in value:
        raise ValueError("a zero character in a text")
    return value.encode()


def _bytes(value: Any) -> bytes:
    return memoryview(value).tobytes()


def _counted(several: Any) -> List[Any]:
    return [several, len(several)]


def _digest(value: Any) -> bytes:
    data = _bytes(value)
    if len(data) != 32:
        raise ValueError(f"a digest has 32 bytes, not {len(data)}")
    return data


def _bool(value: bool) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected bool, found {type(value).__name__}")
    return value


_NUMBERS = {"u32": c_uint32, "u64": c_uint64, "i64": c_int64, "size": c_size_t, "fit": c_uint32, "verdict": c_uint32}


def _number(kind: str, value: int) -> int:
    value = operator.index(value)
    if _NUMBERS[kind](value).value != value:
        raise OverflowError(f"{value} is no {kind}")
    return value


# The types that an argument has in C, and what is passed for a value of Python. Handles add themselves.
_ARGUMENTS: Dict[str, Tuple[List[Any], Callable[[Any], List[Any]]]] = {
    "text": ([c_char_p], lambda value: [_text(value)]),
    "bytes": ([c_char_p, c_size_t], lambda value: _counted(_bytes(value))),
    "digest": ([c_char_p], lambda value: [_digest(value)]),
    "bool": ([c_bool], lambda value: [_bool(value)]),
    "u32": ([c_uint32], lambda value: [_number("u32", value)]),
    "u64": ([c_uint64], lambda value: [_number("u64", value)]),
    "i64": ([c_int64], lambda value: [_number("i64", value)]),
    "size": ([c_size_t], lambda value: [_number("size", value)]),
    "reader": ([POINTER(_Reader)], lambda value: [value]),
    "storage": ([POINTER(_Storage)], lambda value: [value]),
    "targets": ([POINTER(_Target), c_size_t], lambda value: _counted((_Target * len(value))(*value))),
    "packages": (
        [POINTER(c_void_p), c_size_t],
        lambda value: _counted((c_void_p * len(value))(*(package._address.value for package in value))),
    ),
}

# What a function writes: its types in C, a place for it, and what Python makes of the place.
_OUTPUTS: Dict[str, Tuple[List[Any], Callable[[], Any], Callable[[Any], Any]]] = {
    "=u64": ([POINTER(c_uint64)], c_uint64, lambda place: place.value),
    "=bool": ([POINTER(c_bool)], c_bool, lambda place: place.value),
    "=size": ([POINTER(c_size_t)], c_size_t, lambda place: place.value),
    "=fit": ([POINTER(c_uint32)], c_uint32, lambda place: Fit(place.value)),
    "=digest": ([c_void_p], lambda: ctypes.create_string_buffer(32), lambda place: place.raw),
    # No state is larger: the storage of a store has 256 KiB, for two of them.
    "=buffer": ([c_void_p, c_size_t], lambda: ctypes.create_string_buffer(128 << 10), lambda place: place.raw),
    "=text": ([POINTER(c_void_p)], lambda: _Text(), lambda place: ctypes.string_at(place._address.value).decode()),
}

# Every function but those that free: what it is given, or NULL (`?`); a handle that it fills (`+`) or uses up (`-`);
# what it writes (`=`); what it returns (`->`), without which that is a result, and an error its last argument.
# A test holds this to the header.
_FUNCTIONS = """
    choices_new text? +choices
    choices_set_automatic choices bool bool
    choices_set_approval choices text
    choices_pass choices u64
    choices_is_new_answer choices text =bool
    choices_heard choices verified
    choices_notified choices verified i64
    choices_approve_download choices verified
    choices_approve choices verified
    choices_decline choices verified
    choices_postpone choices verified i64
    choices_installed choices verified
    decide device choices packages i64 +decision
    decision_verdict decision -> verdict
    decision_package decision -> i64
    decision_seconds_left decision -> i64
    decision_reason decision -> text
    decision_title decision -> text
    decision_text decision -> text
    decision_action decision -> text
    device_new text text +device
    device_add_hardware device text
    device_declare device text text
    device_set_installed device text text u64 u64 u64 digest?
    device_add_image device text text digest
    device_set_policy device u64 u64 bool
    device_set_profile device text bool
    device_fits device verified =fit
    device_seen device verified
    device_installed device verified
    error_message error -> text
    error_result error -> u32
    install verified targets storage?
    install_to_file verified text text text?
    keyring_open bytes bool +keyring
    keyring_update keyring bytes device? choices? =u64
    keyring_version keyring -> u64
    package_open reader +package
    package_open_file text +package
    package_verify -package keyring device? +verified
    package_verify_statements -package keyring device? +verified
    verified_check verified
    verified_product verified -> text
    verified_version verified -> text
    verified_is_security verified -> bool
    verified_fix verified size -> text
    verified_decode_memory verified -> u64
    verified_manifest verified =digest
    verified_title verified text? =text
    records_open bytes +records
    records_line records packages i64 decision text? verified? =text
    state_write device choices keyring? =text
    state_read text keyring? +device +choices
    store_create storage bytes +store
    store_open storage u64 +store
    store_current store =buffer =size
    store_pending store =bool =digest
    store_update store bytes
    store_check store
    store_stage store digest bytes
    store_confirm store digest
    store_revert store
    result_name u32 -> text
    result_title u32 -> text
    result_fix u32 -> text
"""


class _Function:
    """A function of the library that takes and gives values of Python."""

    def __init__(self, line: str):
        signature, _, self.returns = line.partition(" -> ")
        self.name, *self.tokens = signature.split()
        self.inputs = [token for token in self.tokens if token not in _OUTPUTS]
        self.c = getattr(_library, f"pkg_{self.name}")
        known = [_OUTPUTS.get(token) or _ARGUMENTS[token.rstrip("?")] for token in self.tokens]
        self.c.argtypes = [kind for each in known for kind in each[0]] + [POINTER(c_void_p)] * (not self.returns)
        self.c.restype = {"text": c_char_p, "bool": c_bool}.get(self.returns) or _NUMBERS[self.returns or "u32"]

    def __call__(self, *values: Any) -> Any:
        busy: List[_Handle] = []
        try:
            for handle, empty in self._handles(values):
                handle._begin(empty)
                busy.append(handle)
            arguments: List[Any] = []
            given, places = iter(values), []
            for token in self.tokens:
                if token in _OUTPUTS:
                    kinds, make, read = _OUTPUTS[token]
                    place = make()
                    places.append((read, place))
                    arguments.append(byref(getattr(place, "_address", place)))
                    if len(kinds) > 1:
                        arguments.append(len(place))
                else:
                    value = next(given)
                    null = value is None and token.endswith("?")
                    arguments += [None] if null else _ARGUMENTS[token.rstrip("?")][1](value)
            if self.returns:
                value = _run(self.c, arguments)[0]
                return value.decode() if isinstance(value, bytes) else value
            self._must(arguments)
            outputs = tuple(read(place) for read, place in places)
            return outputs[0] if len(outputs) == 1 else outputs
        finally:
            for handle in busy:
                handle._lock.release()

    def _handles(self, values: Sequence[Any]) -> List[Tuple[_Handle, bool]]:
        """The handles among the arguments, each once, and whether it is to be filled."""
        found: Dict[int, Tuple[_Handle, bool]] = {}
        for token, value in zip(self.inputs, values):
            several = token == "packages"
            kind = _Handle._kinds.get("verified" if several else token.strip("?+-"))
            if kind is None or value is None and token.endswith("?"):
                continue
            for handle in value if several else [value]:
                if not isinstance(handle, kind):
                    raise TypeError(f"expected {kind.__name__}, found {type(handle).__name__}")
                found[id(handle)] = (handle, token.startswith("+"))
        return list(found.values())

    def _must(self, arguments: List[Any]) -> None:
        """Calls, and raises what came of it."""
        failure = _Failure()
        result, raised = _run(self.c, arguments + [byref(failure._address)])
        try:
            if raised.ends and raised.exception:
                raise raised.exception
            if result:
                error = _error(_c.error_result(failure), _c.error_message(failure))
                if error.name == "IO" and raised.exception:
                    raise raised.exception
                raise error from raised.exception
        finally:
            del raised  # no cycle of frame and exception


class _Handle:
    """Something of the library's, which is freed by `close`, at the end of `with`, or with the object."""

    _kinds: Dict[str, Type[_Handle]] = {}
    _kind = ""
    _address = c_void_p()
    _lent: object = None

    def __init_subclass__(cls, kind: str = "") -> None:
        cls._kind = kind or cls._kind
        if not kind or kind in _ARGUMENTS:
            return
        _Handle._kinds[kind] = cls
        _ARGUMENTS[kind] = ([c_void_p], lambda handle: [handle._address])
        for token in (f"+{kind}", f"-{kind}"):
            _ARGUMENTS[token] = ([POINTER(c_void_p)], lambda handle: [byref(handle._address)])

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Kept here, because at the end of the interpreter nothing else may be left.
        self._free = getattr(_library, f"pkg_{self._kind}_free")
        self._address = c_void_p()
        self._at = byref(self._address)

    @classmethod
    def _empty(cls: Type[_Made]) -> _Made:
        """A handle that a function is to fill."""
        handle = cls.__new__(cls)
        _Handle.__init__(handle)
        return handle

    def _begin(self, empty: bool = False) -> None:
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(f"this {type(self).__name__} is in use by another call")
        if not empty and not self._address:
            self._lock.release()
            raise ValueError(f"this {type(self).__name__} is closed or used up")

    def close(self) -> None:
        """Frees it; to do so again does nothing."""
        self._begin(empty=True)
        try:
            self._free(self._at)
            self._lent = None
        finally:
            self._lock.release()

    def __del__(self) -> None:
        if self._address:
            self._free(self._at)

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Failure(_Handle, kind="error"):
    pass


class _Text(_Handle, kind="text"):
    pass


def _property(function: str, make: Callable[[Any], Any] = lambda value: value) -> Any:
    """What a function says of a handle."""
    return property(lambda handle: make(getattr(_c, function)(handle)))


# What a client uses.


class Error(Exception):
    """Something that could not be done: the number of the result, its name such as "IO", why, and what to do."""

    def __init__(self, result: int, message: str):
        super().__init__(result, message)
        self.result, self.message = result, message
        self.name: str = _c.result_name(result)
        self.title: str = _c.result_title(result)
        self.fix: str = _c.result_fix(result)

    def __str__(self) -> str:
        return f"[{self.name}] {self.message}\n{self.fix}"


class Refused(Error):
    """A rule refused it: `name` is its id, such as "SIG-2"."""


def _error(result: int, message: str) -> Error:
    return (Refused if result < 9000 else Error)(result, message)


class Keyring(_Handle, kind="keyring"):
    """The keys that are trusted: the bytes of a keyring file, from a place that you trust."""

    def __init__(self, data: bytes, *, danger_accept_example_keys: bool = False):
        super().__init__()
        _c.keyring_open(data, danger_accept_example_keys, self)

    def update(
        self, data: bytes, device: Optional[Device] = None, choices: Optional[Choices] = None
    ) -> int:
        """Goes on to a newer keyring file; by how many versions: if above 0, store the file, the device and the
        choices."""
        return _c.keyring_update(self, data, device, choices)

    version: int = _property("keyring_version")


class Device(_Handle, kind="device"):
    """A device: its product, what runs in each scope, its policy and its profile."""

    def __init__(self, vendor: str, name: str):
        super().__init__()
        _c.device_new(vendor, name, self)

    def add_hardware(self, hardware: str) -> None:
        _c.device_add_hardware(self, hardware)

    def declare(self, scope: str, component: str) -> None:
        """A component of a scope, which is empty unless `set_installed` says what runs there. Only what is declared
        is updated; a scope whose state was lost is not empty."""
        _c.device_declare(self, scope, component)

    def set_installed(
        self,
        scope: str,
        line: str,
        sequence: int,
        feature_level: int,
        security_level: int,
        manifest: Optional[bytes] = None,
    ) -> None:
        """Says what runs in a scope, in place of what was said before."""
        _c.device_set_installed(self, scope, line, sequence, feature_level, security_level, manifest)

    def add_image(self, scope: str, component: str, sha256: bytes) -> None:
        _c.device_add_image(self, scope, component, sha256)

    def set_policy(self, *, decode_memory: int = 0, jump: int = 0, accept_testing: bool = True) -> None:
        """What the device allows; 0 is the default of a number."""
        _c.device_set_policy(self, decode_memory, jump, accept_testing)

    def set_profile(self, profile: str, *, busy: bool = False) -> None:
        _c.device_set_profile(self, profile, busy)

    def fits(self, package: Verified) -> Fit:
        """Holds a package against the device; Refused where it does not fit."""
        return _c.device_fits(self, package)

    def seen(self, package: Verified) -> None:
        """To be called for every package that was verified, used or not."""
        _c.device_seen(self, package)

    def installed(self, package: Verified) -> None:
        """It was installed and its start confirmed: it is what runs now."""
        _c.device_installed(self, package)


class Package(_Handle, kind="package"):
    """A package that nobody vouched for, from a path, bytes or a reader: it can only be verified, once."""

    def __init__(self, source: Union[_Path, bytes, Reader]):
        super().__init__()
        self._again = _again(source)
        if isinstance(source, (str, os.PathLike)):
            _c.package_open_file(os.fspath(source), self)
        else:
            self._lent = lent = _reader(io.BytesIO(source) if isinstance(source, bytes) else source)
            _c.package_open(lent, self)

    def verify(self, keyring: Keyring, device: Optional[Device] = None) -> Verified:
        """Checks the whole package: signatures, statements, the policy of the device, and every byte to its end. From
        a path, bytes or a reader that can seek it can be installed then: it is read a second time. From any other
        reader it is used up; use `verify_statements` to install from a stream."""
        whole = Verified._empty()
        whole._lent = self._lent
        _c.package_verify(self, keyring, device, whole)
        if self._again is None:
            return whole
        verified = self._again().verify_statements(keyring, device)
        if verified.manifest != whole.manifest:
            raise OSError("the package was replaced while it was read")
        return verified

    def verify_statements(self, keyring: Keyring, device: Optional[Device] = None) -> Verified:
        """Checks signatures, statements and the policy of the device, and nothing else: the payload is unread and may
        be cut off or altered. `Verified.install` checks every chunk of it. The package is used up."""
        verified = Verified._empty()
        verified._lent = self._lent
        _c.package_verify_statements(self, keyring, device, verified)
        return verified


def _again(source: Union[_Path, bytes, Reader]) -> Optional[Callable[[], Package]]:
    """How to open a package once more from its start; None for a stream."""
    if isinstance(source, (str, os.PathLike, bytes)):
        return lambda: Package(source)
    try:
        start = source.tell()  # type: ignore[attr-defined]
        seek = source.seek  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return None

    def again() -> Package:
        seek(start)
        return Package(source)

    return again


class Verified(_Handle, kind="verified"):
    """A package whose statements are verified. Its payload goes into storage by `install`, and nowhere else."""

    def __init__(self) -> None:
        raise TypeError("Package.verify and Package.verify_statements make these")

    def install(self, targets: Sequence[Target], journal: Optional[Storage] = None) -> None:
        """Writes images to storage; with a journal of 8 KiB or more, goes on where an earlier install stopped.
        After a failure the targets hold nothing to be used, and the package is used up."""
        lent = None if journal is None else _storage(journal)
        _c.install(self, [_target(target) for target in targets], lent)

    def install_to_file(self, component: str, path: _Path, base: Optional[_Path] = None) -> None:
        """The same for one image, to a file or block device, with a journal beside it."""
        _c.install_to_file(self, component, os.fspath(path), None if base is None else os.fspath(base))

    def check(self) -> None:
        """Reads and checks what `verify_statements` left out, and installs nothing; the package is used up."""
        _c.verified_check(self)

    product: str = _property("verified_product")  # vendor and name of the product
    version: str = _property("verified_version")  # the version of a release, "" for words
    is_security: bool = _property("verified_is_security")

    @property
    def fixes(self) -> Tuple[str, ...]:
        """The ids of the vulnerabilities that it closes."""
        ids = (_c.verified_fix(self, index) for index in itertools.count())
        return tuple(itertools.takewhile(lambda fix: fix is not None, ids))

    decode_memory: int = _property("verified_decode_memory")  # the most bytes that decoding takes
    manifest: bytes = _property("verified_manifest")  # the digest of the manifest, 32 bytes

    def title(self, language: Optional[str] = None) -> str:
        """The title of the advisory in the best language there is, "" where there is none."""
        return _c.verified_title(self, language)


class Choices(_Handle, kind="choices"):
    """What the user chose and was told: everything that is remembered between decisions."""

    def __init__(self, language: Optional[str] = None):
        super().__init__()
        _c.choices_new(language, self)

    def set_automatic(self, *, security: bool, feature: bool) -> None:
        """Whether updates install themselves; the opt-out is `security=False`."""
        _c.choices_set_automatic(self, security, feature)

    def set_approval(self, approval: str) -> None:
        """What the user wants to approve: "none", "install" or "download-and-install"."""
        _c.choices_set_approval(self, approval)

    def elapse(self, seconds: int) -> None:
        """Monotonic seconds that passed since this was last called."""
        _c.choices_pass(self, seconds)

    def is_new_answer(self, id: str) -> bool:
        """Whether an answer with this id was not taken yet. Apply none that is not new: so an answer that is sent
        again counts once. The last 32 ids are remembered."""
        return _c.choices_is_new_answer(self, id)

    def heard(self, package: Verified) -> None:
        """To be called for every package that was verified, shown or not."""
        _c.choices_heard(self, package)

    def notified(self, package: Verified, now: Optional[int] = None) -> None:
        """Its notice was shown."""
        _c.choices_notified(self, package, _clock(now))

    def approve_download(self, package: Verified) -> None:
        _c.choices_approve_download(self, package)

    def approve(self, package: Verified) -> None:
        _c.choices_approve(self, package)

    def decline(self, package: Verified) -> None:
        _c.choices_decline(self, package)

    def postpone(self, package: Verified, now: Optional[int] = None) -> None:
        """Error "NO-MORE" where that was done as often as it may be."""
        _c.choices_postpone(self, package, _clock(now))

    def installed(self, package: Verified) -> None:
        """It was installed and its start confirmed."""
        _c.choices_installed(self, package)


def _clock(now: Optional[int]) -> int:
    """Unix seconds of a trusted clock. In C, below 0 there is none."""
    if now is not None and operator.index(now) < 0:
        raise ValueError("a time before 1970")
    return -1 if now is None else now


class Decision(_Handle, kind="decision"):
    """What to do now, and why. It keeps the packages and the time that it was made of."""

    _of: List[Verified]
    _now: int

    def __init__(self) -> None:
        raise TypeError("decide makes these")

    verdict: Verdict = _property("decision_verdict", Verdict)
    # Until the wait ends, or by when the installation is done.
    seconds_left: Optional[int] = _property("decision_seconds_left", lambda left: None if left < 0 else left)
    reason: str = _property("decision_reason")  # one of the words of SPEC 9.3, such as "opted-out"
    title: str = _property("decision_title")  # the notice in the user's language: one line
    text: str = _property("decision_text")  # the notice: what it is about
    action: str = _property("decision_action")  # the notice: what the user should do

    @property
    def package(self) -> Optional[Verified]:
        """Which of the packages it is about."""
        index = _c.decision_package(self)
        return None if index < 0 else self._of[index]


def decide(device: Device, choices: Choices, packages: Sequence[Verified], now: Optional[int] = None) -> Decision:
    """What to do now; `now` is that of a clock that is trusted. Do it, tell `choices`, and ask again."""
    decision = Decision._empty()
    decision._of, decision._now = list(packages), _clock(now)
    _c.decide(device, choices, decision._of, decision._now, decision)
    return decision


class Records(_Handle, kind="records"):
    """The end of a file of records, none or more lines: that a user was told and had the choice."""

    def __init__(self, lines: bytes):
        super().__init__()
        _c.records_open(lines, self)

    def line(self, decision: Decision, choice: Optional[str] = None, chosen: Optional[Verified] = None) -> str:
        """The next line, to be appended to the file before what was decided is done; `choice` is what the user chose
        just before, such as "approve", of which package."""
        return _c.records_line(self, decision._of, decision._now, decision, choice, chosen)


def state_write(device: Device, choices: Choices, keyring: Optional[Keyring] = None) -> str:
    """The state as text, to be stored. The policy of the device is not in it."""
    return _c.state_write(device, choices, keyring)


def state_read(state: str, keyring: Optional[Keyring] = None) -> Tuple[Device, Choices]:
    """What `state_write` wrote; with a keyring, refused where that is older than the one that was in force."""
    device, choices = Device._empty(), Choices._empty()
    _c.state_read(state, keyring, device, choices)
    return device, choices


class Store(_Handle, kind="store"):
    """The state of a device in storage of 256 KiB, through a power cut at any moment."""

    def __init__(self, storage: Storage, least: int = 0):
        """Opens it; Error "STATE" where it is lost, or older than generation `least`."""
        super().__init__()
        self._lent = lent = _storage(storage)
        _c.store_open(lent, least, self)

    @classmethod
    def create(cls, storage: Storage, state: bytes) -> Store:
        """Stores the first state of a device, where it is made."""
        store = cls._empty()
        store._lent = lent = _storage(storage)
        _c.store_create(lent, state, store)
        return store

    current: bytes = _property("store_current", lambda found: found[0][: found[1]])
    # The digest of the manifest that is installed and not confirmed yet.
    pending: Optional[bytes] = _property("store_pending", lambda found: found[1] if found[0] else None)

    def update(self, state: bytes) -> None:
        """Stores what became of the current state without a boot."""
        _c.store_update(self, state)

    def check(self) -> None:
        """Sees to it that the state can still be stored; before an install begins."""
        _c.store_check(self)

    def stage(self, manifest: bytes, state: bytes) -> None:
        """An install is complete and waits to be booted: what the state becomes when it is confirmed."""
        _c.store_stage(self, manifest, state)

    def confirm(self, manifest: bytes) -> None:
        """The device runs what was staged."""
        _c.store_confirm(self, manifest)

    def revert(self) -> None:
        """The device does not run what was staged."""
        _c.store_revert(self)


# The library itself.


def _load() -> ctypes.CDLL:
    path = os.environ.get("PKG_VERIFY_LIBRARY") or find_library("pkg_verify") or find_library("pkg_verify_c")
    remedy = "build it by `cargo build --release -p pkg-verify-c`, and name it in PKG_VERIFY_LIBRARY"
    if not path:
        raise ImportError(f"the library of pkg-verify-c is not installed: {remedy}")
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{error}: {remedy}") from error


def _bind() -> Any:
    for kind in [*_Handle._kinds, "text"]:
        # They are given `byref` alone. Types to check would need stack, and there may be none left.
        getattr(_library, f"pkg_{kind}_free").restype = None
    functions = [_Function(line.strip()) for line in _FUNCTIONS.strip().splitlines()]
    return types.SimpleNamespace(**{function.name: function for function in functions})


_library = _load()
try:
    _c = _bind()
except AttributeError as error:
    raise ImportError(f"{_library._name} is another library, or of another version: {error}") from error
