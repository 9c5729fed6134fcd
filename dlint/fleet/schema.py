"""What a row holds: the columns of the Parquet files, and what each means.

A number that is not known is null, never 0, and the basis beside it says how far a known one can be
trusted. `docs/fleet.md` lists them; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlint.text.values import NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]
# Of this schema. The first number is another one where a column goes or means something else, in
# another major version of dlint; the second where columns come: they are null in files from before.
VERSION = "1.1"
TEXT, COUNT, FLAG, TIME, TEXTS = "text", "integer", "boolean", "timestamp", "list of text"


class Column(NamedTuple):
    """One column: its name, its type, and what it tells. `inner` are those of a list of structs."""

    name: str
    type: str
    meaning: str
    inner: tuple[Column, ...] = ()


LAYERS = (
    Column("line", COUNT, "line of the instruction; null for a layer of the base"),
    Column("instruction", TEXT, "instruction as one line, at most 200 characters"),
    Column("bytes", COUNT, "compressed size of the layer's blob"),
    Column("at_least", FLAG, "whether `bytes` are a lower bound"),
    Column("basis", TEXT, "exact, modelled, guessed or unknown"),
    Column("diff_id", TEXT, "digest of the uncompressed layer, where it is certain"),
    Column("digest", TEXT, "digest of the blob, where it is certain"),
)
FINDINGS = (
    Column("rule", TEXT, "name of the rule"),
    Column("severity", TEXT, "error, warning or info"),
    Column("message", TEXT, "what is wrong"),
    Column("path", TEXT, "file, from the root of the repository"),
    Column("line", COUNT, "line in that file"),
    Column("image_bytes", COUNT, "bytes that the image is larger, compressed"),
    Column("push_bytes", COUNT, "bytes that a push is larger, compressed"),
    Column("basis", TEXT, "of both; unknown where the finding has no cost"),
    Column("fix", TEXT, "safe, unsafe or display where there is a fix, else null"),
    Column("fingerprint", TEXT, "the same as long as rule and instruction are"),
)
COLUMNS = (
    Column("repository", TEXT, "address that the clone came from, or its folder; HOST/NAME"),
    Column("place", TEXT, "where the run found it: a folder, an address, HOST/NAME"),
    Column("commit", TEXT, "commit that was checked; null in a registry"),
    Column("committed", TIME, "when the commit was made (UTC)"),
    Column("image", TEXT, "name of the image: its Dockerfile, FILE#IMAGE, or NAME:TAG"),
    Column("dlint", TEXT, "version of dlint"),
    Column("settings", TEXT, "digest of the options that decide an answer"),
    Column("source", TEXT, "git or registry"),
    Column("dockerfile", TEXT, "Dockerfile, from the root of the repository"),
    Column("context", TEXT, "build context, from the root of the repository"),
    Column("target", TEXT, "stage that is built; null for the last one"),
    Column("platform", TEXT, "platform of the image"),
    Column("owners", TEXTS, "owners of the Dockerfile, by CODEOWNERS"),
    Column("error", TEXT, "why there is no answer, or what of it is missing; else null"),
    Column("lacking", COUNT, "files of the commit that the clone does not hold"),
    Column("digest", TEXT, "digest of the manifest; null where only git tells of the image"),
    Column("base", TEXT, "name of the image that the target stands on; null for scratch"),
    Column("base_digest", TEXT, "digest that the Dockerfile pins the base to"),
    Column("base_bytes", COUNT, "compressed size of the base"),
    Column("base_basis", TEXT, "basis of `base_bytes`"),
    Column("image_bytes", COUNT, "compressed size of the image with its base"),
    Column("image_at_least", FLAG, "whether `image_bytes` are a lower bound"),
    Column("image_basis", TEXT, "basis of `image_bytes`"),
    Column("push_path", TEXT, "context path that is taken to change"),
    Column("push_changes", COUNT, "commits that push the same layers, of `push_commits`"),
    Column("push_commits", COUNT, "commits that were looked at for that"),
    Column("push_bytes", COUNT, "what its change uploads, compressed"),
    Column("push_at_least", FLAG, "whether `push_bytes` are a lower bound"),
    Column("push_basis", TEXT, "basis of `push_bytes`"),
    Column("bill_commits", COUNT, "commits that were replayed; null where none was"),
    Column("bill_bytes", COUNT, "what all of them pushed, compressed"),
    Column("bill_at_least", FLAG, "whether `bill_bytes` are a lower bound"),
    Column("bill_basis", TEXT, "basis of `bill_bytes`"),
    Column("ways_commits", COUNT, "commits that the next four count; null for fewer than 3"),
    Column("ways_now_bytes", COUNT, "what they would push of today's layers, compressed"),
    Column("ways_ordered_bytes", COUNT, "the same in the best order of the instructions"),
    Column("ways_repacked_bytes", COUNT, "the same in 40 layers, packed by size and change"),
    Column("ways_bound_bytes", COUNT, "the same with each file by itself: no packing goes below"),
    Column("ways_at_least", FLAG, "whether all four are lower bounds"),
    Column("ways_basis", TEXT, "basis of all four"),
    Column("layers", "list of struct", "layers of the image, the base's first", LAYERS),
    Column("findings", "list of struct", "what `dlint check` finds", FINDINGS),
)
# What a run saw, whether it had an answer already or not.
SEEN = (
    Column("seen", TIME, "when the run began (UTC)"),
    Column("repository", TEXT, "as in the rows of images"),
    Column("commit", TEXT, "commit that stood there; null in a registry, and where none is known"),
    Column("tags", TEXTS, "NAME:TAG@DIGEST that stood there; empty in git"),
    Column("dlint", TEXT, "version of dlint"),
    Column("settings", TEXT, "digest of the options"),
    Column("computed", FLAG, "whether the run worked it out, or knew the answer"),
    Column("error", TEXT, "why the repository as a whole has no answer; else null"),
)


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Return columns as pyarrow has them."""
    import pyarrow as pa

    return pa.schema(
        [(column.name, _arrow(column)) for column in columns],
        metadata={"dlint_schema": VERSION},
    )


def _arrow(column: Column) -> pa.DataType:
    import pyarrow as pa

    if column.inner:
        return pa.list_(pa.struct([(each.name, _arrow(each)) for each in column.inner]))
    plain = {
        TEXT: pa.string(),
        COUNT: pa.int64(),
        FLAG: pa.bool_(),
        TIME: pa.timestamp("us", tz="UTC"),
        TEXTS: pa.list_(pa.string()),
    }
    return plain[column.type]


def row_of(told: Row) -> Row:
    """Return a row that holds what is told, and null for all else."""
    return {column.name: told.get(column.name) for column in COLUMNS}
