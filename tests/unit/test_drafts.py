from hypothesis import given, strategies as st

from exports.inference.drafts import LEAST_SHARED, MOST, Drafts

TOKENS = st.lists(st.integers(0, 4), max_size=12).map(tuple)


def test_the_most_similar_case_comes_first():
    drafts = Drafts([(1, 2, 3), (1, 2, 4), (9, 1, 2, 5, 6)])
    assert drafts.after(()) == (1, 2, 3)
    assert drafts.after((1, 2)) == (3,)
    assert drafts.after((1, 2, 4)) == ()
    assert drafts.after((7, 9, 1, 2)) == (5, 6)
    assert drafts.after((7, 2)) == ()


@given(st.lists(TOKENS, max_size=8), TOKENS)
def test_a_draft_stands_in_an_answer_after_what_is_written(
    answers: list[tuple[int, ...]], written: tuple[int, ...]
):
    draft = Drafts(answers).after(written)
    assert len(draft) <= MOST
    if not draft:
        assert not any(len(a) > len(written) and a[: len(written)] == written for a in answers)
        return
    longer = [a for a in answers if len(a) > len(written)]
    begins = any(a[: len(written)] == written for a in longer)
    shared = written if begins else written[-LEAST_SHARED:]
    text = (*shared, *draft)
    assert any(a[i : i + len(text)] == text for a in answers for i in range(len(a)))
