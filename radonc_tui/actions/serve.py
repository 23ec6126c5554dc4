"""A server of predictions on this machine, for a clinic's other software."""

import os
import secrets
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exports.bundle import find_model
from radonc_tui.actions.asking import PredictSession, newest_model, signed_for
from radonc_tui.actions.models import bundle_of
from radonc_tui.actions.progress import Action, Progress, T
from radonc_tui.actions.stored import lease
from store.errors import BadUsage, RadoncError
from store.home import Home

LOOPBACK = "127.0.0.1"
TOKEN = "serve-token"
LOOK_SECONDS = 0.2
END_SECONDS = 10.0
STORE_SECONDS = 10.0


@dataclass(frozen=True)
class ServeRequest:
    """The model (the newest bundle where none is named), the port (0: any), and for what.

    ``study`` also serves tasks that are not signed off. ``token_file`` holds the token; the home's
    own is made where there is none.
    """

    model: str = ""
    port: int = 8765
    study: bool = False
    token_file: Path | None = None


def serve(home: Home, request: ServeRequest) -> Action[None]:
    """Serve one model until this is closed; the first progress says where, and where the token is.

    Raises:
        BadUsage: no such model, or no token in the file.
        RadoncError: the extra is not installed, or the port is taken.
    """
    app_of = _parts()
    # a question waits for whoever has the store in hand; the command's own wait may be longer
    lease(home).wait = max(lease(home).wait, STORE_SECONDS)
    model = find_model(home, newest_model(home, request.model))
    bundle = bundle_of(home, model)
    path = request.token_file or home.path / TOKEN
    token = _token(path, make=request.token_file is None)
    answered = threading.Semaphore(0)
    session = PredictSession(home, model.label)
    served = app_of(
        name=model.label,
        tasks=list(bundle.manifest["tasks"]),
        signed=lambda: _ended(signed_for(home, model)),
        ask=lambda text: _ended(session.ask(text)),
        study=request.study,
        token=token,
        answered=answered.release,
    )
    count = 0
    try:
        with _listening(served, request.port) as (port, alive):
            where = f"http://{LOOPBACK}:{port}/v1"
            kept = f"{model.label} at {where}; the token (API key) is in {path}."
            yield Progress("serve", 0, 0, "answers", note=kept)
            while alive():
                while answered.acquire(timeout=LOOK_SECONDS):
                    count += 1
                yield Progress("serve", count, 0, "answers")
            raise RadoncError("The server ended by itself.", "Start it again.")
    finally:
        session.close()


def _parts() -> Any:
    """What makes the application; imported here because it comes with an extra."""
    try:
        import openai  # noqa: F401 - its types shape the answers
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise RadoncError(
            "The parts of a server are not installed.", "Install them: uv sync --extra serve"
        ) from error
    from exports.serving.app import Served, make_app

    def app_of(**values: Any) -> Any:
        return make_app(Served(**values))

    return app_of


@contextmanager
def _listening(app: Any, port: int) -> Generator[tuple[int, Any]]:
    """Run uvicorn in a thread, on a socket of the loopback; the port, and whether it still runs."""
    import uvicorn

    try:
        bound = socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise RadoncError(
            f"The port {port} of this machine is taken.", "Name another with --port, 0 is any."
        ) from error
    config = uvicorn.Config(
        app, log_level="error", access_log=False, server_header=False, lifespan="off", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield bound.getsockname()[1], thread.is_alive
    finally:
        server.should_exit = True
        thread.join(END_SECONDS)
        bound.close()


def _token(path: Path, make: bool) -> str:
    """The token in a file; made there, for its owner alone, where ``make`` and it is absent."""
    if make and not path.exists():
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(path, flags, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"The token file {path} cannot be read.", "Name another.") from error
    if len(token) < 16 or not token.isascii():
        raise BadUsage(
            f"The token in {path} is shorter than 16 characters.", "Put a longer one there."
        )
    return token


def _ended(action: Action[T]) -> T:
    """An action's result, without its progress."""
    while True:
        try:
            next(action)
        except StopIteration as stop:
            return stop.value
