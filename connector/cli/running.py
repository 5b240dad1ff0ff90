"""`badge-connector init`, `serve`, `worker`, `doctor`, `keys rotate` and `demo`."""

import signal
import sys
import threading
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.answers import DONE, REFUSED, AsJson, answering, err, out, print_json, secret
from connector.connections.secrets import reseal
from connector.jobs.supervised import supervised
from connector.jobs.worker import work
from connector.opened import examined, opened, prepared
from connector.organizations.people import ensure_site_staff
from connector.publishing.publish import publish_what_waits
from connector.settings import as_environment, has_screen
from connector.sync.on_time import sync_what_waits

keys = typer.Typer(no_args_is_help=True, help="The keys that seal secrets.")
GRACE_SECONDS = 3
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def add_to(app: typer.Typer) -> None:
    """Hang the commands on the tree."""
    app.command()(demo)
    app.command()(init)
    app.command()(serve)
    app.command()(worker)
    app.command()(doctor)
    app.add_typer(keys, name="keys")


@answering
def init(
    email: Annotated[str | None, typer.Option(help="The first site-staff account.")] = None,
    password: Annotated[str | None, typer.Option(metavar="@PATH|env:NAME", help="Its password.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prepare the database and the secret key, and the first account. May be run again at any time."""
    given = secret(password, "--password") if password else None
    this = prepared()
    answer: dict[str, object] = {"database": "current", "person": None}
    if email:
        with this.database.transaction() as connection:
            answer["person"] = asdict(ensure_site_staff(connection, email, given))
    if as_json:
        print_json(answer)
    else:
        out.print("Ready. Next: badge-connector organizations add …")


@answering
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8080,
    as_json: AsJson = False,
) -> None:
    """Serve the desk, the API and the embedded registry, with a worker beside them."""
    this = opened()
    if host not in LOOPBACK and not this.settings.public_url.startswith("https://"):
        err.print("Passwords and sessions cross the network in the clear: put it behind https.", style="yellow")
    err.print(f"Serving on http://{host}:{port} (stop with Ctrl-C)")
    command = [sys.executable, "-m", "connector", "worker", "--with-parent"]
    with supervised(command, as_environment(this.settings)):
        import_module("uvicorn").run(
            "connector.web.app:create_app",
            factory=True,
            host=host,
            port=port,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )


@answering
def worker(
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when the process that started it ends.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Do the syncs and the publishing that wait, are due, or were left behind, until stopped."""
    this = opened()
    until = threading.Event()
    signal.signal(signal.SIGTERM, _leave)
    kinds = [partial(do, this.database, this.settings) for do in (sync_what_waits, publish_what_waits)]
    work(kinds, until=until, with_parent=with_parent)


@answering
def doctor(as_json: AsJson = False) -> int:
    """Say whether everything this installation needs is in order."""
    found = examined()
    if as_json:
        print_json([each._asdict() for each in found])
    else:
        for each in found:
            out.print(f"{'[green]✓[/]' if each.ok else '[red]✗[/]'} {each.name}: {each.message}")
    return DONE if all(each.ok for each in found) else REFUSED


@keys.command()
@answering
def rotate(as_json: AsJson = False) -> None:
    """Seal every secret again with the newest key of CONNECTOR_SECRET_KEY."""
    this = opened()
    with this.database.transaction() as connection:
        count = reseal(connection, this.keys)
    if as_json:
        print_json({"resealed": count})
    else:
        out.print(f"{count} secrets are sealed with the newest key. The older keys can go.")


@answering
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8080,
    data: Annotated[Path | None, typer.Option(help="Where the demo keeps its data.", file_okay=False)] = None,
    platforms_only: Annotated[bool, typer.Option("--platforms-only", help="Only the practice platforms.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Do the main job once, read it back, and end.")] = False,
    browser: Annotated[bool, typer.Option(help="Open the desk in a browser.")] = True,
    as_json: AsJson = False,
) -> int:
    """The main job on practice platforms: connect, sync, complete, approve, publish, read back."""
    running: Any = import_module("connector.demo.running")

    def say(text: str) -> None:
        (err if as_json else out).print(text, soft_wrap=True)

    if platforms_only:
        running.platforms_until_stopped(data or Path("demo-data"), say)
        return DONE
    if not once:
        running.until_stopped(data or Path("demo-data"), port, say, browse=browser and has_screen())
        return DONE
    told = running.once(data, say)
    if as_json:
        print_json(told)
    return DONE if told["read_back"] == sum(told["published"].values()) > 0 else REFUSED


def _leave(signal_number: int, frame: object) -> None:
    """Stop where it is: what was written stands, and the run is taken up by the next worker."""
    raise SystemExit(0)
