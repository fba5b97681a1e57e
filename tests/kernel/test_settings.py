"""The settings file: read whole, refused whole, with a sentence for each fault."""

from pathlib import Path

import pytest

from server.kernel import settings as kernel_settings
from server.kernel.settings import Settings, SettingsWrong, is_loopback, load, read

SCHOOL = {
    "code": "tansy_vale",
    "name": "Tansy Vale School",
    "issuer": "https://sign-in.tansyvale.example",
    "client_id": "tacroom",
    "client_secret": "not-a-real-secret",
    "mail_domains": ["tansyvale.example"],
    "agency": "tansy_vale",
}
HEALTH = {
    "code": "health",
    "name": "Quillmere Health",
    "issuer": "https://sign-in.quillhealth.example",
    "client_id": "tacroom",
    "client_secret": "not-a-real-secret",
    "mail_domains": ["QuillHealth.example"],
    "agency_claim": "organisation",
    "agencies": {"hv": "quillmere_hv", "sn": "quillmere_sn"},
}
FAMILY = {
    "code": "family",
    "name": "Family sign-in",
    "kind": "family",
    "issuer": "http://provider.localhost:9000/family",
    "client_id": "tacroom",
    "client_secret": "not-a-real-secret",
}


def told(**changes) -> dict[str, object]:
    whole: dict[str, object] = {
        "council_name": "Quillmere County Council",
        "contact": "the early help desk",
        "safety_day": "01632 960100",
        "safety_night": "01632 960101",
        "database_url": "sqlite+aiosqlite:///x.sqlite",
        "data_folder": "x",
        "public_origins": ["https://tacroom.example"],
        "providers": [SCHOOL, HEALTH, FAMILY],
    }
    return whole | changes


def faults(**changes) -> str:
    with pytest.raises(SettingsWrong) as wrong:
        read(told(**changes))
    return str(wrong.value)


def test_the_provider_is_found_by_the_whole_mail_domain():
    settings = read(told())
    found = settings.provider_of_mail(" Bronagh@QUILLHEALTH.example ")
    assert found is not None
    assert found.code == "health"
    assert settings.provider_of_mail("eve@evilquillhealth.example") is None
    assert settings.provider_of_mail("eve@sub.quillhealth.example") is None
    assert settings.provider_of_mail("quillhealth.example@elsewhere.example") is None
    assert settings.provider("health") is found
    assert settings.provider("unknown") is None


@pytest.mark.parametrize(
    ("claims", "agency"),
    [
        ({"organisation": "hv"}, "quillmere_hv"),
        ({"organisation": "sn"}, "quillmere_sn"),
        ({"organisation": "speech"}, None),
        ({"organisation": ["hv"]}, None),
        ({"organisation": None}, None),
        ({"agency": "quillmere_hv"}, None),
        ({}, None),
    ],
)
def test_the_organisation_comes_from_provider_and_claim(claims, agency):
    health = read(told()).provider("health")
    assert health is not None
    assert health.agency_of(claims) == agency


def test_a_claim_moves_nobody_out_of_a_providers_only_organisation():
    school = read(told()).provider("tansy_vale")
    assert school is not None
    assert school.agency_of({"organisation": "hv", "agency": "bramblegate"}) == "tansy_vale"


def test_the_family_provider_places_nobody():
    family = read(told()).family_provider
    assert family is not None
    assert family.agency_of({"organisation": "hv"}) is None
    assert read(told(providers=[SCHOOL])).family_provider is None


def test_an_unknown_setting_is_refused_by_name():
    assert faults(uplaod_limit_bytes=1) == (
        "Settings: uplaod_limit_bytes: there is no such setting. Check how it is spelt."
    )
    assert "providers, 1, agncy: there is no such setting" in faults(
        providers=[SCHOOL | {"agncy": "x"}]
    )


def test_every_fault_is_named_at_once_and_no_secret_repeated():
    said = faults(
        contact="",
        port=0,
        providers=[{**SCHOOL, "client_secret": 12345, "issuer": "http://open.example"}],
    )
    assert len(said.splitlines()) == 4
    assert "12345" not in said


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"providers": []}, "one of `providers`"),
        ({"public_origins": []}, "one of `public_origins`"),
        ({"public_origins": ["tacroom.example"]}, "must be an origin"),
        ({"public_origins": ["https://tacroom.example/"]}, "without a path"),
        ({"public_origins": ["https://Tacroom.example"]}, "lower case"),
        ({"public_origins": ["https://x@tacroom.example"]}, "must be an origin alone"),
        ({"public_origins": ["http://tacroom.example"]}, "must begin with https://"),
        ({"providers": [SCHOOL | {"mail_domains": ["a@b.example"]}]}, "must be a mail domain"),
        ({"providers": [SCHOOL | {"mail_domains": ["localhost"]}]}, "must be a mail domain"),
        ({"providers": [SCHOOL, SCHOOL]}, "two sign-in services have the code tansy_vale"),
        ({"providers": [SCHOOL, HEALTH | {"issuer": SCHOOL["issuer"]}]}, "have the issuer"),
        (
            {"providers": [SCHOOL, HEALTH | {"mail_domains": ["tansyvale.example"]}]},
            "have the mail domain",
        ),
        ({"providers": [SCHOOL | {"agency": None}]}, "name either `agency`"),
        ({"providers": [HEALTH | {"agencies": {}}]}, "name either `agency`"),
        ({"providers": [HEALTH | {"agency": "x"}]}, "name either `agency`"),
        ({"providers": [SCHOOL | {"agency_claim": "x"}]}, "`agency` stands alone"),
        ({"providers": [FAMILY | {"agency": "x"}]}, "has no mail domains and no organisation"),
        (
            {"providers": [FAMILY, FAMILY | {"code": "b", "issuer": "https://b.example"}]},
            "only one sign-in service can be the family's",
        ),
        ({"exit_address": "javascript:alert(1)"}, "must begin with https://"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(changes, sentence):
    assert sentence in faults(**changes)


def test_a_missing_setting_is_named():
    whole = told()
    del whole["safety_night"]
    with pytest.raises(SettingsWrong, match="safety_night: this setting is missing"):
        read(whole)


def test_loopback_is_this_machine_alone():
    assert is_loopback("imara.localhost")
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback("localhost.example")
    assert not is_loopback("192.0.2.1")


def test_an_origin_is_known_whole_or_not_at_all():
    settings = read(told(public_origins=["http://imara.localhost:8000"]))
    assert settings.is_public_origin("http://imara.localhost:8000")
    assert not settings.is_public_origin("http://imara.localhost:8001")
    assert not settings.is_public_origin("http://eve.imara.localhost:8000")


def test_the_file_is_the_one_the_environment_names(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("TACROOM_SETTINGS", raising=False)
    with pytest.raises(SettingsWrong, match="Name the settings file in TACROOM_SETTINGS"):
        load()
    place = tmp_path / "settings.toml"
    monkeypatch.setenv("TACROOM_SETTINGS", str(place))
    with pytest.raises(SettingsWrong, match="cannot be read: No such file"):
        load()
    place.write_text("council_name = ")
    with pytest.raises(SettingsWrong, match="is not TOML"):
        load()
    place.write_text(
        """
council_name = "Quillmere County Council"
contact = "the early help desk"
safety_day = "01632 960100"
safety_night = "01632 960101"
database_url = "sqlite+aiosqlite:///x.sqlite"
data_folder = "x"
public_origins = ["http://imara.localhost:8000"]

[[providers]]
code = "tansy_vale"
name = "Tansy Vale School"
issuer = "http://provider.localhost:9000/1"
client_id = "tacroom"
client_secret = "not-a-real-secret"
mail_domains = ["tansyvale.example"]
agency = "tansy_vale"
"""
    )
    assert load() == load(place)
    assert load().council_name == "Quillmere County Council"


def test_settings_must_be_bound_before_they_are_asked_for(monkeypatch):
    monkeypatch.setattr(kernel_settings, "_bound", [])
    with pytest.raises(RuntimeError):
        kernel_settings.settings()
    some: Settings = read(told())
    kernel_settings.bind(some)
    assert kernel_settings.settings() is some


def test_a_proxy_is_named_by_address_or_network():
    assert read(told(proxy_addresses=["10.0.0.7", "fd00::/8"])).proxy_addresses == (
        "10.0.0.7",
        "fd00::/8",
    )
    assert "proxy_addresses, 1: must be an address" in faults(proxy_addresses=["*"])
