"""The web application: who may ask, what is asked, and why something is refused.

``/v1/models`` and ``/v1/chat/completions``. Every request needs the token, and a Host header of
this machine, so that no web page can ask through a browser. No text is logged. What answers is
given by the caller, and is the one prediction session that the screens use as well.
"""

import hmac
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exports.serving.answers import chunks, completion, radonc_field
from store.errors import BadUsage, RadoncError, Refused
from trainer.tasks import Task

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

HOSTS = ("127.0.0.1", "localhost", "[::1]")
MOST_BYTES = 1 << 17
"""Of a request; the longest diagnosis that is read has 8,000 characters."""
STATUS = {BadUsage: 400, Refused: 403}


class NoSuchModel(RadoncError):
    """Another model was asked for than the one that is served."""


@dataclass(frozen=True)
class Served:
    """What the application serves.

    ``name`` is NAME:QUANT. ``signed`` tells for which tasks that file is signed off now, whenever
    it is asked; ``tasks`` are all it was trained on. ``ask`` answers one diagnosis, in any thread;
    ``answered`` is told after each answer.
    """

    name: str
    tasks: Sequence[str]
    signed: Callable[[], Sequence[str]]
    ask: Callable[[str], dict[str, Any]]
    study: bool
    token: str
    answered: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class _Asked:
    text: str
    stream: bool
    tasks: tuple[str, ...]


def make_app(served: Served) -> "Starlette":
    """The application; one of it may be used by one event loop."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import JSONResponse, StreamingResponse
    from starlette.routing import Route

    async def models(request: "Request") -> "Response":
        if refused := _token_refused(request, served.token):
            return refused
        model = {"id": served.name, "object": "model", "created": 0, "owned_by": "radonc"}
        signed = await run_in_threadpool(served.signed)
        about = {"tasks": list(served.tasks), "signed_tasks": list(signed), "study": served.study}
        return JSONResponse({"object": "list", "data": [{**model, "radonc": about}]})

    async def chat(request: "Request") -> "Response":
        if refused := _token_refused(request, served.token):
            return refused
        try:
            asked = _read(await _body(request), served)
            field = await run_in_threadpool(_answer, served, asked)
        except RadoncError as error:
            status = 404 if isinstance(error, NoSuchModel) else STATUS.get(type(error), 500)
            return _refusal(status, error.message, error.hint)
        parts = (field, served.name, int(time.time()), f"chatcmpl-{uuid.uuid4().hex}")
        if not asked.stream:
            return JSONResponse(completion(*parts))
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks(*parts)]
        return StreamingResponse(iter([*lines, "data: [DONE]\n\n"]), media_type="text/event-stream")

    routes = [
        Route("/v1/models", models, methods=["GET"]),
        Route("/v1/chat/completions", chat, methods=["POST"]),
    ]
    here = Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False)
    return Starlette(routes=routes, middleware=[here])


def _answer(served: Served, asked: _Asked) -> dict[str, Any]:
    """The field ``radonc`` of one answer.

    Raises:
        Refused: a task is not signed off, and the server does not run for a study.
    """
    tasks = _allowed(served, asked)
    answer = served.ask(asked.text)
    if not served.study:
        # a sign-off may have been revoked while the model was thinking
        tasks = [task for task in tasks if task in answer["signed_tasks"]]
        if not tasks:
            raise _unsigned(served, asked.tasks)
    served.answered()
    return radonc_field(answer, tasks, served.study)


def _allowed(served: Served, asked: _Asked) -> list[str]:
    """The tasks that are answered: those asked for, or all that may be."""
    wanted = list(asked.tasks or served.tasks)
    if served.study:
        return wanted
    signed = set(served.signed())
    if asked.tasks and not set(wanted) <= signed:
        raise _unsigned(served, [task for task in wanted if task not in signed])
    tasks = [task for task in wanted if task in signed]
    if not tasks:
        raise _unsigned(served, wanted)
    return tasks


def _unsigned(served: Served, tasks: Sequence[str]) -> Refused:
    return Refused(
        f"{served.name} is not signed off for {', '.join(tasks) or 'any task'}.",
        "Sign it off with `radonc signoff`, or start the server with --study for a study.",
    )


def _read(body: bytes, served: Served) -> _Asked:
    """What is asked: the last message of the user is the diagnosis.

    Raises:
        BadUsage: it is no such request.
        NoSuchModel: it names another model.
    """
    try:
        asked = json.loads(body)
    except ValueError as error:
        raise BadUsage("The request is no JSON object.", "Send one.") from error
    if not isinstance(asked, dict) or not isinstance(asked.get("messages"), list):
        raise BadUsage("The request has no list of messages.", "Send one with the diagnosis.")
    if asked.get("model") not in (served.name, served.name.split(":")[0]):
        raise NoSuchModel(
            f"The model {asked.get('model')!r} is not served here.", f"Ask {served.name}."
        )
    if asked.get("n") not in (None, 1):
        raise BadUsage("One question has one answer.", "Leave n out.")
    users = [m for m in asked["messages"] if isinstance(m, dict) and m.get("role") == "user"]
    if len(asked["messages"]) != 1 or len(users) != 1:
        raise BadUsage(
            "One diagnosis is asked at a time, without instructions.",
            "Send one message of the role user: the diagnosis.",
        )
    tasks = asked.get("radonc_tasks") or []
    if not isinstance(tasks, list) or not set(tasks) <= set(served.tasks):
        raise BadUsage(
            f"radonc_tasks is a list of {', '.join(served.tasks)}.", "Leave it out for all."
        )
    order = tuple(task.value for task in Task if task.value in tasks)
    return _Asked(_text(users[0].get("content")), bool(asked.get("stream")), order)


def _text(content: Any) -> str:
    """A message's text, whether it is one or comes in parts.

    Raises:
        BadUsage: a part is no text.
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        if len(parts) == len(content) and all(isinstance(part, str) for part in parts):
            return "\n".join(map(str, parts))
    raise BadUsage("A diagnosis is text.", "Send it as the content of the message.")


async def _body(request: "Request") -> bytes:
    """The request's bytes.

    Raises:
        BadUsage: there are more than anybody needs.
    """
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise BadUsage(
                f"The request has more than {MOST_BYTES} bytes.", "Send the diagnosis alone."
            )
    return body


def _token_refused(request: "Request", token: str) -> "Response | None":
    given = request.headers.get("authorization", "")
    if hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return None
    return _refusal(401, "The token is missing or wrong.", "Send it as the API key.")


def _refusal(status: int, message: str, hint: str) -> "Response":
    """An error as the OpenAI API has it."""
    from starlette.responses import JSONResponse

    kinds = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error"}
    error = {
        "message": f"{message} {hint}".strip(),
        "type": kinds.get(status, "not_found_error" if status == 404 else "server_error"),
        "param": None,
        "code": status,
    }
    return JSONResponse({"error": error}, status_code=status)
