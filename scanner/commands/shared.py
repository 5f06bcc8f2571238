"""What the service's commands share."""

from pathlib import Path

from brand_index.errors import MarkscanError
from brand_index.registry import Registry
from brand_index.store import Store
from scanner.service.accounts import registry as accounts
from scanner.settings import Settings, read_settings


class ServiceMissing(MarkscanError):
    """What the service needs is not installed."""

    code = "service_missing"


def open_registry(store: Path | None, url: str | None, *, create: bool = False) -> Registry:
    """The registry of the store that was chosen, or at `url`."""
    return accounts.open_registry(Store.locate(store), url, create=create)


def settings_of(registry_url: str | None) -> Settings:
    """The settings, with the registry that was chosen."""
    settings = read_settings()
    return settings if registry_url is None else settings.model_copy(update={"registry_url": registry_url})
