"""Which names a version of Live has, and objects that have no others."""

import sys
import threading
from pathlib import Path

TYPES = {"float": (float, int), "int": (int,), "str": (str,), "bool": (bool, int)}


def version_of(text):
    return tuple(int(part) for part in text.split("."))


class Kind:
    """What a version knows of a class: methods {name: (arguments, returned)}, properties
    {name: (type, settable)}.
    """

    def __init__(self, name):
        self.name = name
        self.short = name.split(".")[-1]
        self.methods = {}
        self.properties = {}


def read(version):
    """The classes of a version, by name."""
    text = Path(__file__).parent.with_name("live_api.txt").read_text(encoding="utf-8")
    kinds, kind = {}, None
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        told, absent = line.split(" ! ")[0], line.split(" ! ")[1:]
        what, since, rest = told.split(" ", 2)
        there = version_of(since) <= version and version not in map(version_of, absent)
        if what == "cls":
            kind = Kind(rest)
            if there:
                kinds[rest] = kind
        elif there and what == "fun":
            head, _, returned = rest.partition(" -> ")
            name, _, args = head[:-1].partition("(")
            returned, *earlier = returned.split(" < ")
            for each in earlier:
                until, before = each.split(" ")
                if version < version_of(until):
                    returned = before
                    break
            wanted = [each.rsplit(" ", 1) for each in args.split(", ")] if args else []
            kind.methods[name] = (wanted, returned)
        elif there:
            name, _, rest = rest.partition(": ")
            rest = rest.replace(" listen", "")
            kind_of, _, settable = rest.partition(" set ")
            kind.properties[name] = (
                kind_of,
                bool(settable) and version_of(settable) <= version,
            )
    return kinds


def check(where, wanted, value):
    """Raises TypeError as Boost does for what has another type."""
    if wanted in TYPES:
        right = isinstance(value, TYPES[wanted]) and not (
            isinstance(value, bool) and wanted in ("int", "float")
        )
    elif wanted.startswith("Iterable["):
        right = isinstance(value, (tuple, list)) and all(
            getattr(each, "kind", None) is not None and each.kind.short == wanted[9:-1]
            for each in value
        )
    elif wanted.startswith("Any") or wanted == "object":
        right = True
    else:
        if value is None and wanted.endswith("| None"):
            return
        kind = getattr(type(value), "kind", None)
        right = kind is not None and kind.short == wanted.replace(" | None", "")
    if not right:
        raise TypeError(f"Python argument types in {where}: {value!r} did not match {wanted}")


class OfLive(type):
    """Classes whose attributes are those of the version: `hasattr(Live.X, name)` tells."""

    def __getattr__(cls, name):
        kind = cls.__dict__.get("kind")
        if kind is not None and name in kind.methods:
            return kind.methods[name]
        if kind is not None and name in kind.properties:
            settable = kind.properties[name][1]
            return property(lambda self: None, (lambda self, value: None) if settable else None)
        raise AttributeError(f"this Live has no {cls.__name__}.{name}")


class Thing(metaclass=OfLive):
    """An object of Live. `get_x`, `set_x` and `do_x` of a subclass are what it does."""

    kind = None

    def __init__(self, _world, **values):
        own = self.__dict__
        own["world"] = _world
        own["values"] = values
        own["dead"] = False
        own["pointer"] = _world.next_pointer()

    def __getattribute__(self, name):
        # The script sees what Live has; what the stand-in keeps beside it is its own.
        asks = sys._getframe(1).f_globals.get("__name__", "")  # millions of times: no call
        if asks[:9] == "dawbridge" and name[:2] != "__":
            return Thing.__getattr__(self, name)
        return object.__getattribute__(self, name)

    def __getattr__(self, name):
        kind = type(self).kind
        self.world.touched(self, name)
        if name in kind.properties:
            get = _own(self, "get_" + name)
            if name == "_live_ptr":
                return self.pointer
            if get is not None:
                return get(self)
            if name in self.values:
                return self.values[name]
            raise NotImplementedError(f"the stand-in knows no value of {kind.name}.{name}")
        if name in kind.methods:
            return self._method(name)
        raise AttributeError(f"'{kind.short}' object has no attribute '{name}' here")

    def _method(self, name):
        kind = type(self).kind
        wanted, returned = kind.methods[name]
        do = _own(self, "do_" + name)
        if do is None:
            raise NotImplementedError(f"the stand-in knows no {kind.name}.{name}")

        def called(*given):
            self.world.touched(self, name)
            least = len([each for each in wanted if not each[1].endswith("?")])
            if not least <= len(given) <= len(wanted):
                raise TypeError(
                    f"Python argument types in {kind.short}.{name}: {len(given)} arguments"
                )
            for index, value in enumerate(given):
                check(f"{kind.short}.{name}", wanted[index][0], value)
            if not name.startswith(("get_", "is_", "begin_", "end_")):
                self.world.changing()
            result = do(self, *given)
            return None if returned == "None" else result

        return called

    def __setattr__(self, name, value):
        kind = type(self).kind
        self.world.touched(self, name)
        if name not in kind.properties:
            raise AttributeError(f"'{kind.short}' object has no attribute '{name}' here")
        type_, settable = kind.properties[name]
        if not settable:
            raise AttributeError(f"can't set attribute {name} of {kind.short}")
        check(f"{kind.short}.{name}", type_, value)
        self.world.changing()
        set_ = _own(self, "set_" + name)
        if set_ is not None:
            set_(self, value)
        else:
            self.values[name] = value

    def __eq__(self, other):
        if other is None:
            return self.dead
        return isinstance(other, Thing) and self.pointer == other.pointer

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return self.pointer


def _own(thing, name):
    """What the stand-in itself does under this name; None: nothing."""
    for each in type(thing).__mro__:
        if name in each.__dict__:
            return each.__dict__[name]
    return None


def thread():
    return threading.get_ident()
