"""Query parameters, read strictly for every route of the API: an unknown or repeated one is refused, never dropped."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Final

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel
from starlette.datastructures import QueryParams

from brand_index.csv_files import nearest
from scanner.service.problems import Problem

API: Final = "/v1/"  # addresses of pages may carry more, such as what a link from a mail adds
_SHOWN: Final = 64  # characters of a foreign name in an answer


def declared_names(dependant: Dependant) -> tuple[str, ...]:
    """The names of the query parameters that a route or what it depends on takes."""
    names: list[str] = []
    for each in dependant.query_params:
        model = each.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            names += [field.alias or name for name, field in model.model_fields.items()]
        else:
            names.append(each.alias)
    for needed in dependant.dependencies:
        names += declared_names(needed)
    return tuple(dict.fromkeys(names))


def check_query(query: QueryParams, names: Collection[str], *, has_body: bool) -> None:
    """Check the parameters of a call that takes `names`, each once at most. Raises Problem (422)."""
    for name in query:
        shown = repr(name[:_SHOWN])
        if name not in names:
            raise _wrong(f"query parameter {shown} is not known: {_instead(name, names, has_body=has_body)}")
        if len(query.getlist(name)) > 1:
            raise _wrong(f"query parameter {shown}: send it once")


def _instead(name: str, names: Collection[str], *, has_body: bool) -> str:
    near = nearest(name, names)
    meant = "" if near is None else f"did you mean {near!r}? "
    taken = f"this call takes {', '.join(names)}" if names else "this call takes none"
    return meant + taken + ("; fields are sent in the body" if has_body else "")


def _wrong(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_field", detail)
