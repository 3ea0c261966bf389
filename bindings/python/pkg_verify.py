"""Verify, decide on and install firmware update packages, from files or a repository: `pkg_verify.h` through ctypes.

    with Keyring(data) as keyring, Package("update.pkg").verify_statements(keyring) as verified:
        verified.install_to_file("rootfs", "/dev/slot-b")

A call raises `Refused` if a rule refuses the package, and `Error` if it fails for another reason. What your readers
and storages raise comes out unchanged. Raise OSError when a medium fails: the library continues if it can do without
what it asked for, such as a journal. After any other exception it calls none of yours again in that call.

An object is used by one call at a time: a second call at the same time, from another thread or from a callback, raises
RuntimeError. Readers and storages are called in the thread that made the call. They may use other objects.
"""

from __future__ import annotations

import ctypes
import enum
import io
import itertools
import operator
import os
import pathlib
import signal
import sys
import threading
import types
from ctypes import CFUNCTYPE, POINTER, byref, c_bool, c_char_p, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from ctypes.util import find_library
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Protocol, Sequence, Tuple, Type, TypeVar, Union


class Verdict(enum.IntEnum):
    """What to do now."""

    INSTALL = 1  # install the package; if there are `seconds_left`, by then at the latest
    NOTIFY = 2  # show the notice of the package, then call `Choices.notified`
    ASK_DOWNLOAD = 3  # ask the user whether the package may be downloaded
    ASK_APPROVAL = 4  # ask the user whether the package may be installed
    WAIT = 5  # decide again later: `seconds_left` says when
    REFUSE = 6  # none of the packages may be used on this device
    ADVISE = 7  # show the text of the package, then call `Choices.notified`; there is nothing to install
    NOTHING = 8  # there is nothing to do


class Fit(enum.IntEnum):
    """How a package fits a device."""

    STEP = 1  # it is an update
    INSTALLED = 2  # it is installed already
    INFORMATIONAL = 3  # it is a notice or a withdrawal: it has no images


class Codec(enum.IntEnum):
    """How an image is stored in a package."""

    RAW = 1  # as it is
    ZSTD = 2  # compressed
    DELTA = 3  # as the difference to a base image


class Image(NamedTuple):
    """An image that a package delivers. Sizes are in bytes, digests are SHA-256."""

    component: str
    size: int
    sha256: bytes
    stored_size: int  # the size of its payload in the package
    codec: Codec
    base_size: int  # of the base that a delta needs; 0 for any other image
    base_sha256: Optional[bytes]  # None for an image that needs no base


# What you give to the library: readers, storages and bases.

_Self = TypeVar("_Self")
_Path = Union[str, "os.PathLike[str]"]


class Reader(Protocol):
    """Where a package is read from: a file that was opened with "rb", or a download. The package begins where the reader
    stands.

    If the reader also has `seek(at)` and `tell()` as files do, an install that resumes seeks past what is written
    already instead of reading it again, and `Package.verify` can read the package twice."""

    def read(self, size: int, /) -> bytes: ...


class Base(Protocol):
    """The base image that a delta starts from; `size` is its size in bytes."""

    @property
    def size(self) -> int: ...

    def read_at(self, at: int, size: int, /) -> bytes: ...


class Storage(Protocol):
    """Storage that the library writes to, such as a slot or a partition, of `capacity` bytes at most. `read_at` returns
    exactly `size` bytes, also where nothing was ever written; it is None if the storage cannot be read back."""

    capacity: int

    def read_at(self, at: int, size: int, /) -> bytes: ...

    def write_at(self, at: int, data: bytes, /) -> Optional[int]: ...

    def sync(self) -> None:
        """Returns once everything that was written survives a power cut."""


class Request(NamedTuple):
    """A request for the file of a repository at `path` below its address. `etag` is sent as If-None-Match. For a part, `first`
    is the place of its first byte, and `length` how many bytes are wanted; None means up to the end."""

    path: str
    etag: Optional[str] = None
    first: Optional[int] = None
    length: Optional[int] = None

    @property
    def headers(self) -> Dict[str, str]:
        """The headers of HTTP that say so."""
        headers = {"Accept-Encoding": "identity"}
        if self.etag is not None:
            headers["If-None-Match"] = self.etag
        if self.first is not None:
            headers["Range"] = f"bytes={self.first}-" + ("" if self.length is None else str(self.first + self.length - 1))
        return headers


class Body(Protocol):
    """The body of an answer; `read` returns b"" at its end."""

    def read(self, size: int, /) -> bytes: ...


class Response(NamedTuple):
    """An answer: the status of HTTP, the body, and the headers ETag and Content-Range. A folder answers with 200 or 404."""

    status: int
    body: Body
    etag: Optional[str] = None
    content_range: Optional[str] = None


class Transport(Protocol):
    """Asks a server, a folder or a test for the files of a repository. It follows no redirect, and gives up on an answer that
    stops coming: raise OSError then, here or in the body. An earlier answer ends where the next request begins.

    If the transport also has `again(tries)`, that is called before a part of a package is asked for again because the answer
    broke off: it waits, and returns whether to try again. `tries` is how often in a row no byte came, from 1. Without it
    there are three tries, without a wait."""

    def ask(self, request: Request, /) -> Response: ...


class Target(NamedTuple):
    """Where the image of `component` goes. `base` is what a delta starts from. Messages call the storage by its `name`, by
    default the component. A journal resumes only an install to targets with the same names."""

    component: str
    storage: Storage
    base: Optional[Base] = None
    name: Optional[str] = None


class FileStorage:
    """A file or block device as storage of `capacity` bytes; a file that is missing is created. Without `capacity` it is
    opened for reading only, as a base."""

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
        """The current size of the file in bytes."""
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
_SEEK = CFUNCTYPE(c_int32, c_void_p, c_uint64)
_AGAIN = CFUNCTYPE(c_bool, c_void_p, c_uint32)


class _Reader(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("read", _READ), ("seek", _SEEK)]


class _Request(ctypes.Structure):
    _fields_ = [("path", c_char_p), ("etag", c_char_p), ("is_part", c_bool), ("first", c_uint64), ("length", c_uint64)]


class _Response(ctypes.Structure):
    _fields_ = [("status", c_uint32), ("etag", c_char_p), ("content_range", c_char_p)]


_ASK = CFUNCTYPE(c_int32, c_void_p, POINTER(_Request), POINTER(_Response))


class _Transport(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("ask", _ASK), ("read", _READ), ("again", _AGAIN)]


class _Base(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("size", c_uint64), ("read_at", _AT)]


class _Storage(ctypes.Structure):
    _fields_ = [("user", c_void_p), ("capacity", c_uint64), ("read_at", _AT), ("write_at", _AT), ("sync", _SYNC)]


class _Target(ctypes.Structure):
    _fields_ = [("component", c_char_p), ("name", c_char_p), ("storage", POINTER(_Storage)), ("base", POINTER(_Base))]


class _Image(ctypes.Structure):
    _fields_ = [
        ("component", c_char_p),
        ("size", c_uint64),
        ("sha256", c_uint8 * 32),
        ("stored_size", c_uint64),
        ("codec", c_uint32),
        ("base_size", c_uint64),
        ("base_sha256", c_uint8 * 32),
    ]


def _image(pointer: Any) -> Optional[Image]:
    """What C says of an image; None after the last one."""
    if not pointer:
        return None
    image = pointer.contents
    base = bytes(image.base_sha256) if image.base_size else None
    component, codec = image.component.decode(), Codec(image.codec)
    return Image(component, image.size, bytes(image.sha256), image.stored_size, codec, image.base_size, base)


class _Raised:
    """What callbacks raised during one call. An interrupt is held back meanwhile, except while the user's own code runs in
    a callback: nothing could catch it between Python and C."""

    def __init__(self) -> None:
        self.exception: Optional[BaseException] = None
        self.ends = False
        # Only the main thread is interrupted. A handler that was not set from Python is left alone.
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
    """The call in this thread that callbacks belong to; None while the user's own code runs in one."""

    raised: Optional[_Raised] = None


_calls = _Calls()


def _lend(kind: Any, failed: int, call: Callable[..., int]) -> Any:
    """A callback that hands what is raised in it to the call, not to C."""

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
    """Calls C. If the stack overflows at the entry of a callback, ctypes tells only `sys.unraisablehook`."""
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


def _read(lent: Union[Reader, Body], buffer: int, size: int) -> int:
    data = memoryview(lent.read(size)).tobytes()
    if len(data) > size:
        raise ValueError(f"read gave {len(data)} bytes where {size} were asked for")
    ctypes.memmove(buffer, data, len(data))
    return len(data)


def _reader(lent: Reader) -> _Reader:
    _needs(lent, "read")

    def read(buffer: int, size: int) -> int:
        return _read(lent, buffer, size)

    go_to = _seeker(lent)

    def seek(at: int) -> int:
        assert go_to is not None
        go_to(at)
        return 0

    return _Reader(None, _lend(_READ, -1, read), _SEEK() if go_to is None else _lend(_SEEK, -1, seek))


class _Answer:
    """The last answer of a transport: C reads its body and keeps pointers to its headers."""

    body: Body
    etag: Optional[bytes]
    content_range: Optional[bytes]


def _header(value: Optional[str]) -> Optional[bytes]:
    """A header as C takes it. What a server sends is no reason to fail: one that is no text counts as none."""
    try:
        return None if value is None else _text(value)
    except ValueError:
        return None


def _transport(lent: Transport) -> _Transport:
    _needs(lent, "ask")
    last = _Answer()

    def ask(request: Any, response: Any) -> int:
        asked = request.contents
        etag = None if asked.etag is None else asked.etag.decode()
        part = (asked.first, asked.length or None) if asked.is_part else (None, None)
        status, last.body, etag, content_range = lent.ask(Request(asked.path.decode(), etag, *part))
        last.etag, last.content_range = _header(etag), _header(content_range)
        answer = response.contents
        answer.status, answer.etag, answer.content_range = _number("u32", status), last.etag, last.content_range
        return 0

    def read(buffer: int, size: int) -> int:
        return _read(last.body, buffer, size)

    def again(tries: int) -> bool:
        return bool(lent.again(tries))  # type: ignore[attr-defined]

    again_ = _lend(_AGAIN, False, again) if hasattr(lent, "again") else _AGAIN()
    return _Transport(None, _lend(_ASK, -1, ask), _lend(_READ, -1, read), again_)


def _seeker(lent: Any) -> Optional[Callable[[int], object]]:
    """How a reader goes to a byte of the package, which begins where it stands now; None for a stream."""
    try:
        if hasattr(lent, "seekable") and not lent.seekable():
            return None
        start, seek = lent.tell(), lent.seek
        # A class may inherit a seek that only raises.
        seek(start)
    except (AttributeError, OSError):
        return None
    return lambda at: seek(start + at)


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


_NUMBERS = {"u32": c_uint32, "result": c_uint32, "u64": c_uint64, "i64": c_int64, "size": c_size_t, "fit": c_uint32, "verdict": c_uint32}


def _number(kind: str, value: int) -> int:
    value = operator.index(value)
    if _NUMBERS[kind](value).value != value:
        raise OverflowError(f"{value} is no {kind}")
    return value


# The types of an argument in C, and how a value of Python is passed. Handles add themselves.
_ARGUMENTS: Dict[str, Tuple[List[Any], Callable[[Any], List[Any]]]] = {
    "text": ([c_char_p], lambda value: [_text(value)]),
    "bytes": ([c_char_p, c_size_t], lambda value: _counted(_bytes(value))),
    "digest": ([c_char_p], lambda value: [_digest(value)]),
    "bool": ([c_bool], lambda value: [_bool(value)]),
    "result": ([c_uint32], lambda value: [_number("result", value)]),
    "u64": ([c_uint64], lambda value: [_number("u64", value)]),
    "i64": ([c_int64], lambda value: [_number("i64", value)]),
    "size": ([c_size_t], lambda value: [_number("size", value)]),
    "reader": ([POINTER(_Reader)], lambda value: [value]),
    "storage": ([POINTER(_Storage)], lambda value: [value]),
    "transport": ([POINTER(_Transport)], lambda value: [value]),
    "targets": ([POINTER(_Target), c_size_t], lambda value: _counted((_Target * len(value))(*value))),
    "packages": (
        [POINTER(c_void_p), c_size_t],
        lambda value: _counted((c_void_p * len(value))(*(package._address.value for package in value))),
    ),
}

# The outputs of a function: the types in C, how to make a place for it, and how to read that place.
_OUTPUTS: Dict[str, Tuple[List[Any], Callable[[], Any], Callable[[Any], Any]]] = {
    "=u64": ([POINTER(c_uint64)], c_uint64, lambda place: place.value),
    "=bool": ([POINTER(c_bool)], c_bool, lambda place: place.value),
    "=size": ([POINTER(c_size_t)], c_size_t, lambda place: place.value),
    "=fit": ([POINTER(c_uint32)], c_uint32, lambda place: Fit(place.value)),
    "=digest": ([c_void_p], lambda: ctypes.create_string_buffer(32), lambda place: place.raw),
    # No state is larger: the storage of a store has 256 KiB, for two of them.
    "=buffer": ([c_void_p, c_size_t], lambda: ctypes.create_string_buffer(128 << 10), lambda place: place.raw),
    # Neither the record of a repository nor the file of one keyring is larger.
    "=large": ([c_void_p, c_size_t], lambda: ctypes.create_string_buffer(4 << 20), lambda place: place.raw),
    "=text": ([POINTER(c_void_p)], lambda: _Text(), lambda place: ctypes.string_at(place._address.value).decode()),
}

# Every function except those that free. `?` marks what may be NULL, `+` a handle that the function fills, `-` one that it
# uses up, `=` an output and `->` what it returns; without `->` it returns a result and its last argument is an error.
# A test compares this with the header.
_FUNCTIONS = """
    choices_new text? +choices
    choices_set_automatic choices bool bool
    choices_set_approval choices text
    choices_elapse choices u64
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
    decision_corrective decision -> text
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
    error_result error -> result
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
    verified_image verified size -> image
    verified_decode_memory verified -> u64
    verified_manifest_digest verified =digest
    verified_title verified text? =text
    records_open bytes +records
    records_line records packages i64 decision text? verified? =text
    repository_open text device bool transport keyring bytes +repository
    repository_elapse repository u64
    repository_look repository keyring device choices i64 =bool
    repository_overdue repository i64 -> i64
    repository_version repository -> u64
    repository_record repository =large =size
    repository_keyring repository =large =size
    repository_rewind repository bool
    repository_next repository keyring device choices +verified
    repository_delta repository keyring device verified +verified
    repository_package repository keyring device verified +verified
    state_to_text device choices keyring? =text
    state_from_text text keyring? +device +choices
    store_create storage bytes +store
    store_open storage u64 +store
    store_current store =buffer =size
    store_pending store =bool =digest
    store_update store bytes
    store_check store
    store_stage store digest bytes
    store_confirm store digest
    store_revert store
    result_name result -> text
    result_title result -> text
    result_fix result -> text
    version_number -> u32
    version_string -> text
"""


class _Function:
    """A function of the library that takes and returns values of Python."""

    def __init__(self, line: str):
        signature, _, self.returns = line.partition(" -> ")
        self.name, *self.tokens = signature.split()
        self.inputs = [token for token in self.tokens if token not in _OUTPUTS]
        self.c = getattr(_library, f"pkg_{self.name}")
        known = [_OUTPUTS.get(token) or _ARGUMENTS[token.rstrip("?")] for token in self.tokens]
        self.c.argtypes = [kind for each in known for kind in each[0]] + [POINTER(c_void_p)] * (not self.returns)
        returns = {"text": c_char_p, "bool": c_bool, "image": POINTER(_Image)}
        self.c.restype = returns.get(self.returns) or _NUMBERS[self.returns or "result"]

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
                if self.returns == "image":
                    return _image(value)
                return value.decode() if isinstance(value, bytes) else value
            self._must(arguments)
            outputs = tuple(read(place) for read, place in places)
            return outputs[0] if len(outputs) == 1 else outputs
        finally:
            for handle in busy:
                handle._lock.release()

    def _handles(self, values: Sequence[Any]) -> List[Tuple[_Handle, bool]]:
        """The handles among the arguments, each once, and whether the call fills it."""
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
        """Calls the function and raises its error."""
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
    """An object of the library. `close`, the end of `with` or the garbage collector frees it."""

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
        # Kept here: at the end of the interpreter the globals of the module may be gone.
        self._free = getattr(_library, f"pkg_{self._kind}_free")
        self._address = c_void_p()
        self._at = byref(self._address)

    @classmethod
    def _empty(cls: Type[_Made]) -> _Made:
        """A handle that a function will fill."""
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
        """Frees the object. Closing it twice is harmless."""
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


def _property(function: str, doc: str, make: Callable[[Any], Any] = lambda value: value) -> Any:
    """A property whose value a function of the library returns."""
    return property(lambda handle: make(getattr(_c, function)(handle)), doc=doc)


# What a client uses.


class Error(Exception):
    """A call failed. `result` is the number of the result and `name` its name, such as "IO"; `title` says what is wrong in
    a few words, `message` says why, and `fix` says what to do."""

    def __init__(self, result: int, message: str):
        super().__init__(result, message)
        self.result, self.message = result, message
        self.name: str = _c.result_name(result)
        self.title: str = _c.result_title(result)
        self.fix: str = _c.result_fix(result)

    def __str__(self) -> str:
        return f"[{self.name}] {self.message}\n{self.fix}"


class Refused(Error):
    """A rule refused the package: `name` is the id of the rule, such as "SIG-2"."""


def _error(result: int, message: str) -> Error:
    return (Refused if result < 9000 else Error)(result, message)


class Keyring(_Handle, kind="keyring"):
    """The keys that the device trusts.

    `data` is the contents of a keyring file from a place that you trust. The example keys of this project are public:
    accept them in tests only."""

    def __init__(self, data: bytes, *, danger_accept_example_keys: bool = False):
        super().__init__()
        _c.keyring_open(data, danger_accept_example_keys, self)

    def update(
        self, data: bytes, device: Optional[Device] = None, choices: Optional[Choices] = None
    ) -> int:
        """Updates to the newest version in a keyring file; returns by how many versions it rose. If that is above 0, store
        the file in place of the old one, and the state of `device` and `choices`, where revocations are noted."""
        versions: int = _c.keyring_update(self, data, device, choices)
        return versions

    version: int = _property("keyring_version", "The version of the keyring.")


class Device(_Handle, kind="device"):
    """A device: its product, the release that runs in each scope, its policy and its profile."""

    def __init__(self, vendor: str, name: str):
        super().__init__()
        _c.device_new(vendor, name, self)

    def add_hardware(self, hardware: str) -> None:
        """Adds a hardware id that the device answers to."""
        _c.device_add_hardware(self, hardware)

    def declare(self, scope: str, component: str) -> None:
        """Declares that a component belongs to a scope. The scope is empty until `set_installed` says what runs in it.
        Only what is declared is updated. A scope whose state was lost is not empty: do not declare it so."""
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
        """Sets which release runs in a scope, in place of what was set before. `manifest` is the SHA-256 of its
        manifest."""
        _c.device_set_installed(self, scope, line, sequence, feature_level, security_level, manifest)

    def add_image(self, scope: str, component: str, sha256: bytes) -> None:
        """Adds an image to the release that runs in a scope."""
        _c.device_add_image(self, scope, component, sha256)

    def set_policy(self, *, decode_memory: int = 0, jump: int = 0, accept_testing: bool = True) -> None:
        """Sets how many bytes of memory decoding may take, by how much a counter may rise in one step, and whether releases
        for testing are accepted. 0 means the default number."""
        _c.device_set_policy(self, decode_memory, jump, accept_testing)

    def set_profile(self, profile: str, *, busy: bool = False) -> None:
        """Sets the profile: "consumer", "component", "professional-network" or "industrial". `busy` says whether the device
        is doing something now that must not be interrupted."""
        _c.device_set_profile(self, profile, busy)

    def fits(self, package: Verified) -> Fit:
        """Checks whether a package fits the device: product, hardware, rollback, and the releases it applies to. Raises
        `Refused` if it does not."""
        fit: Fit = _c.device_fits(self, package)
        return fit

    def seen(self, package: Verified) -> None:
        """Tells the device that a package was verified. Call it for every package that was verified, used or not."""
        _c.device_seen(self, package)

    def installed(self, package: Verified) -> None:
        """Records that a package was installed and has started successfully: the device runs it now."""
        _c.device_installed(self, package)


class Package(_Handle, kind="package"):
    """A package that is not verified, from a path, bytes or a reader. It can be verified, once, and nothing else."""

    def __init__(self, source: Union[_Path, bytes, Reader]):
        super().__init__()
        self._again = _again(source)
        if isinstance(source, (str, os.PathLike)):
            _c.package_open_file(os.fspath(source), self)
        else:
            self._lent = lent = _reader(io.BytesIO(source) if isinstance(source, bytes) else source)
            _c.package_open(lent, self)

    def verify(self, keyring: Keyring, device: Optional[Device] = None) -> Verified:
        """Verifies the whole package as `pkg verify` does: signatures, statements, the policy of the device, and every byte
        to the end. From a path, bytes or a reader that can seek, the result can be installed: then the package is
        read a second time. From any other reader it cannot; use `verify_statements` to install from a stream."""
        whole = Verified._empty()
        whole._lent = self._lent
        _c.package_verify(self, keyring, device, whole)
        if self._again is None:
            return whole
        verified = self._again().verify_statements(keyring, device)
        if verified.manifest_digest != whole.manifest_digest:
            raise OSError("the package was replaced while it was read")
        return verified

    def verify_statements(self, keyring: Keyring, device: Optional[Device] = None) -> Verified:
        """Verifies signatures, statements and the policy of the device only. The payload is not read: it may be cut off or
        changed. `Verified.install` checks every chunk of it. The package is used up."""
        verified = Verified._empty()
        verified._lent = self._lent
        _c.package_verify_statements(self, keyring, device, verified)
        return verified


def _again(source: Union[_Path, bytes, Reader]) -> Optional[Callable[[], Package]]:
    """How to open a package once more from its start; None for a stream."""
    if isinstance(source, (str, os.PathLike, bytes)):
        return lambda: Package(source)
    go_to = _seeker(source)
    if go_to is None:
        return None

    def again() -> Package:
        go_to(0)
        return Package(source)

    return again


class Verified(_Handle, kind="verified"):
    """A package whose statements are verified. Its payload goes into storage by `install`, and nowhere else."""

    def __init__(self) -> None:
        raise TypeError("Package.verify and Package.verify_statements make these")

    def install(self, targets: Sequence[Target], journal: Optional[Storage] = None) -> None:
        """Installs the package: writes images to storage. With a journal of 8 KiB or more, an install that was interrupted
        resumes. The payload is used up. After a failure the images in the targets must not be used."""
        lent = None if journal is None else _storage(journal)
        _c.install(self, [_target(target) for target in targets], lent)

    def install_to_file(self, component: str, path: _Path, base: Optional[_Path] = None) -> None:
        """Installs one image to a file or block device, like `install`, with a journal beside it."""
        _c.install_to_file(self, component, os.fspath(path), None if base is None else os.fspath(base))

    def check(self) -> None:
        """Reads and checks the payload, which `verify_statements` left out, without installing. The payload is used up."""
        _c.verified_check(self)

    product: str = _property("verified_product", 'Vendor and name of the product, as in "acme cam-x1".')
    version: str = _property("verified_version", 'The version of the release; "" for a notice or a withdrawal.')
    is_security: bool = _property("verified_is_security", "Whether it is a security update.")
    decode_memory: int = _property("verified_decode_memory", "The bytes of memory that decoding needs at most.")
    manifest_digest: bytes = _property("verified_manifest_digest", "The SHA-256 of the manifest, which identifies it.")

    @property
    def fixes(self) -> Tuple[str, ...]:
        """The ids of the vulnerabilities that the package closes."""
        return self._each(_c.verified_fix)

    @property
    def images(self) -> Tuple[Image, ...]:
        """The images that the package delivers; none for a notice or a withdrawal."""
        return self._each(_c.verified_image)

    def _each(self, function: Callable[[Verified, int], Any]) -> Tuple[Any, ...]:
        """What a function returns for 0, 1 and so on, up to the first None."""
        found = (function(self, index) for index in itertools.count())
        return tuple(itertools.takewhile(lambda one: one is not None, found))

    def title(self, language: Optional[str] = None) -> str:
        """The title of the advisory in the language that fits best; "" if there is no advisory."""
        title: str = _c.verified_title(self, language)
        return title


class Choices(_Handle, kind="choices"):
    """What the user chose and was told, and what the device heard of withdrawn releases: everything that is remembered
    from one decision to the next. `language` is the tag of the language that notices are shown in."""

    def __init__(self, language: Optional[str] = None):
        super().__init__()
        _c.choices_new(language, self)

    def set_automatic(self, *, security: bool, feature: bool) -> None:
        """Sets whether security and feature updates install themselves. `security=False` is the user's opt-out."""
        _c.choices_set_automatic(self, security, feature)

    def set_approval(self, approval: str) -> None:
        """Sets what the user wants to approve first: "none", "install" or "download-and-install"."""
        _c.choices_set_approval(self, approval)

    def elapse(self, seconds: int) -> None:
        """Tells that so many seconds have passed on a monotonic clock since this was last called."""
        _c.choices_elapse(self, seconds)

    def is_new_answer(self, id: str) -> bool:
        """Whether an answer with this id is new. Apply only new answers, so that one that is sent twice counts once. The
        last 32 ids are remembered."""
        is_new: bool = _c.choices_is_new_answer(self, id)
        return is_new

    def heard(self, package: Verified) -> None:
        """Records what a package says about other releases, such as which are withdrawn. Call it for every package that was
        verified, shown or not."""
        _c.choices_heard(self, package)

    def notified(self, package: Verified, now: Optional[int] = None) -> None:
        """Records that the notice of the package was shown. `now` is the time in Unix seconds from a trusted clock."""
        _c.choices_notified(self, package, _clock(now))

    def approve_download(self, package: Verified) -> None:
        """Records that the user approved downloading the package."""
        _c.choices_approve_download(self, package)

    def approve(self, package: Verified) -> None:
        """Records that the user approved installing the package."""
        _c.choices_approve(self, package)

    def decline(self, package: Verified) -> None:
        """Records that the user declined the package."""
        _c.choices_decline(self, package)

    def postpone(self, package: Verified, now: Optional[int] = None) -> None:
        """Records that the user postponed the package. Raises Error "CANNOT-POSTPONE" if that was done as often as is
        allowed. `now` is the time in Unix seconds from a trusted clock."""
        _c.choices_postpone(self, package, _clock(now))

    def installed(self, package: Verified) -> None:
        """Records that the package was installed and has started successfully."""
        _c.choices_installed(self, package)


def _clock(now: Optional[int]) -> int:
    """Unix seconds of a trusted clock as C takes them: negative if there is none."""
    if now is not None and operator.index(now) < 0:
        raise ValueError("a time before 1970")
    return -1 if now is None else now


class Decision(_Handle, kind="decision"):
    """What to do now, and why."""

    # What it was made of: for the records, and to find `package`.
    _of: List[Verified]
    _now: int

    def __init__(self) -> None:
        raise TypeError("decide makes these")

    verdict: Verdict = _property("decision_verdict", "What to do now.", Verdict)
    seconds_left: Optional[int] = _property(
        "decision_seconds_left",
        "The seconds until the wait ends, or until the installation must be done; None if there is no such time.",
        lambda left: None if left < 0 else left,
    )
    reason: str = _property("decision_reason", 'Why, as one of the words of SPEC 9.3, such as "opted-out".')
    corrective: str = _property(
        "decision_corrective",
        'What the maker does about the installed release if it was withdrawn: "withdraw", "recall" or "stop-use"; "" if not.',
    )
    title: str = _property("decision_title", 'The first line of the notice, in the language of the user; "" if none.')
    text: str = _property("decision_text", 'What the notice says; "" if there is none.')
    action: str = _property("decision_action", 'What the notice asks the user to do; "" for nothing.')

    @property
    def package(self) -> Optional[Verified]:
        """The package that the decision is about; None if it is about none."""
        index = _c.decision_package(self)
        return None if index < 0 else self._of[index]


def decide(device: Device, choices: Choices, packages: Sequence[Verified], now: Optional[int] = None) -> Decision:
    """Decides what to do now with these verified packages. It changes nothing: do what it says, tell `choices` the
    outcome, and decide again. `now` is the time in Unix seconds from a trusted clock."""
    decision = Decision._empty()
    decision._of, decision._now = list(packages), _clock(now)
    _c.decide(device, choices, decision._of, decision._now, decision)
    return decision


class Repository(_Handle, kind="repository"):
    """A repository that a device follows: what its newest head lists, and what was seen of it. `id` is its id, which the device
    is made with; `record` is what `record` was in an earlier run; with `testing` the releases for testing are followed."""

    def __init__(
        self,
        id: str,
        device: Device,
        transport: Transport,
        keyring: Keyring,
        record: bytes = b"",
        *,
        testing: bool = False,
    ):
        super().__init__()
        self._lent = lent = _transport(transport)
        _c.repository_open(id, device, testing, lent, keyring, record, self)

    def elapse(self, seconds: int) -> None:
        """Tells that so many seconds have passed on a monotonic clock since this was last called."""
        _c.repository_elapse(self, seconds)

    def look(self, keyring: Keyring, device: Device, choices: Choices, now: Optional[int] = None) -> bool:
        """Asks whether there is a newer head, and returns whether one came. Raises `Refused` if what came is refused: "REP-3" is
        an older head, "REP-4" an alarm, two heads of one version. Whatever is raised, decide on the head in force afterwards.

        Where the head needs newer keys, `keyring` is updated. If its version rose, store `keyring_file` in place of the
        keyring file, then the state. `now` is the time in Unix seconds from a trusted clock."""
        is_newer: bool = _c.repository_look(self, keyring, device, choices, _clock(now))
        return is_newer

    def overdue(self, now: Optional[int] = None) -> Optional[int]:
        """By how many seconds a newer head is overdue: then say that updates may be withheld. None if there is no head."""
        seconds = _c.repository_overdue(self, _clock(now))
        return None if seconds < 0 else seconds

    version: int = _property("repository_version", "The version of the head in force; 0 if there is none.")
    record: bytes = _property(
        "repository_record",
        "What is to be stored at the end of a round: the head in force, and the statements that were fetched.",
        lambda found: found[0][: found[1]],
    )

    @property
    def keyring_file(self) -> Optional[bytes]:
        """The file of the newest keyring that came since the repository was opened; None if none did."""
        data: bytes
        size: int
        try:
            data, size = _c.repository_keyring(self)
        except Error as error:
            if error.name != "WRONG-ORDER":
                raise
            return None
        return data[:size]

    def rewind(self, *, all: bool = False) -> None:
        """Starts over with the first package. With `all`, a release that fits does not end it: for when that one could not be
        installed."""
        _c.repository_rewind(self, all)

    def next(self, keyring: Keyring, device: Device, choices: Choices) -> Optional[Verified]:
        """The statements of the next package that the device should look at; None if there is no more. Pass each to
        `Choices.heard` and `Device.seen`, and all of them to `decide`. If it raises, that package is left out; call it again
        for the next one."""
        verified = Verified._empty()
        _c.repository_next(self, keyring, device, choices, verified)
        return verified if verified._address else None

    def delta(self, keyring: Keyring, device: Device, decided: Verified) -> Verified:
        """Opens the delta from what runs to the release `decided`, a package of `next`; its payload comes from the repository
        while it is installed. Raises Error "MISSING" if there is none. Where it is refused, now or while it is installed,
        take `package`. An install that was interrupted resumes with the same journal."""
        return self._open(_c.repository_delta, keyring, device, decided)

    def package(self, keyring: Keyring, device: Device, decided: Verified) -> Verified:
        """Opens the full package of the release `decided`, like `delta`."""
        return self._open(_c.repository_package, keyring, device, decided)

    def _open(self, function: Any, keyring: Keyring, device: Device, decided: Verified) -> Verified:
        verified = Verified._empty()
        verified._lent = self._lent
        function(self, keyring, device, decided, verified)
        return verified


class Records(_Handle, kind="records"):
    """The end of a file of records, which is the evidence that a user was told and could choose. `lines` is the contents of
    the file, or nothing."""

    def __init__(self, lines: bytes):
        super().__init__()
        _c.records_open(lines, self)

    def line(self, decision: Decision, choice: Optional[str] = None, chosen: Optional[Verified] = None) -> str:
        """The next line, with its line feed. Append it to the file before you act on the decision. `choice` is what the user
        chose just before, such as "approve", and `chosen` is the package that the choice is about."""
        line: str = _c.records_line(self, decision._of, decision._now, decision, choice, chosen)
        return line


def state_to_text(device: Device, choices: Choices, keyring: Optional[Keyring] = None) -> str:
    """The state as text, to be stored. The policy of the device is not in it. With a keyring, the text records which one is
    in force."""
    text: str = _c.state_to_text(device, choices, keyring)
    return text


def state_from_text(state: str, keyring: Optional[Keyring] = None) -> Tuple[Device, Choices]:
    """Reads the text that `state_to_text` made. With a keyring, raises `Refused` if that is older than the one that was in
    force."""
    device, choices = Device._empty(), Choices._empty()
    _c.state_from_text(state, keyring, device, choices)
    return device, choices


class Store(_Handle, kind="store"):
    """The state of a device in storage of 256 KiB, which survives a power cut at any moment."""

    def __init__(self, storage: Storage, least: int = 0):
        """Opens the state. Raises Error "STATE" if it is lost, which does not mean that the device is empty, or if it is older
        than generation `least`."""
        super().__init__()
        self._lent = lent = _storage(storage)
        _c.store_open(lent, least, self)

    @classmethod
    def create(cls, storage: Storage, state: bytes) -> Store:
        """Stores the first state of a device, when the device is made."""
        store = cls._empty()
        store._lent = lent = _storage(storage)
        _c.store_create(lent, state, store)
        return store

    current: bytes = _property("store_current", "The current state.", lambda found: found[0][: found[1]])
    pending: Optional[bytes] = _property(
        "store_pending",
        "The SHA-256 of the manifest that is installed and not confirmed yet; None if there is none.",
        lambda found: found[1] if found[0] else None,
    )

    def update(self, state: bytes) -> None:
        """Replaces the current state, for what changes without a boot."""
        _c.store_update(self, state)

    def check(self) -> None:
        """Checks that the state can still be written. Call it before an install begins."""
        _c.store_check(self)

    def stage(self, manifest: bytes, state: bytes) -> None:
        """Stores that an install is complete and waits to be booted, and what the state will be once it is confirmed."""
        _c.store_stage(self, manifest, state)

    def confirm(self, manifest: bytes) -> None:
        """The device runs what was staged: the staged state becomes the current one."""
        _c.store_confirm(self, manifest)

    def revert(self) -> None:
        """The device does not run what was staged: the current state stays."""
        _c.store_revert(self)


# The library itself.


def _bundled() -> str | None:
    """The library that came in the wheel."""
    folder = pathlib.Path(__file__).resolve().parent / "pkg_verify_library"
    return next((str(path) for path in folder.glob("*pkg_verify_c.*")), None)


def _load() -> ctypes.CDLL:
    path = os.environ.get("PKG_VERIFY_LIBRARY") or _bundled() or find_library("pkg_verify_c")
    remedy = "build it with `cargo build --release -p pkg-verify-c` and name its path in PKG_VERIFY_LIBRARY"
    if not path:
        raise ImportError(f"the library of pkg-verify-c is not installed: {remedy}")
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"{error}: {remedy}") from error


def _bind() -> Any:
    for kind in [*_Handle._kinds, "text"]:
        # They are only given `byref`. Checking types would need stack, and there may be none left.
        getattr(_library, f"pkg_{kind}_free").restype = None
    functions = [_Function(line.strip()) for line in _FUNCTIONS.strip().splitlines()]
    return types.SimpleNamespace(**{function.name: function for function in functions})


_library = _load()
try:
    _c = _bind()
except AttributeError as error:
    raise ImportError(f"{_library._name} is another library, or another version: {error}") from error

#: The version of the library, such as "0.1.0".
library_version: str = _c.version_string()
