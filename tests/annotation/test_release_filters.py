import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.answers import answers
from annotation.release_filters import POLICIES, PUBLISHED, Contribution, Policy, Verdict, contributions, judge
from tests.diary import Diary

SMALL = {"items_least": 0}


def judged(diary: Diary, policy: Policy, **settings: list[str]) -> list[Verdict]:
    return judge(contributions(answers(diary.items, diary.responses)), policy, **settings)


def reasons(diary: Diary, policy: Policy, **settings: list[str]) -> list[str | None]:
    return [verdict.reason for verdict in judged(diary, policy, **settings)]


def edited(completion: str, *, shown: str = "नमस्ते", language: str = "hin") -> Diary:
    diary = Diary()
    diary.answer(diary.item("reannotation", language, prompt="क्या?", completion=shown), "asha", completion=completion)
    return diary


def test_the_published_filter_adds_both_distances_and_asks_for_five() -> None:
    diary = Diary()
    item = diary.item("reannotation", "eng", prompt="abc", completion="defgh")
    diary.answer(item, "one", prompt="abcXX", completion="defghXX")  # 2 + 2
    diary.answer(item, "two", prompt="abcXX", completion="defghXXX")  # 2 + 3
    assert reasons(diary, Policy(unit="character", items_least=0)) == ["annotation.release: too few edits", None]
    assert judged(diary, PUBLISHED)[0].evidence == {"value": 4, "least": 5}


def test_the_published_filter_keeps_every_original_and_languages_of_fifty() -> None:
    diary = Diary()
    for number in range(50):
        diary.answer(diary.item("original", "yor"), "ade", prompt=f"{number}", completion="ọ̀rọ̀")
    for number in range(49):
        diary.answer(diary.item("original", "tha"), "nok", prompt=f"{number}", completion="ครับ")
    found = reasons(diary, PUBLISHED)
    assert found == [None] * 50 + ["annotation.release: too few in this language"] * 49


def test_a_syllable_counts_once_for_graphemes_and_by_code_points_as_published() -> None:
    diary = edited("नमस्ते क्ष्म")  # a space and one cluster of five code points
    assert reasons(diary, Policy(unit="character", items_least=0)) == [None]
    assert judged(diary, Policy(items_least=0))[0].evidence["value"] < 5


def test_a_long_text_with_few_changes_is_left_out_by_the_relative_policy() -> None:
    diary = edited("म" * 995 + "क" * 5, shown="म" * 1000)
    assert reasons(diary, Policy(items_least=0)) == [None]
    relative = POLICIES["relative"].model_copy(update=SMALL)
    assert reasons(diary, relative) == ["annotation.release: too small a share edited"]
    assert reasons(edited("नमस्कार जी", shown="नमस्ते"), relative) == [None]


def reviewed(*thumbs: str) -> Diary:
    diary = Diary()
    written = diary.answer(diary.item("original"), "abebe", prompt="ጥያቄ", completion="መልስ")
    item = diary.shown(written, "reannotation")
    for number, thumb in enumerate(thumbs):
        diary.answer(item, f"judge{number}", approved=thumb)
    return diary


@pytest.mark.parametrize(
    ("thumbs", "policy", "reason"),
    [
        (("down",), "approved", None),  # one judge is none
        (("down", "down", "up"), "approved", "annotation.release: not approved"),
        (("up", "down"), "approved", None),
        (("up", "down"), "agreed", "annotation.release: judges disagree"),
        (("up", "up", "up"), "agreed", None),
    ],
)
def test_judges_decide_where_a_policy_asks_them(thumbs: tuple[str, ...], policy: str, reason: str | None) -> None:
    assert reasons(reviewed(*thumbs), POLICIES[policy].model_copy(update=SMALL))[0] == reason


def test_edits_are_rated_by_others() -> None:
    diary = edited("नमस्ते, आप कैसे हैं?")
    item = diary.shown("response0000", "feedback")
    for judge_name in ("bela", "chitra"):
        diary.answer(item, judge_name, prompt_rating=2, completion_rating=1)
    diary.answer(item, "asha", prompt_rating=5, completion_rating=5)  # her own
    verdict = judged(diary, POLICIES["approved"].model_copy(update=SMALL))[0]
    assert (verdict.reason, verdict.evidence["value"]) == ("annotation.release: rated low", 1.5)


def test_withdrawn_and_gold_and_empty_answers_never_leave() -> None:
    diary = Diary()
    diary.answer(diary.item("original"), "abebe", prompt="ጥያቄ", completion="መልስ")
    diary.answer(diary.item("original"), "bisi", prompt="ጥያቄ", completion=" ")
    diary.answer(diary.item("reannotation", gold='{"approved": "up"}'), "bisi", approved="up")
    assert reasons(diary, POLICIES["all"], withdrawn=["abebe"]) == [
        "annotation.release: withdrawn by an author",
        "annotation.release: empty prompt or completion",
        "annotation.release: answers a gold item",
    ]


@given(st.sampled_from(sorted(POLICIES)), st.lists(st.sampled_from(["", "ሀ", "ሀለሐመሠረሰ"]), max_size=6))
def test_every_contribution_has_one_verdict(policy: str, texts: list[str]) -> None:
    diary = Diary()
    for text in texts:
        diary.answer(diary.item("reannotation", prompt="ጥ", completion="መ"), "abebe", completion=text)
    found: list[Contribution] = contributions(answers(diary.items, diary.responses))
    assert [verdict.contribution for verdict in judge(found, POLICIES[policy])] == found
