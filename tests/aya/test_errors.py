import pickle
import sys

import pytest
from typer.testing import CliRunner

from aya.cli import app
from aya.errors import InputError, MissingExtra, RecipeError, needs


def test_a_package_that_is_not_there_is_named_with_its_extra() -> None:
    with (
        pytest.raises(MissingExtra, match=r"no_such_package is not installed; .* pip install 'aya\[hub\]'"),
        needs("hub"),
    ):
        import no_such_package.part  # type: ignore[import-not-found]  # noqa: F401


@pytest.mark.parametrize("error", [MissingExtra("hub", "datasets"), RecipeError(["one", "two"]), InputError("rows")])
def test_an_error_of_a_worker_arrives_as_it_was(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))


def test_a_release_without_the_client_of_the_hub_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub.utils", None)  # as if it were not installed
    done = CliRunner().invoke(app, ["release", "verify", "org/questions@v1.0.0"])
    assert isinstance(done.exception, MissingExtra)
    assert str(done.exception) == "huggingface_hub is not installed; install it with: pip install 'aya[hub]'"
