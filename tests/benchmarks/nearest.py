"""Which text index finds, for a case, a training case of the same code: three, on the same cases.

BM25 in DuckDB, TF-IDF cosine of words and word pairs, and the mean of the last hidden states of
the embedded model. The share of asked cases whose nearest known case has the same ICD-10 code is
what counts (``first``), and whether one of the five nearest has (``five``); the time is one
question's. Which of them the program uses is said in ``docs/prediction.md``.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from store.synthetic.cases import synthesize
from tests.benchmarks.result import Result
from trainer.gguf_base import embedded_gguf

KNOWN, ASKED, NEAREST = 800, 200, 5
Texts = Sequence[str]
Finder = Callable[[str], list[int]]
"""From a diagnosis to the places of the nearest known cases, the nearest first."""


def run() -> Result:
    """The benchmark; about five minutes, most of it the model reading every text."""
    cases = [
        case
        for case in synthesize(2 * (KNOWN + ASKED), 11, "full")
        if case.diagnosis and case.icd10 and not case.reject
    ][: KNOWN + ASKED]
    known, asked = cases[:KNOWN], cases[KNOWN:]
    texts = [case.diagnosis for case in known]
    makers: dict[str, Callable[[Texts], Finder]] = {
        "bm25": bm25,
        "tfidf": tfidf,
        "embedding": embedding,
    }
    found: dict[str, Any] = {"known": KNOWN, "asked": ASKED}
    for name, make in makers.items():
        began = time.perf_counter()
        finder = make(texts)
        built = time.perf_counter() - began
        first = five = 0
        seconds: list[float] = []
        for case in asked:
            began = time.perf_counter()
            places = finder(case.diagnosis)
            seconds.append(time.perf_counter() - began)
            codes = [known[place].icd10 for place in places]
            first += codes[:1] == [case.icd10]
            five += case.icd10 in codes
        found[name] = {
            "first": round(first / ASKED, 3),
            "five": round(five / ASKED, 3),
            "median_ms": round(1000 * statistics.median(seconds), 2),
            "build_s": round(built, 2),
        }
    return Result(
        "nearest",
        found["tfidf"]["median_ms"],
        found["bm25"]["median_ms"],
        "ms",
        ASKED,
        found,
        "BM25 in DuckDB",
    )


def bm25(texts: Texts) -> Finder:
    """DuckDB's full-text index, every word as it stands."""
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("duckdb_extension_fts")
    assert spec is not None
    assert spec.origin is not None
    (extension,) = Path(spec.origin).parent.rglob("fts.duckdb_extension")
    connection = duckdb.connect(":memory:")
    connection.execute(f"LOAD '{extension}'")
    connection.execute(
        "CREATE TABLE cases AS SELECT unnest(range(len($1))) AS id, unnest($1) AS text",
        [list(texts)],
    )
    connection.execute(
        "PRAGMA create_fts_index('cases', 'id', 'text', stemmer='none', stopwords='none', "
        "ignore='[^a-z0-9]+')"
    )

    def find(text: str) -> list[int]:
        rows = connection.execute(
            "SELECT id FROM (SELECT id, fts_main_cases.match_bm25(id, $1) AS score FROM cases) "
            "WHERE score IS NOT NULL ORDER BY score DESC, id LIMIT $2",
            [text, NEAREST],
        ).fetchall()
        return [place for (place,) in rows]

    return find


def tfidf(texts: Texts) -> Finder:
    """The vectors that the baselines use; cosine."""
    from exports.evaluation.baselines import _vectorizer

    vectorizer = _vectorizer()
    rows = vectorizer.fit_transform(texts)

    def find(text: str) -> list[int]:
        likeness = (rows @ vectorizer.transform([text]).T).toarray()[:, 0]
        return [int(place) for place in (-likeness).argsort(kind="stable")[:NEAREST]]

    return find


def embedding(texts: Texts) -> Finder:
    """The mean of the embedded model's last hidden states; cosine."""
    import numpy as np
    from llama_cpp import LLAMA_POOLING_TYPE_MEAN, Llama

    model = Llama(
        str(embedded_gguf()),
        embedding=True,
        pooling_type=LLAMA_POOLING_TYPE_MEAN,
        n_ctx=1024,
        n_batch=1024,
        n_ubatch=1024,
        verbose=False,
    )

    def vector(text: str) -> Any:
        made = np.array(model.embed(text))
        return made / np.linalg.norm(made)

    rows = np.stack([vector(text) for text in texts])

    def find(text: str) -> list[int]:
        return [int(place) for place in (-(rows @ vector(text))).argsort(kind="stable")[:NEAREST]]

    return find
