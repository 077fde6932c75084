"""`NamedTuple`, as in `typing`, but cheaper to define.

A small run defines some seventy such classes, and `typing` compiles the annotation of each of their fields, which
nobody reads at run time. That was a tenth of the whole run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import namedtuple

    class _Definition(type):
        """Makes a named tuple of a class statement with annotated fields, defaults and methods."""

        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            fields = body.pop("__annotations__", {})
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body.pop("__module__"))
            made.__annotations__ = fields
            for key, value in body.items():
                setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Definition):
        """Base of a named tuple; what is made has only `tuple` as its base."""
