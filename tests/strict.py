"""A stand-in for CuPy that runs anywhere: NumPy behind arrays that refuse to become NumPy.

``from strict import strict`` and pass `strict` as ``xp``. `strict.asarray` wraps a host array,
`.get()` gives it back, and every implicit step between the two raises TypeError: a NumPy function
called on a wrapped array, a plain ndarray mixed with a wrapped one (as operand, argument, index or
assigned value), and ``float()``, ``int()``, ``bool()`` or ``if`` on a wrapped array. `.item()` is
explicit, so it is allowed; so are Python and NumPy scalars, lists of them, and iteration.
"""

import operator
import os
import types

import numpy as np

TAKES_HOST_ARRAYS = {"array", "asarray"}
MISSING_IN_CUPY = {
    "errstate", "seterr", "geterr", "nditer", "frompyfunc", "datetime64", "timedelta64",
    "datetime_as_string", "is_busday", "fromiter", "bitwise_count", "strings", "char", "rec", "ma",
}  # fmt: skip
SUBMODULES = {"linalg", "fft"}
PLAIN_ATTRIBUTES = {"dtype", "shape", "size", "ndim", "strides", "nbytes", "itemsize", "flags"}
PLAIN_METHODS = {"item", "tolist", "tobytes"}
BINARY = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift",
    "rshift", "matmul",
)  # fmt: skip
COMPARISONS = ("lt", "le", "eq", "ne", "gt", "ge")
UNARY = ("neg", "pos", "abs", "invert")


def _refuse(what):
    raise TypeError(f"strict: {what}; keep it in xp, or fetch it with .get() or .item()")


def _unwrap(value, host=False):
    if isinstance(value, StrictArray):
        return value._array
    if isinstance(value, np.ndarray) and not host:
        _refuse("a plain NumPy array met a device array or function")
    if isinstance(value, tuple):
        return tuple(_unwrap(each, host) for each in value)
    if isinstance(value, list):
        return [_unwrap(each, host) for each in value]
    if isinstance(value, dict):
        return {key: _unwrap(each, host) for key, each in value.items()}
    if isinstance(value, slice):
        return slice(*(_unwrap(part, host) for part in (value.start, value.stop, value.step)))
    return value


def _wrap(value):
    if isinstance(value, (np.ndarray, np.generic)):
        return StrictArray(np.asarray(value))
    if isinstance(value, tuple):
        return tuple(_wrap(each) for each in value)
    if isinstance(value, list):
        return [_wrap(each) for each in value]
    return value


class StrictArray:
    """An array that stays on its device until it is asked for."""

    def __init__(self, array):
        self._array = array

    def get(self):
        return self._array.copy()

    def __repr__(self):
        return f"StrictArray({self._array!r})"

    def __len__(self):
        return len(self._array)

    def __iter__(self):
        return (_wrap(each) for each in self._array)

    def __getitem__(self, index):
        return _wrap(self._array[_unwrap(index)])

    def __setitem__(self, index, value):
        self._array[_unwrap(index)] = _unwrap(value)

    def __array__(self, *args, **kwargs):
        _refuse("implicit conversion to NumPy")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        # A NumPy scalar on the left of an operator arrives here, and CuPy takes it as a scalar
        if method == "__call__" and len(inputs) == 2 and isinstance(inputs[0], np.generic):
            return _wrap(ufunc(*_unwrap(inputs), **_unwrap(kwargs)))
        _refuse(f"numpy.{ufunc.__name__} called on a device array")

    def __array_function__(self, function, types, args, kwargs):
        _refuse(f"numpy.{function.__name__} called on a device array")

    def __bool__(self):
        _refuse("truth value of a device array")

    def __float__(self):
        _refuse("float() of a device array")

    def __int__(self):
        _refuse("int() of a device array")

    def __complex__(self):
        _refuse("complex() of a device array")

    def __index__(self):
        _refuse("a device array used as an index or a size")

    def __getattr__(self, name):
        if name.startswith("__") or name in ("ctypes", "data", "base", "setflags"):
            raise AttributeError(name)
        value = getattr(self._array, name)
        if name in PLAIN_ATTRIBUTES:
            return value
        if not callable(value):
            return _wrap(value)
        if name in PLAIN_METHODS:
            return value
        return _forward(value)

    __hash__ = None


def _binary(function):
    def forward(self, other):
        return _wrap(function(self._array, _unwrap(other)))

    return forward


def _reflected(function):
    def forward(self, other):
        return _wrap(function(_unwrap(other), self._array))

    return forward


def _in_place(function):
    def forward(self, other):
        self._array = function(self._array, _unwrap(other))
        return self

    return forward


def _unary(function):
    return lambda self: _wrap(function(self._array))


for _name in BINARY:
    _function = getattr(operator, f"__{_name}__")
    setattr(StrictArray, f"__{_name}__", _binary(_function))
    setattr(StrictArray, f"__r{_name}__", _reflected(_function))
    setattr(StrictArray, f"__i{_name}__", _in_place(getattr(operator, f"__i{_name}__")))
for _name in COMPARISONS:
    setattr(StrictArray, f"__{_name}__", _binary(getattr(operator, f"__{_name}__")))
for _name in UNARY:
    setattr(StrictArray, f"__{_name}__", _unary(getattr(operator, f"__{_name}__")))
StrictArray.__divmod__ = _binary(divmod)


def _forward(function, host=False):
    def forward(*args, **kwargs):
        return _wrap(function(*_unwrap(args, host), **_unwrap(kwargs, host)))

    forward.__name__ = getattr(function, "__name__", "forward")
    for method in ("at", "reduce", "accumulate", "outer"):
        if isinstance(function, np.ufunc):
            setattr(forward, method, _forward(getattr(function, method)))
    return forward


class _Namespace(types.ModuleType):
    """NumPy's functions by name, on wrapped arrays alone."""

    def __init__(self, name, module):
        super().__init__(name)
        self._module = module

    def __getattr__(self, name):
        if name == "ndarray":
            return StrictArray
        if name in MISSING_IN_CUPY:
            raise AttributeError(f"strict: numpy.{name} has no counterpart in CuPy")
        value = getattr(self._module, name)
        if isinstance(value, types.ModuleType):
            if name not in SUBMODULES:
                raise AttributeError(f"strict: numpy.{name} is not offered")
            return _Namespace(f"{self.__name__}.{name}", value)
        if isinstance(value, type) or not callable(value):
            return value
        return _forward(value, host=name in TAKES_HOST_ARRAYS)


def _arrays():
    if (
        os.environ.get("KANSOKU_TEST_DEVICE") == "cuda"
    ):  # the same tests on a device: see `emulator`
        import cupy

        return cupy
    return _Namespace("strict", np)


strict = _arrays()
