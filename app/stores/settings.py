"""A store's settings: a typed model that checks what was entered and describes its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from app.stores.errors import SettingsRefused

Kind = Literal["text", "secret", "yes_no", "choice", "number"]


@dataclass(frozen=True, slots=True)
class SettingField:
    """One field of the form."""

    name: str
    label: str
    help: str
    kind: Kind
    required: bool
    default: Any = None
    choices: tuple[str, ...] = ()


class StoreSettings(BaseModel):
    """What a store is reached by.

    Give each field a ``title`` (its label) and a ``description`` (its help). A `SecretStr` is kept
    encrypted and never shown again; `Literal` is a choice.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True
    )
    address: ClassVar[str] = ""
    """The field that holds the address that is called, where people enter one."""

    @classmethod
    def fields(cls) -> tuple[SettingField, ...]:
        """The form's fields, in the order of the model."""
        return tuple(_field(name, info) for name, info in cls.model_fields.items())

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """The settings that were entered; a field left empty takes its default.

        Raises:
            SettingsRefused: naming each field that cannot be used, by its label, without its value.
        """
        try:
            return cls.model_validate({key: value for key, value in given.items() if value != ""})
        except ValidationError as error:
            found = cls.problems(error)
            raise SettingsRefused(" ".join(found.values()), advice="", fields=found) from None

    @classmethod
    def problems(cls, error: ValidationError) -> dict[str, str]:
        """What is wrong, by field; "" is the whole."""
        found: dict[str, str] = {}
        for one in error.errors(include_url=False, include_input=False, include_context=False):
            name = str(one["loc"][0]) if one["loc"] else ""
            info = cls.model_fields.get(name)
            label = (info.title if info else "") or name
            said = f": {one['msg'].removeprefix('Value error, ')}"
            if one["type"] == "missing":
                said = " is needed"
            elif one["type"] == "extra_forbidden":
                said = f" is no setting; there are {', '.join(cls.model_fields)}"
            found.setdefault(name, f"{label}{said}.".removeprefix(": "))
        return found

    def plain(self) -> dict[str, Any]:
        """What may be kept as it is."""
        return {
            name: value
            for name in type(self).model_fields
            if not isinstance(value := getattr(self, name), SecretStr)
        }

    def secrets(self) -> dict[str, str]:
        """What is kept encrypted."""
        return {
            name: value.get_secret_value()
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), SecretStr)
        }


def _field(name: str, info: FieldInfo) -> SettingField:
    label, told = info.title or name, info.description or ""
    default = info.get_default(call_default_factory=False)
    if info.annotation is SecretStr:
        return SettingField(name, label, told, "secret", info.is_required())
    if get_origin(info.annotation) is Literal:
        choices = tuple(map(str, get_args(info.annotation)))
        return SettingField(name, label, told, "choice", info.is_required(), default, choices)
    kinds: dict[Any, Kind] = {bool: "yes_no", int: "number"}
    kind = kinds.get(info.annotation, "text")
    return SettingField(
        name, label, told, kind, info.is_required(), None if info.is_required() else default
    )
