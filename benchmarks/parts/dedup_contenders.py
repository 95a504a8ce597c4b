"""Near duplicates with each tool as its documentation has it: from a Parquet file to a label for each row.

Each function imports its tool itself, since each runs in an environment of its own; so tools are looked up untyped.
"""

import contextlib
import io
import pickle
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

Labels = npt.NDArray[np.int64]
NUM_HASHES = 128
BANDS, ROWS = 16, 8
SHARD_ROWS = 50_000
CHECKED = 0.75
"""Estimated similarity from which rensa and gaoya count a pair: below .8, so that few true pairs are lost."""

TEXT_DEDUP = f"""
[input]
input_type = "local_files"
read_arguments = {{{{path = "parquet", data_files = "{{rows}}", split = "train", cache_dir = "{{work}}"}}}}

[algorithm]
algorithm_name = "minhash"
text_column = "text"
num_perm = {NUM_HASHES}
threshold = 0.8
ngram_size = 5
bands = {BANDS}
rows = {ROWS}
num_proc = 1

[output]
output_dir = "{{work}}/out"
save_clusters = true

[debug]
enable_profiling = false
"""


def _texts(path: Path) -> list[str]:
    return [str(text) for text in pq.read_table(path / "rows.parquet", columns=["text"])["text"].to_pylist()]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _grams(text: str) -> set[str]:
    text = _plain(text)
    return {text[i : i + 5] for i in range(max(1, len(text) - 4))}


def _some(items: Iterable[Any], num: int = 10_000) -> Iterator[list[Any]]:
    left = iter(items)
    while found := list(islice(left, num)):
        yield found


class Clusters:
    """Rows joined in pairs."""

    def __init__(self, num: int) -> None:
        self.parents = list(range(num))

    def find(self, row: int) -> int:
        """Return the row that stands for this one's cluster."""
        while self.parents[row] != row:
            self.parents[row] = self.parents[self.parents[row]]
            row = self.parents[row]
        return row

    def join(self, row: int, other: int) -> None:
        """Put two rows in one cluster."""
        a, b = self.find(row), self.find(other)
        self.parents[max(a, b)] = min(a, b)

    def labels(self) -> Labels:
        """Return the label of each row."""
        return np.array([self.find(row) for row in range(len(self.parents))], np.int64)


def with_files(path: Path, work: Path) -> Labels:
    """Go the way of `aya dedup`: signatures to flat files, then groups, then the grams of the few."""
    near = import_module("dedup.near")
    found = near.find_in_files([path / "rows.parquet"], work / "kept", near.Near(columns=("text",)))
    kept = np.arange(found.num_rows, dtype=np.int64)
    kept[found.row] = found.kept
    return np.stack([found.groups().astype(np.int64), kept])


def with_frame(path: Path, work: Path) -> Labels:
    """Give the function a table in memory."""
    table = pq.read_table(path / "rows.parquet", columns=["text"])
    found = import_module("dedup.frames").near_duplicates(table, columns=["text"])
    labels = np.arange(table.num_rows, dtype=np.int64)
    labels[found["row"].to_numpy()] = found["kept"].to_numpy()
    return labels


def with_stage(path: Path, work: Path) -> Labels:
    """Run the rounds of the stage `dedup.minhash` on shards as a recipe has them, no language set apart."""
    pa, stage = import_module("pyarrow"), import_module("aya.stage")
    rows = pq.read_table(path / "rows.parquet", columns=["id", "text"])
    null = pa.nulls(rows.num_rows, pa.string())
    columns = dict.fromkeys(("targets", "language", "source", "dataset_name", "template_id", "drop"), null)
    columns |= {"id": rows["id"], "inputs": rows["text"], "origin": pa.repeat("human", rows.num_rows)}
    shards = [pa.table(columns).slice(start, SHARD_ROWS) for start in range(0, rows.num_rows, SHARD_ROWS)]
    verdicts: list[Any] = []
    for of in stage.rounds(import_module("dedup.minhash").MinHash(fields="inputs", boilerplate=0)):
        summary = pa.concat_tables([stage.summarise(of, shard, verdicts) for shard in shards])
        verdicts.append(of.conclude(pa.concat_tables([of.settle(summary, key=key) for key in of.keys])))
    labels = np.arange(rows.num_rows, dtype=np.int64)
    labels[verdicts[-1]["id"].cast(pa.int64()).to_numpy()] = verdicts[-1]["kept"].cast(pa.int64()).to_numpy()
    return labels


def with_datasketch(path: Path, work: Path) -> Labels:
    """Look every row up in an index with the bands that datasketch chooses for .8."""
    datasketch = import_module("datasketch")
    texts = _texts(path)
    index, sketches = datasketch.MinHashLSH(threshold=0.8, num_perm=NUM_HASHES), []
    grams = ([gram.encode() for gram in _grams(text)] for text in texts)
    with index.insertion_session() as session:
        for row, sketch in enumerate(datasketch.MinHash.generator(grams, num_perm=NUM_HASHES)):
            session.insert(row, sketch, check_duplication=False)
            sketches.append(sketch)
    clusters = Clusters(len(texts))
    for row, sketch in enumerate(sketches):
        for other in index.query(sketch):
            clusters.join(row, other)
    return clusters.labels()


def with_rensa(path: Path, work: Path) -> Labels:
    """Sketch and insert many rows at once, and count a match from an estimated .75."""
    rensa = import_module("rensa")
    sketches: list[Any] = []
    for some in _some(_texts(path)):
        sketches += rensa.RMinHash.from_token_sets([_grams(text) for text in some], NUM_HASHES, 42)
    index = rensa.RMinHashLSH(threshold=0.8, num_perm=NUM_HASHES, num_bands=BANDS)
    index.insert_many(sketches)
    clusters = Clusters(len(sketches))
    for row, sketch in enumerate(sketches):
        for other in index.query(sketch):
            if other < row and sketch.jaccard(sketches[other]) >= CHECKED:
                clusters.join(row, other)
    return clusters.labels()


def with_gaoya(path: Path, work: Path) -> Labels:
    """Let Rust make the grams of normalised texts, insert and query with its own threads."""
    texts = [_plain(text) for text in _texts(path)]
    index = import_module("gaoya.minhash").MinHashStringIndex(
        32, CHECKED, BANDS, ROWS, None, "char", False, (5, 5), "smallvec"
    )
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    clusters = Clusters(len(texts))
    for start, some in enumerate(_some(texts)):
        for row, others in enumerate(index.par_bulk_query(some), start * 10_000):
            for other in others:
                clusters.join(row, other)
    return clusters.labels()


def with_daft(path: Path, work: Path) -> Labels:
    """Follow Daft's guide: normalise, MinHash of five words, group rows by the numbers of a band."""
    daft, functions = import_module("daft"), import_module("daft.functions")
    text = functions.normalize(daft.col("text"), remove_punct=True, lowercase=True, nfd_unicode=True, white_space=True)
    minhash = functions.minhash(text, num_hashes=NUM_HASHES, ngram_size=5, hash_function="xxhash")
    return _daft_groups(path, minhash, daft.col("chunk"))


def with_fast_daft(path: Path, work: Path) -> Labels:
    """Do without normalising, and group by a hash of each band: the cheapest way found."""
    daft, functions = import_module("daft"), import_module("daft.functions")
    minhash = functions.minhash(daft.col("text"), num_hashes=NUM_HASHES, ngram_size=5, hash_function="xxhash")
    return _daft_groups(path, minhash, functions.hash(daft.col("chunk")))


def _daft_groups(path: Path, minhash: Any, key: Any) -> Labels:
    daft, functions = import_module("daft"), import_module("daft.functions")
    frame = daft.read_parquet(str(path / "rows.parquet"))
    frame = frame.select(daft.col("id").cast(daft.DataType.int64()).alias("row"), minhash.alias("minhash"))
    chunks = functions.chunk(daft.col("minhash"), ROWS).alias("chunk")
    frame = frame.select("row", chunks, daft.lit(list(range(BANDS))).alias("band")).explode("chunk", "band")
    frame = frame.select("row", "band", key.alias("key")).groupby("band", "key")
    groups = frame.agg(daft.col("row").list_agg().alias("rows")).where(daft.col("rows").list_count() > 1)
    rows = groups.select("rows").to_arrow()["rows"].combine_chunks()
    return _joined(rows.offsets.to_numpy(), rows.values.to_numpy(), pq.read_metadata(path / "rows.parquet").num_rows)


def _joined(offsets: Any, rows: Any, num: int) -> Labels:
    """Return the connected components of rows of which some are in a group together."""
    sparse, graphs = import_module("scipy.sparse"), import_module("scipy.sparse.csgraph")
    first = np.repeat(rows[offsets[:-1]], np.diff(offsets))
    edges = sparse.coo_matrix((np.ones(len(first), np.bool_), (first, rows[offsets[0] :])), shape=(num, num))
    return np.asarray(graphs.connected_components(edges, directed=False)[1], np.int64)


def with_text_dedup(path: Path, work: Path) -> Labels:
    """Run its command's own function, in one process; labels are those of its clusters."""
    config, minhash = import_module("text_dedup.config.base"), import_module("text_dedup.minhash")
    (work / "config.toml").write_text(TEXT_DEDUP.format(rows=path / "rows.parquet", work=work))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        minhash.main(config.load_config_from_toml(work / "config.toml"))
    groups: dict[int, int] = pickle.loads((work / "out" / "clusters.pickle").read_bytes())
    labels = np.arange(pq.read_metadata(path / "rows.parquet").num_rows, dtype=np.int64)
    for row, group in groups.items():
        labels[row] = len(labels) + group
    return labels


def with_datatrove(path: Path, work: Path) -> Labels:
    """Run its four blocks in this process, which spares its workers' imports."""
    blocks, executor = import_module("datatrove.pipeline.dedup"), import_module("datatrove.executor")
    readers = import_module("datatrove.pipeline.readers")
    config = blocks.MinhashConfig()
    read = readers.ParquetReader(str(path), glob_pattern="rows.parquet", text_key="text", id_key="id")
    folders = [str(work / name) for name in ("signatures", "buckets", "clusters")]
    steps = [
        [read, blocks.MinhashDedupSignature(folders[0], config=config)],
        [blocks.MinhashDedupBuckets(folders[0], folders[1], config=config)],
        [blocks.MinhashDedupCluster(folders[1], folders[2], config=config, save_cluster_id=True)],
    ]
    for number, (step, tasks) in enumerate(zip(steps, (1, config.num_buckets, 1), strict=True)):
        logs = str(work / f"logs{number}")
        executor.LocalPipelineExecutor(pipeline=step, tasks=tasks, workers=1, logging_dir=logs).run()
    labels = np.arange(pq.read_metadata(path / "rows.parquet").num_rows, dtype=np.int64)
    for file in Path(folders[2]).glob("*.clusters"):
        found = np.fromfile(file, np.uint32).reshape(-1, 2).astype(np.int64)
        labels[found[:, 0]] = len(labels) + found[:, 1]
    return labels


CONTENDERS: dict[str, Callable[[Path, Path], Labels]] = {
    "aya": with_files,
    "aya-frame": with_frame,
    "aya-stage": with_stage,
    "daft": with_daft,
    "daft-fast": with_fast_daft,
    "rensa": with_rensa,
    "gaoya": with_gaoya,
    "datasketch": with_datasketch,
    "text-dedup": with_text_dedup,
    "datatrove": with_datatrove,
}
