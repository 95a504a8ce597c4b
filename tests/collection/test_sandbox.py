import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collection.rendering import SEPARATOR, Condition, Failure, Program
from collection.template_limits import BUDGET, MOST_TEXT, Meter
from collection.template_syntax import TemplateFault
from collection.time_limit import OutOfTime, limited
from tests.strategies import texts


def render(text: str, *, seed: int = 0, name: str = "record", **variables: Any) -> str:
    """Return what a template prints as targets."""
    return Program(f"?{SEPARATOR}{text}").render(variables, meter=Meter(seed=seed, name=name)).targets


def reason(text: str, **variables: Any) -> str:
    with pytest.raises(Failure) as caught:
        render(text, **variables)
    return caught.value.reason


def nested(statement: str) -> str:
    """Return a template that runs a statement on `ns` sixty times."""
    start = "{% set ns = namespace(a=['ab', 'ab'], b=['ab', 'ab'], t='ab') %}"
    return start + "{% for i in range(60) %}" + statement + "{% endfor %}"


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}",
        "{% for a in range(9999) %}{% set y = x | sort %}{% endfor %}",
        "{% macro m(n) %}{% for i in range(n) %}{{ m(n - 1) }}{% endfor %}{% endmacro %}{{ m(20) }}",
    ],
)
def test_a_loop_without_end_is_too_slow(text: str) -> None:
    start = time.process_time()
    assert reason(text, x=["ab"] * 9999) == "too slow"
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in range(99999) %}{% endfor %}",
        "{{ 'a' * 10**9 }}",
        "{{ [1] * 10**9 }}",
        "{{ 10 ** 100000 }}",
        "{{ 9 ** 999 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%*d' % (10**9, 1) }}",
        "{{ '%.1000000000f' | format(1.5) }}",
        "{{ 'x' | center(10**9) }}",
        "{{ 'x\n' | indent(10**9, true) }}",
        "{{ [1] | batch(10**9, 'x') | list | length }}",
        "{{ [1] | slice(10**9) | list | length }}",
        "{{ [1] | tojson(indent=10**9) }}",
        "{{ 1.5 | round(10**9) }}",
        "{{ long | replace('a', long) }}",
        "{{ long | join(long) }}",
        "{{ long.replace('a', long) }}",
        "{{ long.join(long) }}",
        "{{ (long ~ long) * 101 }}",
        "{{ long * 50 }}{{ long * 60 }}",
        nested("{% set ns.t = ns.t ~ ns.t %}"),
        nested("{% set ns.t = ns.t + ns.t %}"),
        nested("{% set ns.t %}{{ ns.t }}{{ ns.t }}{% endset %}"),
        nested("{% set ns.t = ns.t.replace('a', 'aaaa') %}"),
        nested("{% set ns.a = [ns.a, ns.a] %}") + "{{ ns.a }}",
        nested("{% set ns.a = [ns.a, ns.a] %}") + "{{ ns.a | string | length }}",
        nested("{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}") + "{{ ns.a == ns.b }}",
        nested("{% set ns.a = (ns.a, ns.a) %}") + "{{ {ns.a: 1} }}",
        nested("{% set ns.a = zip(ns.a, ns.a) %}") + "{{ ns.a }}",
        "{% set a = [] %}{% for i in range(9999) %}{{ a.append(a) or '' }}{% endfor %}{{ a }}",
    ],
)
def test_what_would_fill_the_memory_is_refused_before_it_is_made(text: str) -> None:
    start = time.process_time()
    assert reason(text, long="a" * 10_000) == "output too large"
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ ''.__class__.__mro__ }}", "attribute '__mro__' is not for templates"),
        ("{{ cycler.__init__.__globals__ }}", "attribute '__globals__' is not for templates"),
        ("{% set x._y = 1 %}", "attribute '_y' is not for templates"),
        ("{% include '/etc/passwd' %}", "'include' is not allowed"),
        ("{% import 'os' as os %}", "'import' is not allowed"),
        ("{% from 'os' import path %}", "'from' is not allowed"),
        ("{% extends 'x' %}", "'extends' is not allowed"),
        ("{% block x %}{% endblock %}", "'block' is not allowed"),
        ("{% for a in b recursive %}{% endfor %}", "a recursive loop is not allowed"),
        ("{{ x | attr('__class__') }}", "no filter 'attr'"),
        ("{{ x | uppr }}", "no filter 'uppr'; did you mean 'upper'?"),
        ("{% if false %}{{ x | uppr }}{% endif %}", "did you mean 'upper'?"),
        ("{{ x is evn }}", "no test 'evn'; did you mean 'even'?"),
        ("{{ x", "unexpected end of template"),
        ("{% if x %}", "'endif'"),
        ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "nested too deeply"),
        ("{% for a in b %}" * 30 + "{% endfor %}" * 30, "nested too deeply"),
        ("{{ " + "9" * 5000 + " }}", "4300 digits"),
        ("x" * 200_000, "more than 100000 characters"),
    ],
)
def test_what_no_template_may_hold_is_a_fault_of_the_file(text: str, message: str) -> None:
    with pytest.raises(TemplateFault, match=message.replace("?", r"\?")):
        Program(text)


def test_a_fault_knows_its_line() -> None:
    with pytest.raises(TemplateFault) as caught:
        Program("one\ntwo\n{{ three | uppr }}")
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "text",
    [
        "{{ '{:>1000000000}'.format('x') }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ x.append }}",
        "{{ range }}",
        "{{ self }}",
        "{{ namespace(a=1) }}",
        "{{ x.clear() }}",
        "{{ x.extend(x) }}",
        "{{ (1).bit_length() }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ],
)
def test_what_reaches_for_the_inside_is_refused(text: str) -> None:
    assert reason(text, x=[1]) == "refused by the sandbox"


@pytest.mark.parametrize("text", ["{{ ''['__class__'] }}", "{{ lipsum(n=10**6) }}", "{{ cycler }}", "{{ x.y }}"])
def test_what_is_not_there_is_undefined(text: str) -> None:
    assert reason(text, x={"z": 1}) == "undefined variable"


def test_a_null_is_no_text() -> None:
    assert reason("{{ x }}", x=None) == "null value"
    assert reason("{{ 'a' ~ x }}", x=None) == "null value"
    assert render("{{ x or 'none' }}", x=None) == "none"


def test_an_error_is_a_reason_with_its_message() -> None:
    with pytest.raises(Failure, match=r"^ZeroDivisionError: division by zero$"):
        render("{{ 1 / x }}", x=0)


def test_a_message_is_the_same_on_every_run() -> None:
    with pytest.raises(Failure) as caught:
        render("{{ x.append() }}{{ x.append.y }}", x=[1])
    assert "0x" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ x.lower() }}", "ẹ káàbọ̀"),
        ("{{ 'a' if false }}b", "b"),
        (
            "{% set o = [] %}{% for c in 'ab' %}{{ o.append(c) or '' }}{{ loop.index }}{% endfor %}{{ o | join('|') }}",
            "12a|b",
        ),
        ("{{ [2, 1] | sort | map('string') | join(', ') }}", "1, 2"),
        ("{{ ['b', 'a', 'b'] | most_frequent }}", "['b']"),
        (
            "{% for g in [{'k': 1}, {'k': 2}] | groupby('k') %}{{ g.grouper }}{{ g.list | length }};{% endfor %}",
            "11;21;",
        ),
        ("{{ x | tojson }}", '"Ẹ káàbọ̀"'),
        ("{{ '%0.1f' | format('3' | float) }} {{ '%s%%' % 5 }}", "3.0 5%"),
        ("{% for a, b in zip([1, 2], 'xy') %}{{ a }}{{ b }}{% endfor %}", "1x2y"),
        ("{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(1) }}", "<1>"),
        ("{% filter upper %}a{% endfilter %}{% with b = 1 %}{{ b }}{% endwith %}", "A1"),
        ("{{ [1, 2] | map('float') }}", "[1.0, 2.0]"),
        ("{{ {'a': {'b': [7]}}.a.b.0 }}", "7"),
    ],
)
def test_a_template_may_compute(text: str, expected: str) -> None:
    assert render(text, x="Ẹ káàbọ̀") == expected


def test_a_template_changes_its_own_copy_of_the_item() -> None:
    item = [1]
    assert render("{{ x.append(2) or x }}", x=item) == "[1, 2]"
    assert item == [1]


def test_a_random_draw_repeats_for_the_same_seed_and_record() -> None:
    text = "{{ range(1000) | random }} {{ range(1000) | choice }} {{ [1, 2, 3, 4, 5, 6, 7, 8] | shuffle }}"
    assert render(text, seed=1, name="a") == render(text, seed=1, name="a")
    assert len({render(text, seed=seed, name=name) for seed in (1, 2) for name in "abc"}) == 6
    assert render("{{ range(1000) | random == range(1000) | random }}") == "False"


@given(text=texts())
@settings(max_examples=200)
def test_the_fast_way_prints_what_the_slow_way_prints(text: str) -> None:
    fast = Program(f"{{{{ x }}}}?{SEPARATOR}{{{{ y }}}}!")
    slow = Program(f"{{% if true %}}{{{{ x }}}}{{% endif %}}?{SEPARATOR}{{{{ y }}}}!")
    made = [one.render({"x": text, "y": text}, meter=Meter(seed=0, name="")) for one in (fast, slow)]
    assert made[0] == made[1] == (f"{text}?".strip(), f"{text}!".strip())


@given(text=st.text(alphabet="{}%| ()[]'\"~*+-.,:=<>_0123abfinstexrol\n", max_size=60) | texts())
@settings(max_examples=300)
def test_any_text_is_a_template_a_fault_or_a_failure(text: str) -> None:
    with suppress(TemplateFault, Failure):
        render(text, a=1, b=[1], x="x")


def test_a_separator_in_the_data_stays_data() -> None:
    made = Program(f"{{{{ x }}}}{SEPARATOR}{{{{ answer_choices[0] }}}}", answer_choices=f"{{{{ x }}}}{SEPARATOR}b")
    assert made.render({"x": "a ||| b"}, meter=Meter(seed=0, name="")) == ("a ||| b", "a ||| b")


def test_a_template_that_prints_nothing_does_not_apply() -> None:
    for text, expected in (
        (f"{{% if x %}}a{SEPARATOR}b{{% endif %}}\n", "does not apply"),
        (f"a{SEPARATOR}{{% if x %}}b{{% endif %}}", "empty targets"),
        (f"{{% if x %}}a{{% endif %}}{SEPARATOR}b", "empty inputs"),
        ("a", "no targets"),
    ):
        with pytest.raises(Failure) as caught:
            Program(text).render({"x": False}, meter=Meter(seed=0, name=""))
        assert caught.value.reason == expected


def test_new_lines_inside_stay_and_white_space_around_goes() -> None:
    made = Program(f"\n a\n\nb {SEPARATOR}\u3000c\n").render({}, meter=Meter(seed=0, name=""))
    assert made == ("a\n\nb", "c")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("kind == 'a'", True),
        ("kind == 'b'", False),
        ("kind == 'a' and num > 2 and not locale.startswith('en')", True),
        ("kind == 'b' and missing", False),
        ("kind == 'b' or num in [3]", True),
    ],
)
def test_a_condition_asks_its_parts_in_order(text: str, holds: bool) -> None:
    condition = Condition(text)
    assert [condition({"kind": "a", "num": 3, "locale": "yo"}) for _ in range(2)] == [holds, holds]


def test_a_condition_that_fails_says_why() -> None:
    with pytest.raises(Failure, match="'missing' is undefined"):
        Condition("missing == 1")({"kind": "a"})


@pytest.mark.parametrize("text", ["kind ==", "kind == 'a') or (1", "[1] | random", "kind x"])
def test_a_wrong_condition_is_a_fault(text: str) -> None:
    with pytest.raises(TemplateFault):
        Condition(text)


def test_the_largest_output_fits_and_no_larger_one() -> None:
    assert len(render("{{ x }}", x="a" * (MOST_TEXT - 2))) == MOST_TEXT - 2
    assert reason("{{ x }}", x="a" * MOST_TEXT) == "output too large"


def test_the_budget_holds_without_a_timer_too() -> None:
    found: list[str] = []
    text = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"
    thread = threading.Thread(target=lambda: found.append(limited(lambda: reason(text), seconds=0.01)))
    thread.start()
    thread.join(30)
    assert found == ["too slow"]
    assert BUDGET == 5_000_000


def test_the_timer_stops_what_the_budget_does_not_see() -> None:
    def forever() -> None:
        while True:
            pass

    for _ in range(2):
        with pytest.raises(OutOfTime):
            limited(forever, seconds=0.05)
    assert limited(lambda: 1, seconds=0.05) == 1
