"""What the child does with a model: write answers, and score every label of a closed list.

Quantized matrix products depend, in their last digits, on the shape of the batch, but for those in
AMX's tiles (``exports.kernels``). So that a prompt's labels have one number, whatever else is asked
before, beside or after it, their shapes are a function of the prompt and the labels alone:

- A prompt is cut after its last line break. The *head* (the diagnosis, shared by the three tasks)
  is computed as one batch in an empty sequence; its state is kept and copied to where the other
  tasks need it (once for labels and once for writing, whose memories llama.cpp cannot exchange).
- Labels: the *tail* (the question) and the whole tree of labels are one batch. A token of the tree
  belongs to the sequences of all labels below it, so that it sees its own ancestors and nothing
  else.
- Writing: many answers are written side by side (``side_by_side``). Somebody who waits for one gets
  it token by token, or as far as a draft (``drafts``) is what the model writes: that takes a fifth
  of the time and may differ by rounding.
- Searching (``codes``) and weighing: a batch is what the search asks for next, so its numbers
  depend on the codes; codes that are found are scored again alone.

Imported only inside the engine's child process.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from exports.inference.branches import LIVE, Branches
from exports.inference.code_trie import CodeTrie, build
from exports.inference.codes import BATCH, Settled, search, weigh
from exports.inference.drafts import MOST as MOST_DRAFTED, Drafts
from exports.inference.heads import Heads, Prompt
from exports.inference.labels import MOST_NODES, ROOT, Trie, sums, tries
from exports.inference.llama import Context, Model, Token, log_total
from exports.inference.side_by_side import NARROWEST, ROWS, WIDTH, SideBySide
from exports.inference.writing import Part, Writing, Written
from store.errors import RadoncError

MOST_LABELS = 255
"""Labels in one tree: llama.cpp has 256 sequences."""
MOST_TRIES = 8
"""Lists of codes that stay known, each of up to some megabytes."""
STRIPES_BYTES = 1 << 30
"""Memory for answers written side by side, unless ``NARROWEST`` take more."""


class Decoder:
    """One model, its two contexts and the states of recent heads."""

    def __init__(self, model: Model, threads: int, limit: int, beat: Callable[[], None]) -> None:
        self.model, self.threads, self.beat = model, threads, beat
        self.limit = min(limit, model.n_ctx_train)
        self._contexts: dict[bool, Context] = {}
        self._heads = Heads()
        self._codes: tuple[str, ...] = ()
        self._tries: OrderedDict[tuple[str, tuple[str, ...]], CodeTrie] = OrderedDict()

    def use(self, adapter: str | None) -> None:
        """Answer with the adapter in this file from now on; with None, as the model alone."""
        loaded = None if adapter is None else self.model.adapter(adapter)
        for context in self._contexts.values():
            context.use(loaded)
        self._heads.adapter = adapter

    def prompt(self, text: str) -> Prompt:
        """The prompt's tokens, cut after its last line break; the tail has at least one token."""
        tokens = tuple(self.model.tokenize(text))
        if not tokens:
            raise RadoncError("An empty prompt has no answer.", "Describe the disease.")
        first = self.model.tokenize(text[: text.rfind("\n") + 1])
        same = [a == b for a, b in zip(first, tokens, strict=False)]
        shared = same.index(False) if False in same else len(same)
        return Prompt(tokens, min(shared, len(tokens) - 1))

    def answer(self, prompt: Prompt, text: str, label: str) -> tuple[int, ...]:
        """The tokens of `` label`` after the prompt ``text``.

        Raises:
            RadoncError: the tokenizer joins the prompt's end with the label's start.
        """
        tokens = tuple(self.model.tokenize(f"{text} {label}"))
        size = len(prompt.tokens)
        if tokens[:size] != prompt.tokens or len(tokens) == size:
            raise RadoncError(
                f"The label {label!r} cannot be scored: the tokenizer joins it to the question.",
                "Use a model of another family.",
            )
        return tokens[size:]

    def score(self, text: str, labels: Sequence[str], ends: bool = True) -> list[float]:
        """Summed log-probability of each `` label`` after the prompt; with ``ends``, of the end
        token as well.
        """
        prompt = self.prompt(text)
        answers = [self.answer(prompt, text, label) for label in labels]
        scores = [0.0] * len(labels)
        for trie in tries(answers, MOST_LABELS, MOST_NODES):
            for place, score in zip(trie.places, self._score(prompt, trie, ends), strict=True):
                scores[place] = score
        return scores

    def _score(self, prompt: Prompt, trie: Trie, ends: bool) -> list[float]:
        size = len(prompt.tokens)
        context = self._context(True, size + len(trie.nodes))
        everyone = range(len(trie.places))
        context.clear()
        self._read_head(context, prompt)
        for sequence in everyone[1:]:
            context.share(0, sequence)
        tail = [
            Token(prompt.tokens[i], i, everyone, i == size - 1) for i in range(prompt.head, size)
        ]
        tree = [Token(n.token, size + n.depth, n.answers, True) for n in trie.nodes]
        context.decode([*tail, *tree])
        self.beat()
        rows = {node: context.logits(len(tail) + node) for node in range(ROOT, len(trie.nodes))}
        totals = {node: log_total(row) for node, row in rows.items()}

        def logprob(node: int, token: int) -> float:
            return float(rows[node][token]) - totals[node]

        return sums(trie, logprob, self.model.end if ends else None)

    def learn(self, codes: Sequence[str]) -> None:
        """Take these codes for ``search``."""
        self._codes = tuple(codes)

    def search(self, text: str, most: int) -> Settled:
        """The ``most`` best of the learned codes after the prompt, each as if scored alone."""
        trie = self._trie(text, self._codes)
        first, branches = self._branch(text, trie)
        found = search(trie, self.model.end, first, branches.evaluate, branches.release, most)
        alone = [self.score(text, [self._codes[place]])[0] for place, _ in found.near]
        return found.settled(alone, most)

    def weigh(self, text: str, labels: Sequence[str]) -> list[float]:
        """As ``score``, but for labels whose probabilities together are next to nothing."""
        trie = self._trie(text, tuple(labels))
        if trie.nodes <= BATCH:
            return self.score(text, labels)
        first, branches = self._branch(text, trie)
        return weigh(trie, self.model.end, first, branches.evaluate, branches.release)

    def _branch(self, text: str, trie: CodeTrie) -> tuple[np.ndarray, Branches]:
        """The log-probabilities after the prompt, and the branches that may follow it."""
        prompt = self.prompt(text)
        size = len(prompt.tokens)
        few = trie.nodes <= LIVE
        context = self._context(True, size + (trie.nodes if few else (LIVE + BATCH) * trie.deepest))
        place = self._begin(context, prompt)
        branches = Branches(context, size, self.beat)
        return branches.logprobs(place), branches

    def _trie(self, text: str, codes: tuple[str, ...]) -> CodeTrie:
        """The codes as they follow the last line of a prompt."""
        line = text[text.rfind("\n") + 1 :]
        key = line, codes
        if key not in self._tries:
            prompt = self.prompt(line)
            answers: list[tuple[int, ...]] = []
            for code in codes:
                answers.append(self.answer(prompt, line, code))
                self.beat()
            while len(self._tries) >= MOST_TRIES:
                self._tries.popitem(last=False)
            self._tries[key] = build(answers)
        return self._tries[key]

    def generate(self, texts: Sequence[str], most: Sequence[int]) -> Iterator[Written]:
        """Greedy answers, in the order in which they are finished.

        An answer ends with an end-of-generation token, a line break or after ``most`` tokens.
        """
        prompts = [self.prompt(text) for text in texts]
        longest = [len(prompt.tokens) + more for prompt, more in zip(prompts, most, strict=True)]
        if not prompts:
            return
        context = self._context(False, max(ROWS, *longest))
        yield from SideBySide(context, self._heads, prompts, most, self.beat).answers()

    def write(self, text: str, most: int, earlier: Sequence[str]) -> Iterator[Written | Part]:
        """One greedy answer, as far as it stands after each step, then the whole.

        ``earlier`` are answers to similar cases, the most similar first: where the model writes
        what stands there, a step gives several tokens.
        """
        prompt = self.prompt(text)
        drafts = Drafts([self.answer(prompt, text, answer) for answer in earlier if answer])
        # where labels are scored, so that the head of the case is there for both
        context = self._context(True, len(prompt.tokens) + most + MOST_DRAFTED)
        writing = Writing(0, len(prompt.tokens), most)
        writing.take(self.model, context, self._begin(context, prompt))
        while not writing.done(self.model):
            yield writing.part()
            draft = drafts.after(writing.tokens)
            batch = [writing.token, *draft]
            context.decode(
                [Token(token, writing.position + i, (0,), True) for i, token in enumerate(batch)]
            )
            self.beat()
            for place, guessed in enumerate([*draft, None]):
                writing.position += 1
                writing.take(self.model, context, place)
                if writing.token != guessed or writing.done(self.model):
                    break
            context.cut(0, writing.position)
        yield writing.part()
        yield writing.written()

    def _begin(self, context: Context, prompt: Prompt) -> int:
        """Put a prompt into sequence 0 of an emptied context; where the logits after it stand."""
        context.clear()
        self._read_head(context, prompt)
        size = len(prompt.tokens)
        tail = range(prompt.head, size)
        context.decode([Token(prompt.tokens[i], i, (0,), i == size - 1) for i in tail])
        self.beat()
        return len(tail) - 1

    def _read_head(self, context: Context, prompt: Prompt) -> None:
        """Put the prompt's head into sequence 0; computed only where not remembered."""
        head = prompt.tokens[: prompt.head]
        if head and not self._heads.recall(context, 0, prompt):
            context.decode([Token(token, i, (0,)) for i, token in enumerate(head)])
            self.beat()
            self._heads.remember(context, 0, prompt)

    def _context(self, shared: bool, cells: int) -> Context:
        """The shared or the striped context, made anew where it has too few cells."""
        if cells > self.limit:
            raise RadoncError(
                f"A prompt with its answer takes {cells} tokens, the model has {self.limit}.",
                "Shorten the diagnosis.",
            )
        context = self._contexts.get(shared)
        if context is None or context.cells < cells:
            if context:
                context.close()
            # llama.cpp rounds up to 256 as well
            size = -(-cells // 256) * 256
            fitting = STRIPES_BYTES // (size * self.model.cell_bytes)
            sequences = MOST_LABELS if shared else min(max(fitting, NARROWEST), WIDTH)
            context = Context(self.model, size, sequences, shared, self.threads)
            if self._heads.adapter is not None:
                context.use(self.model.adapter(self._heads.adapter))
            self._contexts[shared] = context
        return context
