"""The endpoint that searches the registered marks before somebody registers; the same search as the command's."""

from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, UploadFile
from starlette import datastructures

from brand_index import fields
from brand_index.errors import InvalidField
from brand_index.index.searching import MOST, USUAL, checked_word
from scanner.service.api.access import BrandOwnerOrReviewer, ServiceOf, problems
from scanner.service.limits.forms import FormRoute
from scanner.service.search_answers import SearchAnswer
from scanner.service.workers.fair_queue import Tenant
from scanner.service.workers.searching import SearchedImage, SearchRequest, marks_asked_for

router = APIRouter(route_class=FormRoute, prefix="/v1/search", tags=["registrations"])
_LONG: Final = 500  # characters


@router.post("", response_model=SearchAnswer, status_code=HTTPStatus.OK, responses=problems(404))
async def search_marks(
    service: ServiceOf,
    key: BrandOwnerOrReviewer,
    image: Annotated[
        UploadFile | None, File(description="The image file of a logo: compared by its shape and the words in it.")
    ] = None,
    word: Annotated[str | None, Form(max_length=_LONG, description="A word instead of an image.")] = None,
    nice: Annotated[
        str, Form(max_length=_LONG, description="Nice classes, such as 25,35: only marks of these, or of unknown ones.")
    ] = "",
    vienna: Annotated[
        str, Form(max_length=_LONG, description="Vienna codes, such as 26.4: only marks with one of these or below it.")
    ] = "",
    limit: Annotated[int, Form(ge=1, le=MOST, description="How many marks are listed at most.")] = USUAL,
) -> SearchAnswer:
    """List the registered marks of all brands most similar to a word or an image, with why: word, shape, colour.

    For searching before registering. Marks appear once the index that has them is published, within seconds.
    """
    marks = marks_asked_for(nice, vienna)
    if (image is None) == (word is None):
        raise InvalidField("send either a file in the field image or a word in the field word")
    if word is not None:
        checked_word(word)  # before it waits for its turn
    name = "" if image is None else file_name(image)

    def request() -> SearchRequest:
        return SearchRequest(word or "" if image is None else SearchedImage(bytes_of(image), name), marks, limit)

    return SearchAnswer.of(await service.searcher.search(Tenant("keys", key.key_id), request))


def file_name(image: datastructures.UploadFile) -> str:
    """The name of an uploaded file, for messages. Raises InvalidField."""
    return fields.words("file name", PurePath(image.filename or "image").name[:255] or "image")


def bytes_of(image: datastructures.UploadFile) -> bytes:
    """The whole of an uploaded file."""
    image.file.seek(0)
    return image.file.read()
