"""`dataclass` as the standard library's, for frozen classes with slots, at a third of its price.

The standard decorator compiles about six functions a class, 0.4 ms; over a hundred node
classes that was a third of a cold command. This one compiles a single text, and sets fields through
their slots, which also makes nodes faster to build and to build anew. Type checkers see the
standard decorator.
docs/decisions/0004-cold-start.md has the figures.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    from dataclasses import MISSING, FrozenInstanceError, field, fields
    from dataclasses import dataclass as _plain
    from dataclasses import replace as _replace
    from operator import attrgetter

    _bare = _plain(init=False, repr=False, eq=False, slots=True)

    def dataclass(*, frozen, slots, eq=True):
        """Make a frozen class with slots; nothing else is on offer."""
        assert frozen
        assert slots
        return _with_eq if eq else _without_eq

    def replace(node, /, **changes):
        """Make NODE anew with CHANGES."""
        cls = node.__class__
        slots = cls.__dict__.get("_slots")
        if slots is None:  # a class of the standard decorator
            return _replace(node, **changes)
        new = cls.__new__(cls)
        for name, get, put in slots:
            put(new, changes.pop(name) if name in changes else get(node))
        if changes:
            raise TypeError(f"{cls.__qualname__} has no field {next(iter(changes))!r}")
        return new

    def _with_eq(cls):
        return _finish(_bare(cls), eq=True)

    def _without_eq(cls):
        return _finish(_bare(cls), eq=False)

    def _finish(cls, *, eq):
        own = fields(cls)
        defaults = {f"d_{f.name}": f.default for f in own if f.default is not MISSING}
        factories = {f"f_{f.name}": f.default_factory for f in own
                     if f.default_factory is not MISSING}  # fmt: skip
        setters = {f"s_{f.name}": getattr(cls, f.name).__set__ for f in own}
        scope = {**defaults, **factories, **setters, "MISSING": MISSING}
        exec(_text(own, defaults, factories), scope)  # noqa: S102  # our own field names
        made = {"__init__": scope["__init__"], **(_comparison(cls, own) if eq else {})}
        for name, method in made.items():
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
        cls.__repr__, cls.__setattr__, cls.__delattr__ = _repr, _refuse, _refuse
        cls.__getstate__, cls.__setstate__ = _get_state, _set_state
        slots = ((f.name, getattr(cls, f.name)) for f in own)
        cls._slots = tuple((name, slot.__get__, slot.__set__) for name, slot in slots)
        return cls

    def _comparison(cls, own):
        """Compare and hash by the fields that count; nothing is compiled for it."""
        compared = _values(f.name for f in own if f.compare)
        hashed = _values(f.name for f in own if (f.compare if f.hash is None else f.hash))

        def __eq__(self, other):  # noqa: N807
            if other.__class__ is not self.__class__:
                return NotImplemented
            return compared(self) == compared(other)

        def __hash__(self):  # noqa: N807
            return hash((cls, hashed(self)))

        return {"__eq__": __eq__, "__hash__": __hash__}

    def _values(names):
        names = tuple(names)
        return attrgetter(*names) if names else lambda _: ()

    def _text(own, defaults, factories):
        parameters = "".join(
            f", {f.name}=d_{f.name}" if f"d_{f.name}" in defaults
            else f", {f.name}=MISSING" if f"f_{f.name}" in factories
            else f", {f.name}"
            for f in own
        )  # fmt: skip
        lines = [f"def __init__(self{parameters}):", " pass"]
        for f in own:
            if f"f_{f.name}" in factories:
                lines.append(f" if {f.name} is MISSING: {f.name} = f_{f.name}()")
            lines.append(f" s_{f.name}(self, {f.name})")
        return "\n".join(lines)

    def _repr(self):
        shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self))
        return f"{type(self).__qualname__}({shown})"

    def _refuse(self, name, *_value):
        raise FrozenInstanceError(f"cannot change field {name!r}")

    def _get_state(self):
        return [getattr(self, f.name) for f in fields(self)]

    def _set_state(self, state):
        for f, value in zip(fields(self), state, strict=True):
            object.__setattr__(self, f.name, value)


__all__ = ["dataclass", "field", "replace"]
