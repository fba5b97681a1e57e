"""`tacroom policy export` and `import`: the same acts as on pages, in an officer's name."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

from policies.isa_file import read_isa
from server.audit.search import Filter
from server.directory.member import Office
from server.kernel.ids import AgencyCode
from tests.consent.acts import entries
from tests.consent.officers import draft_of, officer

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
POLICE = AgencyCode("quillmere_police")
PROVIDER = {
    "code": "p1",
    "name": "Quillmere sign-in",
    "issuer": "https://signin.example",
    "client_id": "tacroom",
    "client_secret": "made up",
    "agency": "tansy_vale",
}


def told(values: Mapping[str, object]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())


@pytest.fixture
def command(house, database_url, tmp_path):
    """Run a command in the name of somebody of the police."""
    own = {
        "council_name": "Quillmere County Council",
        "contact": "the early help desk",
        "safety_day": "01632 960100",
        "safety_night": "01632 960101",
        "database_url": database_url,
        "data_folder": str(tmp_path),
        "public_origins": ["https://tacroom.example"],
    }
    path = tmp_path / "settings.toml"
    path.write_text(told(own) + "[[providers]]\n" + told(PROVIDER))

    def run(*words: object, name: str = "ig_officer") -> subprocess.CompletedProcess[str]:
        who = ["--organisation", str(POLICE), "--as", f"{name}@quillmere-police.example"]
        line = [sys.executable, "-m", "server", "policy", *map(str, words), *who]
        return subprocess.run(
            [*line, "--settings", str(path)], capture_output=True, text=True, check=False
        )

    return run


async def test_an_agreement_goes_out_and_comes_in_by_commands(house, command, tmp_path):
    noor = await officer(POLICE, Office.IG_OFFICER)

    out = command("export", "QEH")
    assert (out.returncode, out.stderr) == (0, "")
    assert read_isa(out.stdout).isa.code == "QEH"

    file = tmp_path / "agreement.json"
    file.write_text(out.stdout.replace("health_child", "health_kid").replace("asb", "Asb"))
    refused = command("import", file)
    assert refused.returncode == 1
    assert all(line.startswith("Line ") for line in refused.stderr.splitlines())
    assert "health_kid is not known" in refused.stderr
    file.write_text(out.stdout)
    assert command("import", file).stdout == "A draft of QEH is begun.\n"

    assert (await draft_of(noor)).isa.version == 4
    begun = await entries(Filter(kind="isa:draft-begun"))
    assert [(one.who, one.outcome) for one in begun] == [(noor.id, "allowed")]


async def test_a_command_does_no_more_than_its_officer_may(house, command):
    await officer(POLICE, Office.DPO_CALDICOTT)

    for name in ("dpo_caldicott", "nobody"):
        refused = command("export", "QEH", name=name)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == "This cannot be shown to you.\n"
    assert len(await entries(Filter(kind="isa:export-refused"))) == 1
