"""Texts that an operator writes for readers of messages: one for all of them, or one a language."""

from collections.abc import Mapping
from typing import Annotated, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from pipelines.kpis.formatting import Language

_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Wording(BaseModel):
    """A text in some languages; one that is written as a text alone is for readers of every language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: Annotated[_Words | None, Field(description="in English")] = None
    fr: Annotated[_Words | None, Field(description="in French")] = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _for_all_languages(cls, given: object) -> object:
        if isinstance(given, str) and given.strip():
            return dict.fromkeys(get_args(Language), given)
        if not isinstance(given, Mapping | cls):
            # Not a TypeError: pydantic reports a ValueError.
            raise ValueError("write a text, or one a language: {en: …, fr: …}")  # noqa: TRY004
        return given

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.languages:
            raise ValueError("write a text, or one a language: {en: …, fr: …}")
        return self

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages in which there is a text."""
        return tuple(language for language in get_args(Language) if getattr(self, language) is not None)

    def text(self, language: Language) -> str | None:
        """Returns the text for readers of a language; None if there is none."""
        found: str | None = getattr(self, language)
        return found


def text_of(wording: Wording | None, language: Language) -> str | None:
    """Returns the text for readers of a language; None without one."""
    return None if wording is None else wording.text(language)
