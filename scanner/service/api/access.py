"""Which role may do what; AccessMiddleware has identified the caller before.

The dependencies are async though they await nothing: FastAPI would run plain functions in a thread.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import State

from scanner.service.accounts.keys import ApiKey
from scanner.service.accounts.roles import Role
from scanner.service.problems import MEDIA_TYPE, Problem, ProblemDetails
from scanner.service.service import Service

RETRY_AFTER: Final = 5  # seconds, while the service is not open
BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="`mk_…`, from `markscan keys create`.")


async def service_of(request: Request) -> Service:
    """The running service. Raises Problem while it is not open."""
    return service_in(request.app.state)


def service_in(state: State) -> Service:
    """The service that the application's state holds. Raises Problem while it is not open."""
    service: Service | None = getattr(state, "service", None)
    if service is None:
        detail = f"{state.why_closed} Try again in {RETRY_AFTER} s."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "starting", detail, {"Retry-After": str(RETRY_AFTER)})
    return service


def allowed(*roles: Role) -> Callable[[Request, object], Awaitable[ApiKey]]:
    """A dependency that gives the caller's key. Raises Problem unless its role is one of these or admin."""

    async def caller(request: Request, _: Annotated[object, Depends(BEARER)]) -> ApiKey:
        key: ApiKey = request.state.key
        if key.role is not Role.ADMIN and key.role not in roles:
            detail = f"a key of role {key.role.value} may not do this: use one of {', '.join([*roles, Role.ADMIN])}"
            raise Problem(HTTPStatus.FORBIDDEN, "wrong_role", detail)
        return key

    return caller


def check_brand_of(key: ApiKey, brand: str) -> None:
    """Raises Problem when a brand owner asks for a brand of another owner, whether it exists or not."""
    if key.role is Role.BRAND_OWNER and brand not in key.brands:
        detail = f"this key may not access brand {brand!r}, only {', '.join(sorted(key.brands))}"
        raise Problem(HTTPStatus.FORBIDDEN, "other_brand", detail)


ServiceOf = Annotated[Service, Depends(service_of)]
Pipeline = Annotated[ApiKey, Depends(allowed(Role.PIPELINE))]
PipelineOrReviewer = Annotated[ApiKey, Depends(allowed(Role.PIPELINE, Role.REVIEWER))]
BrandOwner = Annotated[ApiKey, Depends(allowed(Role.BRAND_OWNER))]
BrandOwnerOrReviewer = Annotated[ApiKey, Depends(allowed(Role.BRAND_OWNER, Role.REVIEWER))]
RowId = Annotated[int, Path(ge=0, le=2**63 - 1)]
"""A number in an address, as far as a database has such numbers."""
AnyRole = Annotated[ApiKey, Depends(allowed(*Role))]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the problems that a call may end with, these and those of every call."""
    content = {MEDIA_TYPE: {"schema": ProblemDetails.model_json_schema()}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*statuses, 400, 401, 403, 413, 422, 429, 503})
    }
