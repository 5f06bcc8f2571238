"""Forms that register images and words of a brand; what is registered is on the brand's page."""

import logging
from pathlib import PurePath
from typing import BinaryIO, Final

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from brand_index import fields
from brand_index.errors import MarkscanError, RegistrationError
from brand_index.features.audit import Audit
from brand_index.features.words import folded
from brand_index.registration import MarkFields, Registered, check_mark
from brand_index.registration.examining import LOOKS_LIKE
from brand_index.types import IMAGE_KINDS, ReferenceKind
from scanner.service.api.access import ServiceOf
from scanner.service.console.brands.brands import show_brand
from scanner.service.console.pages import sentence
from scanner.service.console.session import FormOf, UserOf, check_changes
from scanner.service.limits.forms import EACH_FILE, FormRoute
from scanner.service.problems import Problem
from scanner.service.workers.registering import Upload, WordUpload
from scanner.service.workers.worker_process import WorkFailed

router = APIRouter(route_class=FormRoute, prefix="/console/brands", include_in_schema=False)
MOST_WORDS: Final = 200  # of one form
_log = logging.getLogger(__name__)


@router.post("/{brand}/references", dependencies=[EACH_FILE])
async def register(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Register the uploaded images, and show the result of each."""
    check_changes(user, brand)
    messages: list[str] = []
    mistaken: list[str] = []  # of the other kind, by their look
    read = dict[str, str]()  # folded: as a logo writes it
    try:
        kind = ReferenceKind(str(form.get("kind", "")))
    except ValueError:
        kind = ReferenceKind.WORD
    if kind not in IMAGE_KINDS:
        return await show_brand(request, service, user, brand, ("Choose whether these are logos or photos.",))
    for file in form.getlist("images"):
        if not isinstance(file, UploadFile) or not file.filename:
            continue
        name, content = PurePath(file.filename).name[:255], file.file

        def upload(name: str = name, content: BinaryIO = content) -> Upload:
            content.seek(0)
            return Upload(brand, kind, content.read(), name, MarkFields())

        try:
            done, audit = await service.registrar.register(brand, upload, user.actor)
        except (MarkscanError, Problem) as error:
            messages.append(f"{name}: refused. {error}")
            continue
        except WorkFailed:
            _log.exception("an image was not registered", extra={"brand": brand})
            messages.append(f"{name}: not registered, for the service failed. Its log has the details.")
            continue
        if done.other_kind is not None:
            mistaken.append(name)
        for word in done.reads:
            read.setdefault(folded(word), word)
        more = [warning for warning in done.warnings if warning not in LOOKS_LIKE.values()]
        if isinstance(audit, Audit):
            text = "" if audit.material_rate is None else f", {audit.material_rate} on 1,000 images of text and tables"
            more.append(f"{audit.rate} false alarms expected on 1,000 photos{text}")
            if audit.word_like:
                more.append("it looks like a word, and counts as text where other words stand around it")
            more += [f"may be confused with {each.brand_id}" for each in audit.confusable]
        elif audit is not None:
            more += [audit.sentence, *(f"resembles a photo of {other}" for other in audit.other_brands)]
        messages.append(f"{name}: {done.result}. {'; '.join(more)}")
    if mistaken:
        messages.insert(0, _of_other_kind(mistaken, kind))
    service.keeper.task.wake()
    said = tuple(messages) or ("Choose at least one image.",)
    return await show_brand(request, service, user, brand, said, read=tuple(read.values()))


def _of_other_kind(names: list[str], kind: ReferenceKind) -> str:
    other = next(each for each in IMAGE_KINDS if each is not kind)
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    subject = f"looks like a {other.value}" if len(names) == 1 else f"look like {other.value}s"
    return f"{', '.join(names[:3])}{more} {subject}: withdraw, and register as {other.value}."


@router.post("/{brand}/words")
async def register_words(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Register the words of a form, one a line, and show the result of each."""
    check_changes(user, brand)
    given = "\n".join(str(each) for each in form.getlist("words"))  # a field of lines, or a box for each word read
    words = tuple(dict.fromkeys(line for each in given.splitlines() if (line := each.strip())))
    if not words or len(words) > MOST_WORDS:
        said = f"Give at least one word, and {MOST_WORDS} at most; `markscan register --csv` takes more."
        return await show_brand(request, service, user, brand, (said,))
    try:
        mark = check_mark(MarkFields(nice=fields.nice_classes(fields.split(str(form.get("nice", ""))))))
        found = await service.registrar.register_words(WordUpload(brand, words, mark), user.actor)
    except (MarkscanError, Problem) as error:
        return await show_brand(request, service, user, brand, (f"Nothing was registered: {error}",))
    except WorkFailed:
        _log.exception("words were not registered", extra={"brand": brand})
        said = "Nothing was registered, for the service failed. Its log has the details."
        return await show_brand(request, service, user, brand, (said,))
    service.keeper.task.wake()
    messages = (_of_word(word, done) for word, done in zip(words, found, strict=True))
    return await show_brand(request, service, user, brand, tuple(messages))


def _of_word(word: str, done: Registered | RegistrationError) -> str:
    if isinstance(done, RegistrationError):
        return f"{word}: refused. {done}"
    conflicts = ["another brand has registered it too"] if done.conflicts else []
    named = "" if done.reference.word == word else f" as {done.reference.word}"
    more = "; ".join((*done.warnings, *conflicts))
    return f"{word}: {done.result}{named}. {sentence(more) if more else ''}".rstrip()
