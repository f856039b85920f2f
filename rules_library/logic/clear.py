"""The value that means: send this field empty. Null means: do not send it."""

from __future__ import annotations

from typing import Any, Final, NoReturn


class Clear(dict[str, list[Any]]):
    """What {"clear": []} evaluates to; there is one, CLEAR, and as JSON it is that again."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "CLEAR"

    def __reduce__(self) -> str:
        return "CLEAR"

    def __copy__(self) -> Clear:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Clear:
        return self

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def _refuse(self, *_arguments: Any, **_keywords: Any) -> NoReturn:
        raise TypeError("CLEAR is one value for everybody and cannot be changed.")

    __setitem__ = __delitem__ = __ior__ = clear = update = setdefault = pop = popitem = _refuse


CLEAR: Final = Clear({"clear": []})
