"""The commands of `tacroom`."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from sqlalchemy.exc import DBAPIError

from server.directory.member import Practitioner
from server.kernel import alone, settings
from server.kernel.errors import Invalid, NotFound, TacroomError, Unavailable
from server.kernel.ids import AgencyCode
from server.kernel.settings import Settings, SettingsWrong, is_loopback

app = typer.Typer(
    help="Tacroom: the secure virtual Team Around the Child room.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
policy = typer.Typer(help="Questions about the policies in force.", no_args_is_help=True)
app.add_typer(policy, name="policy")

DRAIN_S = 20
"""How long requests under way are given when the service stops; sockets are closed at once."""

STARTS_WITHIN_S = 60
"""How long a process may take to start, or not answer, before it is replaced."""

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", help="The settings file; else the one that TACROOM_SETTINGS names."),
]


def main() -> None:
    """Run the command that was typed."""
    app()


@app.command()
def serve(
    settings_file: SettingsFile = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes serve; needs PostgreSQL.", min=1, max=64)
    ] = None,
) -> None:
    """Serve the rooms, by one process or by several that are watched and replaced."""
    from server import app as roof  # noqa: PLC0415  other commands start without the pages
    from web.serving import SOCKETS  # noqa: PLC0415  as above

    own = _load(settings_file)
    _refuse_open_air(own)
    count = workers or own.workers
    try:
        alone.must_be_alone(own.database_url, count)
        asyncio.run(roof.must_be_ready(own))
    except (alone.NotAlone, roof.WrongShape) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None
    except (OSError, DBAPIError, Unavailable) as fault:
        # The kind alone: the words of the driver may repeat the address with its password.
        typer.echo(f"The database does not answer ({type(fault).__name__}).", err=True)
        raise typer.Exit(1) from None
    if settings_file is not None:
        os.environ[settings.PLACE] = str(settings_file.resolve())  # for the processes we start
    uvicorn.run(
        "server.app:served",
        factory=True,
        workers=count,
        host=own.host,
        port=own.port,
        ssl_certfile=own.tls_certificate,
        ssl_keyfile=own.tls_key,
        proxy_headers=own.behind_proxy,
        forwarded_allow_ips=list(own.proxy_addresses),
        server_header=False,
        access_log=False,  # Threat T-14: addresses of requests are nobody's to keep
        **SOCKETS,
        timeout_graceful_shutdown=DRAIN_S,
        timeout_worker_healthcheck=STARTS_WITHIN_S,
    )


@app.command()
def migrate(settings_file: SettingsFile = None) -> None:
    """Bring the database to this release's shape."""
    from server.kernel import migrating  # noqa: PLC0415  as above

    own = _load(settings_file)
    try:
        with alone.alone_on(own.database_url):
            asyncio.run(migrating.migrate(own.database_url))
    except alone.NotAlone as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"The database is at shape {migrating.newest()}.")


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Where the pages are served.")] = 8000,
    reset: Annotated[bool, typer.Option("--reset", help="Begin the sample family again.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its state.")] = Path("state"),
) -> None:
    """Serve the sample room of a made-up family here."""
    from server import app as roof  # noqa: PLC0415  as above
    from server import assembly  # noqa: PLC0415
    from server.demo import serving  # noqa: PLC0415  `serve` never loads the demo
    from server.kernel import migrating  # noqa: PLC0415

    status = serving.run(
        # One folder for each port: sign-ins are bound to the address of their provider.
        folder / f"demo-{port}",
        roof,
        migrating.migrate,
        keepers=assembly.KEEPERS,
        port=port,
        reset=reset,
    )
    raise typer.Exit(status)


@app.command("verify-log")
def verify_log(
    settings_file: SettingsFile = None,
    database: Annotated[str | None, typer.Option(help="The database's address.")] = None,
    tiles: Annotated[Path | None, typer.Option(help="A folder of exported tiles instead.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint that was kept outside; finds a cut tail.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="The log's public key, for the signature.")
    ] = None,
) -> None:
    """Prove whether the log is whole: 0 whole, 1 not whole, 2 the signature was not checked."""
    from server.audit import checking  # noqa: PLC0415  as above

    if tiles is not None:
        code, lines = checking.verify_export(tiles, checkpoint, public_key)
    else:
        url = database or _load(settings_file).database_url
        code, lines = checking.verify_database(url, checkpoint, public_key)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(code)


@policy.command("check")
def policy_check(settings_file: SettingsFile = None) -> None:
    """Compare every cell in force with what Casbin says of it."""
    from policies import revision  # noqa: PLC0415  as above
    from server.kernel import database  # noqa: PLC0415
    from server.kernel.database import Database  # noqa: PLC0415

    async def check() -> int:
        store = Database(_load(settings_file).database_url)
        database.bind(store)
        try:
            async with store.reading() as tx:
                found = await revision.check_all(tx)
        finally:
            await store.close()
        for one in found:
            follows = "" if one.follows else "; its clauses do NOT give this matrix"
            typer.echo(
                f"{one.pack} version {one.version}: {one.cells} cells, "
                f"{len(one.differences)} differences{follows}"
            )
        return 1 if any(one.differences or not one.follows for one in found) else 0

    raise typer.Exit(asyncio.run(check()))


@policy.command("replay")
def policy_replay(
    settings_file: SettingsFile = None,
    days: Annotated[int, typer.Option(help="How many days back.", min=1)] = 30,
) -> None:
    """Decide once more what the log tells of, by what was in force then: 0 if all is the same."""
    from consent import replaying  # noqa: PLC0415  as above
    from server import app as roof  # noqa: PLC0415
    from server.audit.search import Filter  # noqa: PLC0415
    from server.kernel import clock  # noqa: PLC0415

    async def replay() -> int:
        async with roof.standing(_load(settings_file)) as store, store.reading() as tx:
            since = clock.now() - timedelta(days=days)
            done = await replaying.replay_log(tx, Filter(since=since))
        untold = ", ".join(f"{count} {why}" for why, count in sorted(done.untold.items()))
        typer.echo(
            f"{done.decisions} decisions put once more: {done.same} the same, "
            f"{done.others} others; {done.rules} by rules of the product itself; "
            f"not told of on purpose: {untold or 'none'}"
        )
        for one in done.differ:
            typer.echo(f"{one.entry.hex}  {one.kind}: {one.was} -> {one.becomes}")
        if done.others > len(done.differ):
            typer.echo(f"and {done.others - len(done.differ)} more")
        return 1 if done.others else 0

    raise typer.Exit(asyncio.run(replay()))


Organisation = Annotated[str, typer.Option(help="The code of the organisation you act for.")]
WorkMail = Annotated[str, typer.Option("--as", help="The work mail of its officer who you are.")]


@policy.command("export")
def policy_export(
    code: Annotated[str, typer.Argument(help="The agreement's short code.")],
    organisation: Organisation,
    work_mail: WorkMail,
    settings_file: SettingsFile = None,
) -> None:
    """Print the sharing agreement in force as one file."""
    from consent import drafting  # noqa: PLC0415  as above

    own = _load(settings_file)
    _say(_as_officer(own, organisation, work_mail, lambda who: drafting.export_isa(who, code)))


@policy.command("import")
def policy_import(
    file: Annotated[Path, typer.Argument(help="The file of the agreement.", dir_okay=False)],
    organisation: Organisation,
    work_mail: WorkMail,
    settings_file: SettingsFile = None,
) -> None:
    """Begin a draft from a file; nothing in force changes, and faults are told by their lines."""
    from consent import drafting  # noqa: PLC0415  as above

    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        typer.echo(f"{file} cannot be read: {fault}", err=True)
        raise typer.Exit(2) from None

    async def begin(who: Practitioner) -> str:
        code = await drafting.begin_draft(who, drafting.FromFile(text))
        return f"A draft of {code} is begun.\n"

    _say(_as_officer(_load(settings_file), organisation, work_mail, begin))


async def _as_officer(
    own: Settings,
    organisation: str,
    work_mail: str,
    act: Callable[[Practitioner], Awaitable[str]],
) -> str:
    """Do what an officer may do, in her name: the gate is asked, and the log tells of her."""
    from server import app as roof  # noqa: PLC0415  as above
    from server.directory import store as directory  # noqa: PLC0415
    from server.kernel.database import reading  # noqa: PLC0415

    async with roof.standing(own):
        async with reading() as tx:
            who = await directory.find_by_work_mail(tx, AgencyCode(organisation), work_mail)
        if who is None:
            raise NotFound
        return await act(who)


def _say(told: Coroutine[object, object, str]) -> None:
    try:
        typer.echo(asyncio.run(told), nl=False)
    except Invalid as wrong:
        for fault in wrong.faults.values():
            typer.echo(fault, err=True)
        raise typer.Exit(1) from None
    except TacroomError as no:
        typer.echo(no.sentence, err=True)
        raise typer.Exit(1) from None


@app.command("check-install")
def check_install() -> None:
    """Say whether every part of Tacroom is the one that was installed."""
    from importlib.util import find_spec  # noqa: PLC0415  as above

    root = Path(__file__).resolve().parent.parent
    wrong = []
    for name in ("server", "rooms", "documents", "actions", "consent", "policies", "web"):
        spec = find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or root not in origin.parents:
            wrong.append(f"{name}: another package of this name is in the way ({origin})")
    for line in wrong or ["Every part of Tacroom is its own."]:
        typer.echo(line)
    raise typer.Exit(1 if wrong else 0)


@app.command()
def migration(name: str) -> None:
    """Begin a migration: `tacroom migration add_seat_notes`."""
    from alembic import command  # noqa: PLC0415  as above

    from server.kernel import migrating  # noqa: PLC0415

    number = f"{int(migrating.newest()) + 1:04d}"
    config = migrating.configured("")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    command.revision(config, message=name, rev_id=number)


def _load(path: Path | None) -> Settings:
    try:
        return settings.load(path)
    except SettingsWrong as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(2) from None


def _refuse_open_air(own: Settings) -> None:
    """Refuse to serve children's records in clear text to other machines."""
    if is_loopback(own.host) or own.behind_proxy or own.tls_certificate:
        return
    typer.echo(
        f"{own.host} can be reached from other machines. Give tls_certificate and tls_key, or "
        "set behind_proxy = true where a proxy ends TLS.",
        err=True,
    )
    raise typer.Exit(2)
