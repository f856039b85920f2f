"""What the API's bodies, parameters and answers share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from app.web.access import MOST


class Asked(BaseModel):
    """What a program sends: a name that is not known is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Told(BaseModel):
    """What a program is answered."""

    model_config = ConfigDict(from_attributes=True, use_attribute_docstrings=True)


Amount = Annotated[Decimal, PlainSerializer(lambda found: format(found, "f"), return_type=str)]
"""An exact amount; text in JSON, since many programs read numbers inexactly."""
Words = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
After = Annotated[int, Field(ge=0, le=MOST, description="The `next` of the answer before.")]
Limit = Annotated[int, Field(ge=1, le=200, description="How many at most.")]
Next = Annotated[
    int | None, Field(description="The `after` of what follows; null when this was the end.")
]


def next_of(ids: list[int], limit: int) -> int | None:
    """Where a list goes on, if it was filled."""
    return ids[-1] if len(ids) == limit else None
