"""A prediction in the shape of the OpenAI API, with everything of it in the field ``radonc``.

The text is what software shows that knows nothing of Radonc, so it carries the flags and a caveat.
An answer that was stopped, or whose task is not served, is not in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exports.flags.flag import flag_line
from exports.report.words import task_name

CAVEAT = (
    "Suggestion, not a prescription: learned only from patients who were irradiated here, not a "
    "medical device, cannot say whether to treat."
)
SCHEMA = 1


def radonc_field(answer: Mapping[str, Any], tasks: Sequence[str], study: bool) -> dict[str, Any]:
    """All that is known of one answer; ``tasks`` are those that are served.

    Args:
        answer: the result of a prediction session for one diagnosis.
        tasks: whose answers are given.
        study: whether the server runs for a study, with tasks that nobody has signed off.
    """
    (made,) = answer["predictions"]
    return {
        "schema": SCHEMA,
        "model": {key: answer["model"][key] for key in ("name", "quant", "sha256", "device")},
        "signed_tasks": list(answer["signed_tasks"]),
        "study": study,
        "synthetic": answer["synthetic"],
        "answers": {task: dict(made[task]) for task in tasks if task in made},
        "abstained": [task for task in made["abstained"] if task in tasks],
        "flags": list(made["flags"]),
        "similarity": next((near["similarity"] for near in made.get("evidence", ())), None),
        "taken_out": dict(made.get("taken_out", {})),
        "note": answer["note"],
        "safety": list(answer["safety"]),
        "made": answer["made"],
    }


def text_of(field: Mapping[str, Any]) -> str:
    """The answer as text: a line a task with its score, the flags, and the caveat as last line."""
    lines = [_line(task, made) for task, made in field["answers"].items()]
    lines += [flag_line(flag) for flag in field["flags"]]
    unsigned = "" if set(field["answers"]) <= set(field["signed_tasks"]) else " Not signed off."
    synthetic = " Trained on synthetic cases." if field["synthetic"] else ""
    return "\n".join([*lines, f"{CAVEAT}{unsigned}{synthetic}"])


def _line(task: str, made: Mapping[str, Any]) -> str:
    named = task_name(task)
    if made.get("abstained"):
        return f"{named[0].upper()}{named[1:]}: not given"
    score = "no score" if made["score"] is None else f"{made['score']:.2f}"
    kind = "probability" if made["scores"] else "model score"
    return f"{named[0].upper()}{named[1:]}: {made['text']} ({kind} {score})"


def completion(field: Mapping[str, Any], name: str, made: int, answer_id: str) -> dict[str, Any]:
    """A ``chat.completion``; ``made`` is in seconds since 1970."""
    from openai.types.chat import ChatCompletion

    message = {"role": "assistant", "content": text_of(field), "refusal": None}
    whole = ChatCompletion.model_validate(
        {
            "id": answer_id,
            "object": "chat.completion",
            "created": made,
            "model": name,
            "choices": [
                {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
            ],
        }
    )
    return {**whole.model_dump(mode="json"), "radonc": dict(field)}


def chunks(
    field: Mapping[str, Any], name: str, made: int, answer_id: str
) -> Iterator[dict[str, Any]]:
    """The same as ``chat.completion.chunk`` objects; the first has the field ``radonc``.

    They are made from a whole answer, so that no word goes out before its flags are known.
    """
    from openai.types.chat import ChatCompletionChunk

    def chunk(delta: Mapping[str, Any], end: str | None = None) -> dict[str, Any]:
        found = ChatCompletionChunk.model_validate(
            {
                "id": answer_id,
                "object": "chat.completion.chunk",
                "created": made,
                "model": name,
                "choices": [{"index": 0, "delta": delta, "finish_reason": end}],
            }
        )
        return found.model_dump(mode="json")

    yield {**chunk({"role": "assistant", "content": ""}), "radonc": dict(field)}
    for line in text_of(field).splitlines(keepends=True):
        yield chunk({"content": line})
    yield chunk({}, "stop")
