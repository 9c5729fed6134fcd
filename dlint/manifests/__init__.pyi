# What other packages take from manifests; type checkers and `dlint.faces` read this list.

from dlint.manifests.formats import (
    follow as follow,
    format_of as format_of,
    read_manifest as read_manifest,
    resolve as resolve,
)
from dlint.manifests.kinds import (
    DEVELOPMENT as DEVELOPMENT,
    MAIN as MAIN,
    OPTIONAL as OPTIONAL,
    Archive as Archive,
    Asked as Asked,
    Manifest as Manifest,
    Need as Need,
    Origin as Origin,
    Package as Package,
    Platform as Platform,
    Reference as Reference,
    Role as Role,
    Target as Target,
)
from dlint.manifests.selection import (
    Chosen as Chosen,
    Selection as Selection,
    selected as selected,
    selection_of as selection_of,
)
