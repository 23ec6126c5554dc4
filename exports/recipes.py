"""How a bundle's file is run without this program: for Ollama, and for llama.cpp's own server.

Made of a bundle's facts and its prompts' own words; nothing here runs anything. Both answer freely
what is asked of them: the closed lists and their probabilities are this program's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from store.lines import read_json
from trainer.tasks import MAX_ANSWER_TOKENS, Task, prompt

CONTEXT = 4096
PORT = 8080
EXAMPLE = "61-year-old woman, painful bone metastasis of L3 from breast cancer, ECOG 1."


def modelfile(facts: Mapping[str, Any]) -> str:
    """An Ollama Modelfile of the bundle's recommended file, for ``ollama create`` in its folder."""
    notice = [f"# {facts['notice']}"] if facts["notice"] else []
    return "\n".join(
        [
            f"# {facts['id']}: ollama create {facts['id']} -f Modelfile",
            *notice,
            f"FROM ./gguf/{facts['recommended']}.gguf",
            # the prompt goes in as it is: the model was trained without a chat around it
            'TEMPLATE """{{ .Prompt }}"""',
            'PARAMETER stop "\\n"',
            "PARAMETER temperature 0",
            f"PARAMETER num_ctx {CONTEXT}",
            f"PARAMETER num_predict {MAX_ANSWER_TOKENS[Task.REGIMEN]}",
            "",
        ]
    )


def server_command(facts: Mapping[str, Any]) -> str:
    """The command that starts llama.cpp's server with the recommended file, for this machine only.

    To be typed in the bundle's folder.
    """
    return (
        f"llama-server --model gguf/{facts['recommended']}.gguf --ctx-size {CONTEXT} "
        f"--temp 0 --host 127.0.0.1 --port {PORT}"
    )


def adapter_command(facts: Mapping[str, Any]) -> str:
    """The same with the adapter on a file of its base; "" where the bundle has no adapter."""
    adapter = facts.get("adapter")
    if not adapter:
        return ""
    return (
        f"llama-server --model {adapter['on']['name']}-{adapter['on']['quant']}.gguf "
        f"--lora gguf/adapter.gguf --ctx-size {CONTEXT} --temp 0 --host 127.0.0.1 --port {PORT}"
    )


def chat_template(base: Path) -> str:
    """The base's own chat template, which the tuned model was trained without; "" where none."""
    path = base / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    settings = base / "tokenizer_config.json"
    found = read_json(settings).get("chat_template") if settings.is_file() else None
    return found if isinstance(found, str) else ""


def example_prompt() -> str:
    """What such a server is asked: a made-up diagnosis and a question, as in training."""
    return prompt(EXAMPLE, Task.REGIMEN)
