"""Which role may do what; who calls was found out at the gate.

What routes depend on is async though it awaits nothing: FastAPI sends all else through a thread.
"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from scanner.service.accounts.keys import ApiKey
from scanner.service.accounts.tables import Role
from scanner.service.problems import MEDIA_TYPE, Problem, ProblemDetails
from scanner.service.service import Service

BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="`mk_…`, from `markscan keys create`.")


async def service_of(request: Request) -> Service:
    """The service that answers."""
    service: Service = request.app.state.service
    return service


def allowed(*roles: Role) -> Callable[[Request, object], Awaitable[ApiKey]]:
    """A dependency: the caller's key, if it has one of these roles or is an admin's; else Problem."""

    async def caller(request: Request, _: Annotated[object, Depends(BEARER)]) -> ApiKey:
        key: ApiKey = request.state.key
        if key.role is not Role.ADMIN and key.role not in roles:
            detail = f"a key of role {key.role.value} may not do this: use one of {', '.join([*roles, Role.ADMIN])}"
            raise Problem(HTTPStatus.FORBIDDEN, "wrong_role", detail)
        return key

    return caller


def check_brand_of(key: ApiKey, brand: str) -> None:
    """Raises Problem when a brand owner asks for another's brand, whether there is one or not."""
    if key.role is Role.BRAND_OWNER and brand not in key.brands:
        detail = f"this key is not for brand {brand!r}: it is for {', '.join(sorted(key.brands))}"
        raise Problem(HTTPStatus.FORBIDDEN, "other_brand", detail)


ServiceOf = Annotated[Service, Depends(service_of)]
Pipeline = Annotated[ApiKey, Depends(allowed(Role.PIPELINE))]
PipelineOrReviewer = Annotated[ApiKey, Depends(allowed(Role.PIPELINE, Role.REVIEWER))]
BrandOwner = Annotated[ApiKey, Depends(allowed(Role.BRAND_OWNER))]
BrandOwnerOrReviewer = Annotated[ApiKey, Depends(allowed(Role.BRAND_OWNER, Role.REVIEWER))]
AnyRole = Annotated[ApiKey, Depends(allowed(*Role))]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: that a call may end with these problems, beside those that any call may."""
    content = {MEDIA_TYPE: {"schema": ProblemDetails.model_json_schema()}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in sorted({*statuses, 400, 401, 403, 413, 422, 429, 503})
    }
