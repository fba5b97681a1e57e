"""The settings of this installation: one TOML file, read once, checked whole at the start.

An unknown name is refused: a misspelt limit must not leave the default in force unseen. No
setting switches a check off.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic import model_validator as checked

from server.kernel import working_days
from server.kernel.ids import AgencyCode

PLACE = "TACROOM_SETTINGS"
"""The environment variable that names the file."""

_bound: list["Settings"] = []


class SettingsWrong(Exception):
    """The settings cannot be used; says what to put right, one sentence a line."""


def is_loopback(host: str) -> bool:
    """Whether the host is this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = "must be an origin such as https://tacroom.example"
        raise ValueError(message)
    if text != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc or text != text.lower():
        message = "must be an origin alone, in lower case, without a path"
        raise ValueError(message)
    return _private(text)


def _private(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    ):
        message = "must begin with https:// (http:// is for this machine alone)"
        raise ValueError(message)
    return text


def _bus(secret: SecretStr) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    if parts.scheme not in {"nats", "tls"} or not parts.hostname or parts.path.strip("/"):
        message = "must be an address such as nats://10.0.0.5:4222 or tls://name:word@bus.example"
        raise ValueError(message)
    return secret


def _domain(text: str) -> str:
    if "@" in text or "." not in text:
        message = "must be a mail domain such as school.example"
        raise ValueError(message)
    return text.lower()


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as fault:
        message = "must be an address such as 10.0.0.7, or a network such as 10.0.0.0/24"
        raise ValueError(message) from fault
    return text


Origin = Annotated[str, AfterValidator(_origin)]
PrivateAddress = Annotated[str, AfterValidator(_private)]
BusAddress = Annotated[SecretStr, AfterValidator(_bus)]
Network = Annotated[str, AfterValidator(_network)]
MailDomain = Annotated[str, AfterValidator(_domain)]
Words = Annotated[str, Field(min_length=1, max_length=300)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Provider(_Strict):
    """A sign-in service (an OpenID provider), and which organisation its people belong to.

    One that serves a single organisation names it in `agency`. One that serves several names the
    claim that tells them apart, and in `agencies` each value that is somebody; people with any
    other value are signed in but not placed.

    Rule: ADR-0006: the organisation comes from provider and claim, never from the person.
    """

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
    name: Words
    kind: Literal["practitioners", "family"] = "practitioners"
    issuer: PrivateAddress
    client_id: Words
    client_secret: SecretStr
    mail_domains: tuple[MailDomain, ...] = ()
    agency: str | None = None
    agency_claim: str | None = None
    agencies: Mapping[str, str] = {}
    contact: str | None = None

    @checked(mode="after")
    def _places_people(self) -> "Provider":
        if self.kind == "family":
            if self.mail_domains or self.agency or self.agency_claim or self.agencies:
                message = "a family's sign-in service has no mail domains and no organisation"
                raise ValueError(message)
        elif bool(self.agency) == bool(self.agency_claim and self.agencies):
            message = "name either `agency`, or both `agency_claim` and `agencies`"
            raise ValueError(message)
        elif self.agency and (self.agency_claim or self.agencies):
            message = "`agency` stands alone, without `agency_claim` and `agencies`"
            raise ValueError(message)
        return self

    def agency_of(self, claims: Mapping[str, Any]) -> AgencyCode | None:
        """Return the organisation that these claims place somebody in; None: in none."""
        if self.agency is not None:
            return AgencyCode(self.agency)
        value = claims.get(self.agency_claim) if self.agency_claim else None
        found = self.agencies.get(value) if isinstance(value, str) else None
        return AgencyCode(found) if found else None


class Settings(_Strict):
    """Everything an installation decides for itself. Times are in minutes, sizes in bytes."""

    service_name: Words = "Tacroom"
    council_name: Words
    partnership_name: str | None = None
    contact: Words
    safety_day: Words
    safety_night: Words
    lead_word: Words = "lead practitioner"
    exit_address: PrivateAddress = "https://www.bbc.co.uk/weather"
    closed_notice: str | None = None
    footer_links: Mapping[str, str] = {}
    # From when the duty to share is expected to apply; an officer confirms it in the product.
    duty_expected_from: date = date(2026, 9, 30)
    # Whom to ask for advice about a child, without names, beside children's social care.
    advice_line: Words | None = None
    # Days on which nobody works here, beside the bank holidays of England and Wales.
    closed_days: tuple[date, ...] = ()

    database_url: Words
    data_folder: Path
    checkpoint_file: Path | None = None
    # Tells processes of one PostgreSQL sooner what each finds by itself within a second.
    bus: BusAddress | None = None
    upload_limit_bytes: Annotated[int, Field(ge=1_000_000, le=1_000_000_000)] = 50_000_000

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    public_origins: tuple[Origin, ...]
    # A proxy that ends TLS stands before us, and nobody reaches us but through it.
    behind_proxy: bool = False
    # Whose word on where a request came from is believed.
    proxy_addresses: tuple[Network, ...] = ("127.0.0.1", "::1")
    tls_certificate: Path | None = None
    tls_key: Path | None = None

    idle_min: Annotated[int, Field(ge=1, le=60)] = 30
    office_idle_min: Annotated[int, Field(ge=1, le=30)] = 15
    family_idle_min: Annotated[int, Field(ge=1, le=30)] = 10
    # In five minutes. Behind one address may stand a whole organisation.
    sign_ins_per_browser: Annotated[int, Field(ge=5, le=100)] = 20
    sign_ins_per_address: Annotated[int, Field(ge=10, le=100_000)] = 300
    # How long ago somebody may have signed in who signs or approves for her organisation.
    fresh_sign_in_min: Annotated[int, Field(ge=1, le=15)] = 5
    # Wrong ones in five minutes, of codes and PINs of families.
    family_tries_per_address: Annotated[int, Field(ge=5, le=100)] = 5
    family_code_days: Annotated[int, Field(ge=1, le=14)] = 7
    session_max_min: Annotated[int, Field(ge=1, le=24 * 60)] = 12 * 60

    # The page says on every screen that all people in it are made up.
    demo: bool = False
    providers: tuple[Provider, ...]

    @checked(mode="after")
    def _knows_each_provider_once(self) -> "Settings":
        if not self.providers or not self.public_origins:
            message = "name at least one of `public_origins` and one of `providers`"
            raise ValueError(message)
        for what, values in (
            ("code", [one.code for one in self.providers]),
            ("issuer", [one.issuer for one in self.providers]),
            ("mail domain", [domain for one in self.providers for domain in one.mail_domains]),
        ):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                message = f"two sign-in services have the {what} {twice[0]}"
                raise ValueError(message)
        if self.bus is not None and self.database_url.startswith("sqlite"):
            message = "`bus` joins several processes, and SQLite serves one: use PostgreSQL"
            raise ValueError(message)
        if len([one for one in self.providers if one.kind == "family"]) > 1:
            message = "only one sign-in service can be the family's"
            raise ValueError(message)
        return self

    def provider(self, code: str) -> Provider | None:
        """Return the sign-in service of this code."""
        return next((one for one in self.providers if one.code == code), None)

    def provider_of_mail(self, work_mail: str) -> Provider | None:
        """Return the sign-in service of the organisation whose mail domain this is.

        Rule: the domains are the administrators'; a domain is matched whole, never by its end.
        """
        domain = work_mail.strip().rpartition("@")[2].lower()
        return next((one for one in self.providers if domain in one.mail_domains), None)

    @property
    def family_provider(self) -> Provider | None:
        """Return the sign-in service of families, if there is one."""
        return next((one for one in self.providers if one.kind == "family"), None)

    def is_public_origin(self, origin: str) -> bool:
        """Whether pages of ours stand under this origin: exactly, never by its end."""
        return origin in self.public_origins


def load(path: Path | None = None) -> Settings:
    """Read the settings file named here or by the environment.

    Raises:
        SettingsWrong: no file, or something in it is wrong; every fault is named.
    """
    named = path or (Path(os.environ[PLACE]) if os.environ.get(PLACE) else None)
    if named is None:
        message = f"No settings. Name the settings file in {PLACE}."
        raise SettingsWrong(message)
    try:
        told = tomllib.loads(named.read_text("utf-8"))
    except OSError as fault:
        message = f"The settings file {named} cannot be read: {fault.strerror}."
        raise SettingsWrong(message) from fault
    except ValueError as fault:
        message = f"The settings file {named} is not TOML: {fault}."
        raise SettingsWrong(message) from fault
    return read(told)


def read(told: Mapping[str, Any]) -> Settings:
    """Check settings that were read from somewhere.

    Raises:
        SettingsWrong: something in them is wrong; every fault is named, no secret is repeated.
    """
    try:
        return Settings.model_validate(dict(told))
    except ValidationError as fault:
        lines = [
            _sentence(one["loc"], one["type"], one["msg"])
            for one in fault.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise SettingsWrong("\n".join(lines)) from None


def _sentence(place: tuple[int | str, ...], kind: str, said: str) -> str:
    # Lists are counted from one, as people count.
    name = ", ".join(str(part + 1) if isinstance(part, int) else part for part in place)
    if kind == "extra_forbidden":
        return f"Settings: {name}: there is no such setting. Check how it is spelt."
    if kind == "missing":
        return f"Settings: {name}: this setting is missing."
    plain = said.removeprefix("Value error, ")
    return f"Settings: {name}: {plain}." if name else f"Settings: {plain}."


def bind(settings: Settings) -> None:
    """Make these the settings of the process."""
    _bound[:] = [settings]
    working_days.close_on(settings.closed_days)


def settings() -> Settings:
    """Return the settings of the process."""
    if not _bound:
        message = "no settings are bound to this process"
        raise RuntimeError(message)
    return _bound[0]
