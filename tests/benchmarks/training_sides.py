"""The two trainers of the benchmark ``shared_prefix``: one process each, a step a line.

``python -m tests.benchmarks.training_sides ours|theirs FOLDER``. A step ends where the next one
could begin, so that making its batch, the optimizer and the logging are in its time on both sides.
On a card where there is one; ``FOLDER/asked.json`` says in which precision.
"""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from store.lines import read_json
from trainer.batches import order
from trainer.encoding import PackedCase, pack_case
from trainer.machine import MB, cores
from trainer.numbers import peak_memory_mb
from trainer.pairs import read_pairs
from trainer.settings import TrainSettings
from trainer.tasks import completion
from trainer.training import PACKING_TOLERANCE

BATCH, STEPS, RATE, RANK, SEED = 8, 12, 1e-3, 16, 0
SAME = 4
"""In the first steps both sides have the very same batches, and so must have the same loss; then
each makes its own: ours of cases of like length, theirs of shuffled pairs, as its default is."""
HELD = 16
"""Cases that nobody trains on: the loss on them at the end says whether both learned the same."""


@dataclass(frozen=True)
class Sides:
    """What both sides are given: products in bfloat16, the base in 4 bit, and cases a step."""

    bf16: bool
    four_bit: bool = False
    batch: int = BATCH

    def settings(self) -> TrainSettings:
        return TrainSettings(
            steps=STEPS,
            batch_cases=self.batch,
            learning_rate=RATE,
            lora_rank=RANK,
            lora_alpha=2 * RANK,
            load_in_4bit=self.four_bit,
            precision="bf16" if self.bf16 else "fp32",
            evaluations=0,
            samples=0,
            checkpoints=1,
            seed=SEED,
        )


def asked_of(folder: Path) -> Sides:
    return Sides(**read_json(folder / "asked.json"))


class Turns:
    """Waits for a line before each step, and says what the step before took."""

    def __init__(self) -> None:
        self.began = 0.0

    def say(self, loss: float) -> None:
        import torch

        cuda = torch.cuda.is_available()
        memory = torch.cuda.max_memory_allocated() // MB if cuda else peak_memory_mb()
        seconds = time.perf_counter() - self.began
        print(json.dumps({"seconds": seconds, "loss": loss, "memory_mb": memory}), flush=True)

    def step_begins(self, log: list[dict[str, Any]]) -> None:
        if self.began:
            self.say(log[-1]["loss"])
        else:
            print(json.dumps({"ready": True}), flush=True)
        sys.stdin.readline()
        self.began = time.perf_counter()

    def callback(self) -> Any:
        """The same as a callback of the Trainer; Transformers is imported by the side."""
        from transformers import TrainerCallback

        turns = self

        class Taking(TrainerCallback):
            def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                turns.step_begins(state.log_history)

            def on_log(self, args: Any, state: Any, control: Any, **_: Any) -> None:
                if state.global_step == STEPS and "loss" in state.log_history[-1]:
                    turns.say(state.log_history[-1]["loss"])

        return Taking()


def packed(folder: Path, tokenizer: Any) -> tuple[list[PackedCase], list[PackedCase]]:
    """(cases to train on, cases held out)."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for pair in read_pairs(folder / "pairs.jsonl"):
        texts.setdefault(pair.case_id, []).append((pair.prompt, completion(pair.answer)))
    eos = tokenizer.eos_token_id
    made = [
        pack_case(case_id, own, lambda text: list(tokenizer(text)["input_ids"]), eos)
        for case_id, own in texts.items()
    ]
    return made[HELD:], made[:HELD]


def say_held(model: Any, held: list[PackedCase], bf16: bool, more: dict[str, Any]) -> None:
    """The loss on the cases held out, computed in the same way for both; ``more`` is said with it.

    In plain rows, which every model reads alike.
    """
    import torch

    from trainer.packing import collate, packed_loss, separate, to_device

    model.eval()
    device = next(model.parameters()).device
    kind = next(p.dtype for p in model.parameters() if p.is_floating_point())
    losses: list[float] = []
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        for case in held:
            batch = to_device(collate(separate([case]), 0, kind), device)
            losses.append(float(packed_loss(model, batch)))
    print(json.dumps({"held": sum(losses) / len(losses), **more}), flush=True)


def ours(folder: Path) -> None:
    """What ``radonc train`` does, from the adapter that the other side left."""
    from trainer.loop import Loop, prepare_torch
    from trainer.model import load

    asked = asked_of(folder)
    settings = asked.settings()
    prepare_torch(0)
    model, tokenizer = load((folder / "base").resolve(), settings)
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    from store.work import Reporter

    weights = load_file(folder / "adapter" / "adapter_model.safetensors")
    set_peft_model_state_dict(model, weights)

    class Timed(Loop):
        def _trainer(self, train: Any) -> Any:
            trainer = super()._trainer(train)
            trainer.add_callback(Turns().callback())
            return trainer

    with (folder / "events.jsonl").open("w") as file:
        reporter = Reporter(file, folder / "stop")
        loop = Timed(model, tokenizer, settings, reporter, folder / "run")
        cases, held = packed(folder, tokenizer)
        error = loop.choose_rows(cases, PACKING_TOLERANCE)
        assert loop.rows == "shared prefix", error
        loop.run(cases, STEPS)
    told = {"rows": loop.rows, "attention": loop.attention, "packing_error": error}
    say_held(model, held, asked.bf16, told)


def theirs(folder: Path) -> None:
    """The stock Trainer of Transformers on a model of PEFT, a pair a row."""
    import peft
    import torch
    import transformers as hf

    torch.set_num_threads(cores())
    asked, base = asked_of(folder), (folder / "base").resolve()
    settings, cuda = asked.settings(), torch.cuda.is_available()
    tokenizer = hf.AutoTokenizer.from_pretrained(base)
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = their_model(base, asked)
    torch.manual_seed(SEED)
    lora = peft.LoraConfig(
        r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    model = peft.get_peft_model(model, lora)
    model.save_pretrained(str(folder / "adapter"))
    cases, held = packed(folder, tokenizer)
    chosen = order([case.length for case in cases], asked.batch, STEPS, SEED)
    same = chosen[: SAME * asked.batch]
    rows = [row for index in same for row in pair_rows(cases[index])]
    shuffled = [row for case in cases for row in pair_rows(case)]
    Random(SEED).shuffle(shuffled)
    rows += shuffled[: (STEPS - SAME) * asked.batch * len(cases[0].branches)]

    def loss(outputs: Any, labels: Any, **_: Any) -> Any:
        logits, target = outputs.logits[:, :-1].float(), labels[:, 1:]
        each = torch.nn.functional.cross_entropy(logits.transpose(1, 2), target, reduction="none")
        return each.sum() / len(labels)

    trainer = hf.Trainer(
        model=model,
        args=hf.TrainingArguments(
            output_dir=str(folder / "theirs"),
            max_steps=STEPS,
            per_device_train_batch_size=len(cases[0].branches) * asked.batch,
            learning_rate=RATE,
            warmup_steps=max(1, round(STEPS * settings.warmup)),
            lr_scheduler_type="cosine",
            weight_decay=settings.weight_decay,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            train_sampling_strategy="sequential",
            disable_tqdm=True,
            use_cpu=not cuda,
            bf16=asked.bf16,
            seed=SEED,
        ),
        train_dataset=rows,  # type: ignore[arg-type]  # any sequence will do
        data_collator=hf.DataCollatorForSeq2Seq(tokenizer),
        compute_loss_func=loss,
        callbacks=[Turns().callback()],
    )
    trainer.train()
    say_held(model, held, asked.bf16, {})


def their_model(base: Path, asked: Sides) -> Any:
    """As the documentation of PEFT has it: plain weights, or in 4 bit made ready for training."""
    import peft
    import torch
    import transformers as hf

    where: dict[str, Any] = {"device_map": {"": 0}} if torch.cuda.is_available() else {}
    if not asked.four_bit:
        return hf.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, **where)
    quantized = hf.BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    model: Any = hf.AutoModelForCausalLM.from_pretrained(
        base, quantization_config=quantized, dtype=torch.bfloat16, **where
    )
    return peft.prepare_model_for_kbit_training(model)


def pair_rows(case: PackedCase) -> list[dict[str, list[int]]]:
    """Each pair of a case as a row of its own, with labels on its answer alone."""
    made: list[dict[str, list[int]]] = []
    for branch in case.branches:
        ids = [*case.prefix, *branch.tokens]
        hidden = [-100] * (len(ids) - branch.answer_length)
        made.append({"input_ids": ids, "labels": [*hidden, *ids[len(hidden) :]]})
    return made


if __name__ == "__main__":
    {"ours": ours, "theirs": theirs}[sys.argv[1]](Path(sys.argv[2]))
