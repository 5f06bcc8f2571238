"""Forms that register images and words of a brand; what is registered is on the brand's page."""

import asyncio
import logging
from pathlib import PurePath
from typing import BinaryIO, Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from brand_index import fields
from brand_index.errors import InvalidField, MarkscanError, RegistrationError
from brand_index.features.audit import Audit
from brand_index.features.words import folded
from brand_index.registration import MarkFields, Registered, check_form, check_mark, check_mark_of
from brand_index.registration.examining import LOOKS_LIKE
from brand_index.registration.parts import ProposedPart
from brand_index.registration.photo_audit import PhotoAudit
from brand_index.registry import RegistrationOutcome
from brand_index.types import IMAGE_KINDS, Form, ReferenceImage, ReferenceKind, SourceRegion
from scanner.moderation.forms.withdrawing import without_room
from scanner.service.api.access import ServiceOf
from scanner.service.console.brands.brands import show_brand
from scanner.service.console.pages import sentence
from scanner.service.console.session import FormOf, UserOf, check_changes
from scanner.service.limits.forms import EACH_FILE, FormRoute
from scanner.service.problems import Problem
from scanner.service.workers.registering import PartsUpload, Upload, WordUpload
from scanner.service.workers.worker_process import WorkFailed

router = APIRouter(route_class=FormRoute, prefix="/console/brands", include_in_schema=False)
MOST_WORDS: Final = 200  # of one form
_FAILED: Final = "Nothing was registered, for the service failed. Its log has the details."
_log = logging.getLogger(__name__)


@router.post("/{brand}/references", dependencies=[EACH_FILE])
async def register(request: Request, brand: str, service: ServiceOf, user: UserOf, form: FormOf) -> Response:
    """Register the uploaded images, and show the result of each."""
    check_changes(user, brand)
    messages: list[str] = []
    mistaken: list[str] = []  # of the other kind, by their look
    read = dict[str, str]()  # folded: as a logo writes it
    try:
        kind, mark, shown, region = _asked(form)
    except MarkscanError as error:
        return await show_brand(request, service, user, brand, (f"Nothing was registered: {error}",))
    new: list[ReferenceImage] = []
    proposed: list[tuple[ReferenceImage, tuple[ProposedPart, ...]]] = []
    for file in form.getlist("images"):
        if not isinstance(file, UploadFile) or not file.filename:
            continue
        name, content = PurePath(file.filename).name[:255], file.file

        def upload(name: str = name, content: BinaryIO = content) -> Upload:
            content.seek(0)
            return Upload(brand, kind, content.read(), name, mark, form=shown, region=region)

        try:
            done, audit = await service.registrar.register(brand, upload, user.actor)
        except (MarkscanError, Problem) as error:
            messages.append(f"{name}: refused. {error}")
            continue
        except WorkFailed:
            _log.exception("an image was not registered", extra={"brand": brand})
            messages.append(f"{name}: not registered, for the service failed. Its log has the details.")
            continue
        if done.outcome is not RegistrationOutcome.ALREADY_REGISTERED:
            new.append(done.reference)
        if done.other_kind is not None:
            mistaken.append(name)
        if done.parts:
            proposed.append((done.reference, done.parts))
        for word in done.reads:
            read.setdefault(folded(word), word)
        messages.append(f"{name}: {done.result}. {_remarks(done, audit)}")
    full = await asyncio.to_thread(without_room, service.registry.database, new)
    messages += [sentence(each) for each in full]
    if mistaken:
        messages.insert(0, _of_other_kind(mistaken, kind))
    service.keeper.task.wake()
    said = tuple(messages) or ("Choose at least one image.",)
    return await show_brand(request, service, user, brand, said, read=tuple(read.values()), proposed=proposed)


def _remarks(done: Registered, audit: Audit | PhotoAudit | None) -> str:
    more = [warning for warning in done.warnings if warning not in LOOKS_LIKE.values()]
    if isinstance(audit, Audit):
        text = "" if audit.material_rate is None else f", {audit.material_rate} on 1,000 images of text and tables"
        more.append(f"{audit.rate} false alarms expected on 1,000 photos{text}")
        if audit.word_like:
            more.append("it looks like a word, and counts as text where other words stand around it")
        more += [f"may be confused with {each.brand_id}" for each in audit.confusable]
    elif audit is not None:
        more += [audit.sentence, *(f"resembles a photo of {other}" for other in audit.other_brands)]
    return "; ".join(more)


def _asked(form: FormData) -> tuple[ReferenceKind, MarkFields, Form | None, SourceRegion | None]:
    """The kind, mark and form that are asked for, and the box that was drawn. None: as usual, and all of the image."""
    kind = str(form.get("kind", ""))
    if kind not in IMAGE_KINDS:
        raise InvalidField("choose whether these are logos or photos")
    sides = [str(form.get(side, "")).strip() for side in ("left", "top", "right", "bottom")]
    region = fields.region(",".join(sides)) if any(sides) else None
    shown = fields.form(str(form.get("form"))) if form.get("form") else None
    check_form(ReferenceKind(kind), shown, region)
    mark = MarkFields(name=str(form.get("mark", "")).strip() or None)
    return ReferenceKind(kind), check_mark_of(ReferenceKind(kind), mark), shown, region


@router.post("/{brand}/{reference_id}/parts")
async def register_parts(
    request: Request, brand: str, reference_id: str, service: ServiceOf, user: UserOf, form: FormOf
) -> Response:
    """Register the parts of artwork that were ticked, as forms of its mark."""
    check_changes(user, brand)
    try:
        regions = frozenset(fields.region(str(each)) for each in form.getlist("regions"))
        if not regions:
            return await show_brand(request, service, user, brand, ("Tick at least one part.",))
        done = await service.registrar.register_parts(PartsUpload(brand, reference_id, regions), user.actor)
    except (MarkscanError, Problem) as error:
        return await show_brand(request, service, user, brand, (f"Nothing was registered: {error}",))
    except WorkFailed:
        _log.exception("parts were not registered", extra={"brand": brand})
        return await show_brand(request, service, user, brand, (_FAILED,))
    service.keeper.task.wake()
    said = [
        f"A part of {each.reference.source_name}: {each.result}. {'; '.join(each.warnings)}".strip() for each in done
    ]
    return await show_brand(request, service, user, brand, tuple(said) or ("No such part was found.",))


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
        return await show_brand(request, service, user, brand, (_FAILED,))
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
