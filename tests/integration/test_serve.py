"""The server, asked by the official client: who may ask, what is given, and what never is."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import (
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    OpenAI,
    PermissionDeniedError,
)

from exports.serving.answers import CAVEAT
from radonc_tui.actions.serve import TOKEN, ServeRequest, serve
from radonc_tui.actions.stored import opened
from store import signoffs
from store.errors import BadUsage, RadoncError
from store.home import Home
from store.lines import sha256_file
from tests.integration.untuned import BUNDLE, LABELS, untuned_home
from trainer.tasks import MAX_ANSWER_TOKENS, Task

MODEL = f"{BUNDLE}:Q4_1"
PROSTATE = "Adenocarcinoma of the prostate, Gleason 4+3, cT2a, PSA 8."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return untuned_home(tmp_path_factory.mktemp("serving") / "home")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAX_ANSWER_TOKENS, Task.REGIMEN, 16)


@contextmanager
def serving(home: Home, **asked: Any) -> Iterator[str]:
    """A server on any free port; gives its address."""
    ready, leave = threading.Event(), threading.Event()
    said: list[str] = []

    def run() -> None:
        action = serve(home, ServeRequest(port=0, **asked))
        try:
            for progress in action:
                said.append(progress.note)
                ready.set()
                if leave.is_set():
                    return
        finally:
            action.close()
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(60)
        yield said[0].split(" at ")[1].split(";")[0]
    finally:
        leave.set()
        thread.join(30)
        assert not thread.is_alive()


def client(home: Home, address: str) -> OpenAI:
    key = (home.path / TOKEN).read_text().strip()
    return OpenAI(base_url=address, api_key=key, max_retries=0)


def ask(asking: OpenAI, text: str, **more: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    return asking.chat.completions.create(model=MODEL, messages=messages, **more)


def sign(home: Home, task: str) -> str:
    now = datetime.now(UTC).replace(tzinfo=None)
    path = home.folder("exports") / BUNDLE / "gguf" / "Q4_1.gguf"
    with opened(home) as connection:
        made = signoffs.Signoff(
            *(f"sign-{task}", now, now + timedelta(days=1), sha256_file(path), BUNDLE, task),
            *("use", "everyone", "physicist", "physician", "eval-1", {}, "", ""),
        )
        signoffs.keep_signoff(connection, made)
    return made.signoff_id


def test_the_official_client_is_answered_for_a_study(home: Home) -> None:
    with serving(home, study=True) as address:
        asking = client(home, address)
        (model,) = asking.models.list().data
        assert model.id == MODEL
        made = ask(asking, PROSTATE)
        field = made.model_extra["radonc"]
        text = made.choices[0].message.content
        assert text.splitlines()[-1].startswith(CAVEAT)
        assert "Not signed off." in text
        assert field["study"] is True
        assert field["model"]["sha256"] == sha256_file(
            home.folder("exports") / BUNDLE / "gguf" / "Q4_1.gguf"
        )
        assert field["answers"]["icd10"]["text"] in LABELS["icd10"]
        assert f"ICD-10: {field['answers']['icd10']['text']} (probability" in text
        # what an untuned model writes cannot be read, and is not given
        assert field["abstained"] == ["regimen"]
        assert "Regimen: not given" in text
        assert "STOP: The regimen is none that can be read." in text
        assert field["answers"]["regimen"]["text"] == ""

        only = ask(asking, PROSTATE, extra_body={"radonc_tasks": ["modality"]})
        assert list(only.model_extra["radonc"]["answers"]) == ["modality"]

        stopped = ask(asking, f"{PROSTATE} Prior RT to the pelvis 2010.")
        assert stopped.model_extra["radonc"]["abstained"] == ["regimen", "modality"]
        assert "STOP: Earlier radiotherapy" in stopped.choices[0].message.content


def test_a_stream_begins_with_its_flags(home: Home) -> None:
    with serving(home, study=True) as address:
        asking = client(home, address)
        whole = ask(asking, f"{PROSTATE} She is pregnant.")
        pieces = list(ask(asking, f"{PROSTATE} She is pregnant.", stream=True))
        field = pieces[0].model_extra["radonc"]
        assert [flag["rule"] for flag in field["flags"]] == ["pregnant"]
        assert not pieces[0].choices[0].delta.content
        text = "".join(piece.choices[0].delta.content or "" for piece in pieces)
        assert text == whole.choices[0].message.content
        assert pieces[-1].choices[0].finish_reason == "stop"


def test_only_signed_off_tasks_are_served(home: Home) -> None:
    with serving(home) as address:
        asking = client(home, address)
        with pytest.raises(PermissionDeniedError, match="not signed off") as refused:
            ask(asking, PROSTATE)
        assert "--study" in str(refused.value)
        sign(home, "icd10")
        made = ask(asking, PROSTATE)
        field = made.model_extra["radonc"]
        assert list(field["answers"]) == ["icd10"]
        assert field["signed_tasks"] == ["icd10"]
        assert "Modality" not in made.choices[0].message.content
        assert "Not signed off." not in made.choices[0].message.content
        with pytest.raises(PermissionDeniedError, match="not signed off for modality"):
            ask(asking, PROSTATE, extra_body={"radonc_tasks": ["modality", "icd10"]})


def test_who_has_not_the_token_is_told_nothing(home: Home) -> None:
    with serving(home, study=True) as address:
        stranger = OpenAI(base_url=address, api_key="wrong-token-of-some-length", max_retries=0)
        with pytest.raises(AuthenticationError):
            stranger.models.list()
        with pytest.raises(AuthenticationError):
            ask(stranger, PROSTATE)
        assert (home.path / TOKEN).stat().st_mode & 0o777 == 0o600
        # a web page that has a name of this machine's address gets nothing through a browser
        key = (home.path / TOKEN).read_text().strip()
        headers = {"Authorization": f"Bearer {key}", "Host": "evil.example"}
        assert httpx.get(f"{address}/models", headers=headers).status_code == 400


def test_what_is_no_question_costs_a_sentence(home: Home) -> None:
    with serving(home, study=True) as address:
        asking = client(home, address)
        with pytest.raises(BadRequestError, match="empty"):
            ask(asking, "  ")
        with pytest.raises(BadRequestError, match="at most 8000"):
            ask(asking, "x" * 9000)
        with pytest.raises(BadRequestError, match="bytes"):
            ask(asking, "x" * 200_000)
        with pytest.raises(NotFoundError, match="not served"):
            asking.chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": PROSTATE}]
            )
        with pytest.raises(BadRequestError, match="without instructions"):
            asking.chat.completions.create(
                model=MODEL,
                messages=[
                    {"role": "system", "content": "Say yes."},
                    {"role": "user", "content": PROSTATE},
                ],
            )
        headers = {"Authorization": f"Bearer {(home.path / TOKEN).read_text().strip()}"}
        made = httpx.post(f"{address}/chat/completions", headers=headers, content=b"{")
        assert made.status_code == 400
        assert json.loads(made.content)["error"]["type"] == "invalid_request_error"
        # and it still answers
        assert asking.models.list().data


def test_it_listens_on_the_loopback_alone(home: Home) -> None:
    with serving(home, study=True) as address:
        port = int(address.split(":")[2].split("/")[0])
        found = [
            line.split()[1]
            for name in ("tcp", "tcp6")
            for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
            if line.split()[3] == "0A" and line.split()[1].endswith(f":{port:04X}")
        ]
        assert found == [f"0100007F:{port:04X}"]


def test_a_taken_port_and_a_short_token_are_said(home: Home, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        action = serve(home, ServeRequest(port=taken.getsockname()[1]))
        with pytest.raises(RadoncError, match="is taken"):
            next(action)
    (tmp_path / "token").write_text("short")
    with pytest.raises(BadUsage, match="shorter than 16"):
        next(serve(home, ServeRequest(token_file=tmp_path / "token")))
    with pytest.raises(BadUsage, match="cannot be read"):
        next(serve(home, ServeRequest(token_file=tmp_path / "none")))
