"""The demo's installation: its settings file, and the sign-in services of its made-up people."""

import json
from pathlib import Path

from server.demo.partnership import AGENCIES, PRACTITIONERS, WHAT_TO_LOOK_FOR, DemoAgency
from server.demo.provider import MadeUpPerson, MadeUpProvider
from server.demo.story import PEOPLE

FAMILY_PROVIDER = "family"
SECRET = "made-up-for-the-demo"  # noqa: S105  guards made-up people on this machine alone
PERSONAS = tuple(WHAT_TO_LOOK_FOR)
SIGN_IN_NAMES = {
    1: "Tansy Vale School",
    2: "Quillmere Health",
    3: "Bramblegate Homes",
    4: "Quillmere Police",
    5: "Lantern Thread",
    6: "Quillmere County Council",
}


def origin_of(persona: str | None, port: int) -> str:
    """Return the address under which a persona's pages stand; each has a host of her own."""
    host = f"{persona}.localhost" if persona else "localhost"
    return f"http://{host}:{port}"


def provider_code(number: int) -> str:
    """Return the code of the numbered sign-in service."""
    return f"provider_{number}"


def provider_of(persona: str) -> str:
    """Return the code of the sign-in service by which a persona signs in."""
    practitioner = next((one for one in PRACTITIONERS if one.code == persona), None)
    if practitioner is None:
        return FAMILY_PROVIDER
    number = next(
        agency.provider for agency in AGENCIES if agency.mail_domain == practitioner.mail_domain
    )
    return provider_code(number)


def work_mail(code: str) -> str:
    """Return the work mail of a made-up practitioner."""
    practitioner = next(one for one in PRACTITIONERS if one.code == code)
    return f"{code}@{practitioner.mail_domain}"


def made_up_providers(port: int) -> list[MadeUpProvider]:
    """Return the sign-in services; `port` is that of the pages, to which they send back."""
    origins = [origin_of(None, port), *(origin_of(persona, port) for persona in PERSONAS)]
    providers = []
    for number, name in SIGN_IN_NAMES.items():
        domain = next(agency.mail_domain for agency in AGENCIES if agency.provider == number)
        code = provider_code(number)
        people = tuple(
            MadeUpPerson(
                one.code,
                one.name,
                one.role_title,
                mail=work_mail(one.code),
                # Wren's own organisation is one that nobody has set up here.
                organisation=one.agency or "quillmere_speech_therapy",
            )
            for one in PRACTITIONERS
            if one.mail_domain == domain
        )
        providers.append(_provider(code, name, people, origins))
    family = tuple(
        MadeUpPerson(person.code, person.name, WHAT_TO_LOOK_FOR[person.code])
        for person in PEOPLE
        if person.code in WHAT_TO_LOOK_FOR
    )
    providers.append(_provider(FAMILY_PROVIDER, "Family sign-in", family, origins))
    return providers


def _provider(
    code: str, name: str, people: tuple[MadeUpPerson, ...], origins: list[str]
) -> MadeUpProvider:
    return MadeUpProvider(
        path=code,
        name=name,
        client_id="tacroom",
        client_secret=SECRET,
        redirect_uris=tuple(f"{origin}/sign-in/back/{code}" for origin in origins),
        people=people,
    )


def write_settings(folder: Path, *, port: int, provider_port: int, database_url: str) -> Path:
    """Write the demo's settings file and return where it lies."""
    origins = [origin_of(None, port), *(origin_of(persona, port) for persona in PERSONAS)]
    lines = [
        "# Written by the demo at each start; everything in it is made up.",
        _line("council_name", "Quillmere County Council"),
        _line("partnership_name", "Quillmere Early Help Partnership"),
        _line("contact", "the early help team, 01632 960111"),
        _line("safety_day", "01632 960100"),
        _line("advice_line", "The council’s advice line for professionals: 01632 960112"),
        _line("safety_night", "01632 960101"),
        _line("database_url", database_url),
        _line("data_folder", str(folder)),
        f"port = {port}",
        f"public_origins = {json.dumps(origins)}",
        "demo = true",
        # All its people, and all who try it, come from one address.
        "sign_ins_per_address = 10000",
    ]
    provider_origin = f"http://localhost:{provider_port}"
    for number, name in SIGN_IN_NAMES.items():
        of_it = [agency for agency in AGENCIES if agency.provider == number]
        lines += _provider_lines(number, name, of_it, provider_origin)
    lines += [
        "",
        "[[providers]]",
        _line("code", FAMILY_PROVIDER),
        _line("name", "Family sign-in"),
        _line("kind", "family"),
        *_client_lines(FAMILY_PROVIDER, provider_origin),
    ]
    path = folder / "settings.toml"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _provider_lines(
    number: int, name: str, agencies: list[DemoAgency], provider_origin: str
) -> list[str]:
    code = provider_code(number)
    lines = ["", "[[providers]]", _line("code", code), _line("name", name)]
    lines += _client_lines(code, provider_origin)
    lines.append(f"mail_domains = {json.dumps([agencies[0].mail_domain])}")
    if len(agencies) == 1:
        lines.append(_line("agency", agencies[0].code))
    else:
        lines.append(_line("agency_claim", "organisation"))
        placed = ", ".join(f"{one.code} = {json.dumps(one.code)}" for one in agencies)
        lines.append(f"agencies = {{ {placed} }}")
    return lines


def _client_lines(code: str, provider_origin: str) -> list[str]:
    return [
        _line("issuer", f"{provider_origin}/{code}"),
        _line("client_id", "tacroom"),
        _line("client_secret", SECRET),
    ]


def _line(name: str, value: str) -> str:
    return f"{name} = {json.dumps(value)}"  # a JSON text is a TOML text
