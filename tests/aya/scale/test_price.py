"""What a recipe takes on a cluster, against numbers worked out by hand."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from aya.engines.needs import GROWTH, START, TEXTS
from aya.errors import RecipeError, UserError
from aya.plan import passes
from aya.recipe import Recipe, load_recipe
from aya.scale.calibration import Amount, Calibration, Rate, Work, fitted
from aya.scale.cluster import Cluster, Gpus, Training, read_cluster
from aya.scale.price import Cost, Priced, price
from aya.scale.works import rate_from, sizes
from aya.size import Size
from aya.store import Store

ROWS = "inputs,targets\n" + "ìbéèrè,ìdáhùn\n" * 3
WORKS = {
    "read sources": Work(seconds=Rate(row=36e-6), written=Rate(character=0.5)),
    "judge": Work(seconds=Rate(task=0.36), written=Rate(row=2)),
    "collection.caps": Work(seconds=Rate(row=18e-6)),
    "collection.length": Work(seconds=Rate(character=0.36e-6)),
    "collection.caps: summarise": Work(seconds=Rate(row=3.6e-6), written=Rate(row=16)),
    "collection.caps: settle": Work(seconds=Rate(task=3.6), written=Rate(row=2)),
    "collection.caps: conclude": Work(seconds=Rate(row=7.2e-6), written=Rate(row=1)),
    "arrange": Work(seconds=Rate(row=36e-6), written=Rate(character=0.4)),
    "gather": Work(seconds=Rate(row=72e-6), written=Rate(character=0.25)),
}
CALIBRATION = Calibration(machine={"processor": "theirs"}, sample={}, disk={"unpack": 64, "compress": 32}, works=WORKS)
SIZE = Size(
    rows=1_000_000, after={"collection.caps": 400_000}, inputs=60, targets=40, languages={"yor": 0.25, "tel": 0.75}
)
CLUSTER = Cluster(
    nodes=2, cores=4, memory=16, core_speed=2, disk=100, network=0.4, price_per_node_hour=3,
    storage_price_per_gb_month=0.5, months=2, egress_price_per_gb=10, characters_per_token=4,
)  # fmt: skip


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Return a recipe of one file, a cap and a filter."""
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(
        """
        name: small
        languages: [yor, tel]
        sources:
          - {use: collection.csv, name: rows, files: rows.csv, language: yor, license: MIT, revision: "1", citation: us,
             columns: {inputs: inputs, targets: targets}}
        stages: [{use: collection.caps, most: 2}, {use: collection.length}]
        mixture: {total: 900_000}
        """,
        encoding="utf-8",
    )
    return load_recipe(tmp_path / "recipe.yaml")


def priced(recipe: Recipe, cluster: Cluster = CLUSTER, size: Size = SIZE) -> tuple[Priced, Mapping[str, Cost]]:
    found = price(recipe, {"rows": size}, CALIBRATION, cluster)
    return found, {cost.name: cost for cost in found.costs}


def test_the_passes_are_those_of_a_build(recipe: Recipe, tmp_path: Path) -> None:
    built = [step.name for step in passes(recipe, work=tmp_path)]
    small, _ = priced(recipe)  # summaries so small that one task settles them are put into no ranges
    assert [cost.name for cost in small.costs] == [name for name in built if ": partition" not in name]
    large, _ = priced(recipe, size=SIZE.model_copy(update={"rows": 12_000_000}))
    assert [cost.name for cost in large.costs] == built


def test_processors_are_counted_by_tasks_rows_and_characters(recipe: Recipe) -> None:
    _, costs = priced(recipe)
    # 1,000,000 rows x 36 µs are 36 s, on cores of twice the speed 18 s: .005 h.
    assert costs["read sources"].cpu_hours == pytest.approx(0.005)
    # 20 groups of 50,000 rows x .36 s; caps 1,000,000 x 18 µs; length sees the 400,000 rows that stay, 100 characters
    # each, x .36 µs: 7.2 + 18 + 14.4 = 39.6 s, halved 19.8 s.
    judged = costs["collection.caps + collection.length"]
    assert judged.num_tasks == 20
    assert judged.cpu_hours == pytest.approx(0.0055)
    # 1 key x 1 range: 3.6 s, halved.
    assert costs["collection.caps: settle"].cpu_hours == pytest.approx(0.0005)
    # Kept: 400,000 x 36 µs = 14.4 s, dropped 600,000 x 36 µs = 21.6 s, halved.
    assert costs["arrange kept rows"].cpu_hours == pytest.approx(0.002)
    assert costs["arrange dropped rows"].cpu_hours == pytest.approx(0.003)


def test_bytes_are_read_written_and_moved(recipe: Recipe) -> None:
    found, costs = priced(recipe)
    # 100,000,000 characters x .5 bytes; overlays are 1,000,000 x 2, and the cap keeps .4: less than half, written anew.
    assert (costs["read sources"].written, costs["read sources"].moved) == (50e6, 0)
    assert costs["collection.caps: summarise"].read == 50e6
    assert costs["collection.caps: summarise"].written == 16e6  # 1,000,000 x 16
    assert (costs["collection.caps: settle"].read, costs["collection.caps: settle"].moved) == (16e6, 18e6)
    assert costs["collection.caps + collection.length"].written == 22e6
    assert costs["arrange kept rows"].read == 20e6
    assert costs["arrange dropped rows"].read == pytest.approx(30e6)
    # 40,000,000 characters x .4, then x .25; of both kept and dropped rows: 25 MB are the files of the version.
    assert (costs["gather kept rows"].read, costs["gather kept rows"].written) == (16e6, 10e6)
    assert found.outcome == 25e6
    # 50 read + 22 judged + 16 + 2 + 1 exchanged + 40 arranged + 25 gathered
    assert found.scratch == pytest.approx(156e6)


def test_a_pass_takes_as_long_as_its_waves_or_its_bytes(recipe: Recipe) -> None:
    _, costs = priced(recipe)
    # .4 Gbit/s are 50 MB/s, less than the disk. One task reads and writes 50 MB each: 2 s, less than its 18 s of work.
    assert costs["read sources"].hours == pytest.approx(18 / 3600)
    # 20 tasks of .99 s on 8 cores are 3 waves: 2.97 s; two nodes move 72 MB in .72 s.
    assert costs["collection.caps + collection.length"].hours == pytest.approx(2.97 / 3600)
    # 20 tasks of .09 s are 3 waves, .27 s; two nodes move 50 + 16 MB in .66 s: the bytes count.
    assert costs["collection.caps: summarise"].hours == pytest.approx(0.66 / 3600)


def test_one_task_alone_is_named_with_its_time(recipe: Recipe) -> None:
    found, _ = priced(recipe)
    # Reading one file 18 s; conclude 1,000,000 x 7.2 µs / 2 = 3.6 s; settle 1.8 s.
    assert [name for name, _ in found.serial] == [
        "read sources",
        "collection.caps: conclude",
        "collection.caps: settle",
    ]


def test_files_of_a_version_are_counted_by_language(recipe: Recipe) -> None:
    _, costs = priced(recipe)
    assert (costs["arrange kept rows"].num_tasks, costs["gather kept rows"].num_tasks) == (2, 2)
    large = SIZE.model_copy(update={"rows": 8_000_000, "after": {}})
    # 2,000,000 and 6,000,000 rows in files of a million; nothing is dropped, so no file for what is.
    _, more = priced(recipe, size=large)
    assert more["gather kept rows"].num_tasks == 8
    assert "gather dropped rows" not in more


def test_memory_of_a_task_is_that_which_the_engine_declares(recipe: Recipe) -> None:
    _, costs = priced(recipe)
    # A twentieth of 50 MB of shards; one range of the summaries, which is all of them.
    assert costs["collection.caps + collection.length"].memory == START + GROWTH.get("judge", TEXTS) * 2.5e6
    assert costs["collection.caps: settle"].memory == START + GROWTH["settle"] * 16e6
    # The larger of two files, of Telugu: three quarters of 16 MB.
    assert costs["gather kept rows"].memory == START + GROWTH.get("gather", TEXTS) * 12e6


def test_money_is_node_hours_storage_and_what_leaves(recipe: Recipe) -> None:
    found, costs = priced(recipe)
    assert costs["read sources"].money == pytest.approx(18 / 3600 * 2 * 3)
    assert found.storage == pytest.approx(0.156)  # .156 GB x 2 months x .5
    assert found.egress == pytest.approx(0.25)  # .025 GB x 10
    assert found.total.money == pytest.approx(sum(cost.money for cost in found.costs) + 0.406)
    assert found.total.cpu_hours == pytest.approx(sum(cost.cpu_hours for cost in found.costs))


def test_models_write_translate_and_train(recipe: Recipe) -> None:
    gpus = Gpus(
        number=4, price_per_gpu_hour=2, translate=1_000, generate=500,
        training=Training(parameters=1e9, flops=1e15, utilisation=0.5),
    )  # fmt: skip
    size = SIZE.model_copy(update={"translated": 72_000, "generated": 18_000})
    _, costs = priced(recipe, CLUSTER.model_copy(update={"gpus": gpus}), size)
    # 18,000 completions of 40 characters, 4 a token: 180,000 tokens at 500 a second: 360 s.
    assert costs["rows: generate"].gpu_hours == pytest.approx(0.1)
    # 72,000 rows of 100 characters: 1,800,000 tokens at 1,000 a second: .5 h; four GPUs need an eighth, and cost 1.
    translated = costs["rows: translate"]
    assert (translated.gpu_hours, translated.hours, translated.money) == (0.5, 0.125, 1)
    # 900,000 draws x 25 tokens x 6 x 10**9 parameters / (.5 x 10**15 a second): 270 s.
    assert costs["train on the mixture"].gpu_hours == pytest.approx(0.075)


def test_large_exchanges_are_put_into_ranges_first(recipe: Recipe) -> None:
    size = Size(rows=12_000_000, inputs=60, targets=40)
    _, costs = priced(recipe, size=size)
    # 12,000,000 rows are three ranges of at most 5,000,000, made by six tasks of 2,000,000; 192 MB of summaries are
    # unpacked at 64 MB/s and packed at 32: 3 + 6 s, halved. Each range is then read once.
    made, settled = costs["collection.caps: partition"], costs["collection.caps: settle"]
    assert (made.num_tasks, made.read, made.written) == (6, 192e6, 192e6)
    assert made.cpu_hours == pytest.approx(4.5 / 3600)
    assert (settled.num_tasks, settled.read) == (3, 192e6)


def test_work_that_nobody_measured_is_named(recipe: Recipe) -> None:
    known = {name: work for name, work in WORKS.items() if name != "collection.length"}
    found = price(recipe, {"rows": SIZE}, CALIBRATION.model_copy(update={"works": known}), CLUSTER)
    assert found.unknown == ("collection.length",)


def test_a_stage_drops_the_share_that_a_build_has_shown(recipe: Recipe) -> None:
    shown = CALIBRATION.model_copy(
        update={"works": WORKS | {"collection.length": Work(kept=0.75)}, "learned_from": "0.1.0-abc"}
    )
    found = price(recipe, {"rows": SIZE}, shown, CLUSTER)
    costs = {cost.name: cost for cost in found.costs}
    # The cap leaves 400,000 as the size says, the filter three quarters of them.
    assert (costs["arrange kept rows"].rows, costs["arrange dropped rows"].rows) == (300_000, 700_000)
    assert found.assumptions[0] == "costs and the shares that stay are those of the build 0.1.0-abc"


def test_what_a_build_took_is_told_back() -> None:
    known = Rate(task=1, row=0.001)
    # 10 tasks and 100,000 rows would be 110 s; 60 s more are for rows: each costs 1.6 times as much.
    assert rate_from(known, Amount(10, 100_000, 0), 170) == Rate(task=1, row=0.0016)
    # 10 tasks of 100 rows would be 11 s, nearly all for tasks: what is more than that is for tasks too.
    assert rate_from(known, Amount(10, 1_000, 0), 31) == Rate(task=3, row=0.001)


def test_costs_are_split_between_tasks_rows_and_characters() -> None:
    true = Rate(task=0.5, row=0.002, character=0.00003)
    amounts = [Amount(1, 0, 0), Amount(2, 1_000, 100_000), Amount(2, 1_000, 900_000)]
    found = fitted([(amount, true.of(amount)) for amount in amounts])
    assert found.model_dump() == pytest.approx(true.model_dump())


def test_no_cost_is_below_nothing() -> None:
    # Longer rows that cost less than short ones: noise, and no gift.
    found = fitted([(Amount(1, 0, 0), 0.0), (Amount(1, 100, 1_000), 2.0), (Amount(1, 100, 9_000), 1.0)])
    assert found.character == 0
    assert found.row == pytest.approx(0.015)


def test_a_source_without_a_size_and_without_a_build_is_named(recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nobody says how large the source rows is: say `size`, or build once in"):
        sizes(recipe, Store(tmp_path / "store"))


def test_faults_of_a_cluster_have_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "cluster.yaml"
    path.write_text("nodes: 0\ncores: 4\nmemroy: 16\n", encoding="utf-8")
    with pytest.raises(RecipeError) as raised:
        read_cluster(path)
    assert "cluster.yaml:1: nodes: " in str(raised.value)
    assert "cluster.yaml:3: no setting 'memroy'; did you mean 'memory'" in str(raised.value)
