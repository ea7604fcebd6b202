"""A misspelt name gets the nearest valid name as a suggestion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.config import nearest


@pytest.mark.parametrize(
    ("word", "allowed", "expected"),
    [
        ("csatt", ["csat", "nps"], "csat"),
        ("CSAT", ["csat", "nps"], "csat"),
        ("first-response time", ["first_contact_rate", "first_response_time"], "first_response_time"),
        ("hubspt", ["hubspot", "helpspot"], "hubspot"),
        ("a_b", ["a-b", "a_b"], "a_b"),
        ("zebra", ["csat", "nps"], None),
        ("", ["csat"], None),
        ("csat", [], None),
    ],
)
def test_nearest_name(word: str, allowed: list[str], expected: str | None) -> None:
    assert nearest(word, allowed) == expected


WORDS = st.text("abcdefghij_", min_size=1, max_size=12)


@given(word=WORDS, allowed=st.lists(WORDS, max_size=8))
def test_nearest_is_one_of_the_allowed(word: str, allowed: list[str]) -> None:
    found = nearest(word, allowed)
    assert found is None or found in allowed
    assert nearest(word, [*allowed, word]) == word


@given(letters=st.permutations("abcdefghij"), length=st.integers(4, 10), data=st.data())
def test_one_typing_error_is_corrected(letters: list[str], length: int, data: st.DataObject) -> None:
    name = "".join(letters[:length])
    place = data.draw(st.integers(0, length - 1))
    misspelt = [
        name[:place] + name[place + 1 :],
        name[:place] + "x" + name[place:],
        name[:place] + "x" + name[place + 1 :],
    ]
    assert [nearest(slip, ["kpqrst", name]) for slip in misspelt] == [name] * 3
