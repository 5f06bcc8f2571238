"""How to scan, from scanner.toml and SCANNER_* variables; what to do with a match is the policy's to say."""

import base64
import os
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final, Self

from pydantic import (
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from brand_index import fields
from brand_index.errors import InvalidField, UsageError
from brand_index.fields import EEA
from scanner.engine.settings import SETTINGS_FILE, EngineSettings
from scanner.verdicts.listing_link import check_template
from scanner.verdicts.policy import DEFAULT_POLICY, Restriction

PREFIX: Final = "SCANNER_"
FILE: Final = Path(SETTINGS_FILE)
SECRET_PREFIX: Final = "whsec_"  # of what signs messages (Standard Webhooks)
SECRET_BYTES: Final = range(24, 65)  # how many it may be
MAKE_SECRET: Final = 'echo "whsec_$(openssl rand -base64 32)"'  # a command


class SettingsUnusable(UsageError):
    """A setting that is unknown or malformed."""

    code = "settings_unusable"


class ServiceSettings(BaseModel):
    """How the service is bounded, what it keeps, and whom it tells; [service] in scanner.toml, SCANNER_SERVICE__X."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    workers: int | None = Field(default=None, ge=1)  # processes; None: one for each processor
    max_body_bytes: int = Field(default=64 * 2**20, ge=1024)  # of a call
    max_images: int = Field(default=20, ge=1)  # of a call
    queue: int = Field(default=64, ge=1)  # images that wait for a worker; a call that brings more is refused
    backlog: int = Field(default=10_000, ge=1)  # scans that are accepted and not done; likewise
    calls_a_minute: int = Field(default=1_200, ge=1)  # of a key that says nothing else
    # Addresses and networks of proxies whose X-Forwarded-For names the caller; anybody else could name anyone.
    trusted_proxies: tuple[IPvAnyNetwork, ...] = (IPv4Network("127.0.0.1"), IPv6Network("::1"))
    lease_seconds: float = Field(default=60.0, gt=0)  # after which another process takes up a queued scan, or builds
    index_seconds: float = Field(default=1.0, gt=0)  # how often the registry is asked for a newer revision
    max_index_lag_seconds: float = Field(default=3600.0, gt=0)  # /readyz fails when newer references wait longer
    keep_image_days: float = Field(default=180.0, ge=0)  # of listings that were not cleared
    keep_verdict_days: float = Field(default=730.0, ge=0)
    look_back_days: float = Field(default=365.0, ge=0)  # past scans in which new references are looked for; 0: none
    secure_cookies: bool = True  # of the console; browsers keep them over HTTPS, and from this machine, alone
    ladder: str = "aliexpress"  # of enforcement: one that ships, or the path of a TOML file
    notify_on_block: Restriction | None = None  # the seller of a listing that the policy blocks alone; None: nothing
    site: AnyHttpUrl | None = None  # as sellers reach the service, for the address of a notice; None: they have none
    listing_url: str | None = None  # template of a live listing's address, as listing_link; None: no links to listings
    appeal_days: int = Field(default=184, ge=1)  # after a notice; the EU's Digital Services Act wants six months
    seller_appeal_bytes: int = Field(default=128 * 2**20, ge=0)  # a day, of documents of one seller's appeals
    appeal_bytes: int = Field(default=2 * 2**30, ge=0)  # likewise of all sellers; appeals without documents go on
    # Whether an appeal needs another reviewer than those who decided, as DSA Article 20 wants; a team of one has none.
    second_reviewer: bool = True
    answer_days: int = Field(default=7, ge=1)  # within which a rights holder answers an appeal
    # The market of listings that name none, for the language and the law of notices to sellers; None: unknown.
    home_market: str | None = None
    # Where the seller of a photo may send a counter-notice (17 U.S.C. 512(g)): the United States and their territories.
    counter_notice_markets: frozenset[str] = frozenset({"US", "AS", "GU", "MP", "PR", "UM", "VI"})
    wordings: Path | None = None  # a folder with texts to sellers in place of ours; None: ours
    holidays: frozenset[date] = frozenset()  # that are no business days, beside Saturdays and Sundays
    countries: frozenset[str] = EEA  # where decisions apply, of the EEA; for statements of reasons
    clause: str | None = Field(
        default=None, max_length=500, pattern=r"\S"
    )  # of the marketplace's own terms, that decisions rely on; None: they rely on the law
    checkpoint_file: Path | None = None  # of the audit log; None: checkpoints.jsonl in the store
    webhook_url: AnyHttpUrl | None = None  # receives messages, such as scan.done; None: none are sent
    webhook_secret: SecretStr | None = None  # that signs it: whsec_ and base64, as MAKE_SECRET prints it
    webhook_attempts: int = Field(default=12, ge=1)  # with 12 the last is 23 hours after the first

    @field_validator("countries")
    @classmethod
    def _of_the_eea(cls, countries: frozenset[str]) -> frozenset[str]:
        if not countries or countries - EEA:
            raise ValueError(f"give one or more of {', '.join(sorted(EEA))}")
        return countries

    @field_validator("listing_url")
    @classmethod
    def _of_the_web(cls, template: str | None) -> str | None:
        return None if template is None else check_template(template)

    @field_validator("counter_notice_markets")
    @classmethod
    def _are_markets(cls, markets: frozenset[str]) -> frozenset[str]:
        try:
            return fields.markets(markets)
        except InvalidField as error:
            raise ValueError(str(error)) from error

    @field_validator("home_market")
    @classmethod
    def _is_market(cls, market: str | None) -> str | None:
        try:
            return None if market is None else fields.market(market)
        except InvalidField as error:
            raise ValueError(str(error)) from error

    @field_validator("webhook_secret")
    @classmethod
    def _standard(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            check_secret(secret.get_secret_value())
        return secret

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ValueError(f"webhook_url needs a webhook_secret to sign with; this command makes one: {MAKE_SECRET}")
        return self


def check_secret(secret: str) -> None:
    """Raises ValueError where other libraries than ours could not use a secret to check messages."""
    try:
        length = len(base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True))
    except ValueError:
        length = 0
    if not secret.startswith(SECRET_PREFIX) or length not in SECRET_BYTES:
        raise ValueError(
            f"give {SECRET_PREFIX} and the base64 of {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} random bytes; "
            f"this command makes one: {MAKE_SECRET}"
        )


class Settings(EngineSettings, BaseSettings):
    """How to scan. A variable SCANNER_X beats `x` in ./scanner.toml, which beats the default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", toml_file=FILE, extra="forbid", frozen=True
    )

    registry_url: str | None = None  # SQLAlchemy URL; None: SQLite in the store
    policy: Path = DEFAULT_POLICY
    service: ServiceSettings = ServiceSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then variables, then the file: pydantic-settings' hook for where values come from."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read_settings() -> Settings:
    """The settings of this process. Raises SettingsUnusable, naming the key and what is wrong with it."""
    names = [*Settings.model_fields, *(f"service__{name}" for name in ServiceSettings.model_fields)]
    known = {f"{PREFIX}{name}".upper() for name in names}
    unknown = sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsUnusable(f"{', '.join(unknown)}: no such setting; there are {', '.join(sorted(known))}.")
    try:
        return Settings()
    except ValidationError as error:
        details = "; ".join(
            f"{'.'.join(str(place) for place in problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        )
        raise SettingsUnusable(
            f"{details}. Settings come from {FILE} and {PREFIX}* variables; there are "
            f"{', '.join(sorted(Settings.model_fields))}."
        ) from error
    except ValueError as error:  # TOML that does not parse
        raise SettingsUnusable(f"{FILE}: {error}") from error
