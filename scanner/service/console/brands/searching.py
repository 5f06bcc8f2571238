"""The page of a search before registering: the registered marks of all brands that resemble a logo or a word."""

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from brand_index.errors import InvalidField, MarkscanError
from brand_index.index.searching import USUAL, SimilarMark, checked_word
from scanner.service.accounts.users import User
from scanner.service.api.access import ServiceOf
from scanner.service.api.search import bytes_of, file_name
from scanner.service.console.pages import page
from scanner.service.console.session import FormOf, UserOf, check_sees, may_see, tenant_of
from scanner.service.limits.forms import FormRoute
from scanner.service.problems import Problem, problem_of
from scanner.service.service import Service
from scanner.service.workers.searching import SearchedImage, SearchRequest, marks_asked_for
from scanner.service.workers.worker_process import WorkFailed

router = APIRouter(route_class=FormRoute, prefix="/console/brands", include_in_schema=False)
_FIELDS: Final = ("word", "nice", "vienna")  # beside the image
_LATER: Final = "the service cannot search now, so try again later"
_log = logging.getLogger(__name__)


@router.get("/{brand}/search")
async def search_page(request: Request, brand: str, service: ServiceOf, user: UserOf) -> Response:
    """The form alone."""
    return await _shown(request, service, user, brand, dict.fromkeys(_FIELDS, ""))


@router.post("/{brand}/search")
async def search(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """The marks most similar to the word or logo of a form, with why; whoever sees the brand may search."""
    check_sees(user, brand)
    given = {name: str(form.get(name, "")).strip() for name in _FIELDS}
    try:
        sought, asked = _asked(form, given)
        found = await service.searcher.search(tenant_of(user), lambda: _read(asked, given))
    except (MarkscanError, Problem) as error:
        status = error.status if isinstance(error, Problem) else problem_of(error).status
        wrong = f"Nothing was searched for: {error if status < HTTPStatus.INTERNAL_SERVER_ERROR else _LATER}"
        return await _shown(request, service, user, brand, given, wrong=wrong, status=status)
    except WorkFailed:
        _log.exception("a search failed", extra={"brand": brand})
        wrong, status = "The search failed. The service's log has the details", HTTPStatus.INTERNAL_SERVER_ERROR
        return await _shown(request, service, user, brand, given, wrong=wrong, status=status)
    return await _shown(request, service, user, brand, given, sought=sought, found=found)


def _asked(form: FormData, given: dict[str, str]) -> tuple[str, UploadFile | str]:
    """What is searched for, by its name and itself. Raises InvalidField."""
    image = form.get("image")
    file = image if isinstance(image, UploadFile) and image.filename else None
    marks_asked_for(given["nice"], given["vienna"])  # before it waits for its turn
    if (file is None) == (not given["word"]):
        raise InvalidField("give either a word or a logo")
    return (file_name(file), file) if file is not None else (given["word"], checked_word(given["word"]))


def _read(asked: UploadFile | str, given: dict[str, str]) -> SearchRequest:
    sought = asked if isinstance(asked, str) else SearchedImage(bytes_of(asked), file_name(asked))
    return SearchRequest(sought, marks_asked_for(given["nice"], given["vienna"]), USUAL)


async def _shown(
    request: Request,
    service: Service,
    user: User,
    brand: str,
    given: dict[str, str],
    *,
    sought: str = "",
    found: Sequence[SimilarMark] = (),
    wrong: str = "",
    status: int = HTTPStatus.OK,
) -> Response:
    check_sees(user, brand)
    own = await asyncio.to_thread(service.registry.brand, brand)
    shown = {
        "brand": own,
        "asked": given,
        "sought": sought,
        "found": found,
        "wrong": wrong,
        "seen": {each.brand.brand_id for each in found if may_see(user, each.brand.brand_id)},
    }
    return page(request, "search.html.j2", shown, status)
