# The public API: all that a rule or a plugin may import. Type checkers and `dlint.__getattr__` read
# this one list.

from dlint.bytes.estimate import packed as packed
from dlint.bytes.selection import Selection as Selection
from dlint.context import BuildContext as BuildContext, Entry as Entry, IgnoreFile as IgnoreFile
from dlint.errors import DlintError as DlintError
from dlint.facts.arrivals import (
    Arrival as Arrival,
    Arrivals as Arrivals,
    arrivals as arrivals,
    names_below as names_below,
    path_of as path_of,
)
from dlint.facts.dependencies import dependency_folders as dependency_folders
from dlint.facts.destinations import Destinations as Destinations, destinations as destinations
from dlint.facts.needs import (
    Needs as Needs,
    family as family,
    folders_of as folders_of,
    is_system_manager as is_system_manager,
    lock_names as lock_names,
    needs as needs,
    uses_vendor as uses_vendor,
)
from dlint.facts.neighbours import (
    Base as Base,
    Neighbours as Neighbours,
    neighbours as neighbours,
    shipped_bases as shipped_bases,
)
from dlint.facts.shipping import (
    Carried as Carried,
    Shipping as Shipping,
    copies_from_stages as copies_from_stages,
    shipping as shipping,
)
from dlint.facts.stored import Storage as Storage, Stored as Stored, storage as storage
from dlint.facts.tags import (
    Precision as Precision,
    TagParts as TagParts,
    moving_tag as moving_tag,
    tag_parts as tag_parts,
    tag_precision as tag_precision,
)
from dlint.facts.tools import version_of as version_of
from dlint.facts.uses import OFFICIAL as OFFICIAL, ImageUse as ImageUse, image_uses as image_uses
from dlint.facts.volatility import (
    Changes as Changes,
    built_stages as built_stages,
    changes as changes,
    is_dependency_list as is_dependency_list,
    is_placeholder as is_placeholder,
    is_source as is_source,
    passed_afresh as passed_afresh,
    takes_whole_context as takes_whole_context,
    volatile_files as volatile_files,
)
from dlint.facts.writing import base_may_hold as base_may_hold, may_write as may_write
from dlint.findings import (
    Basis as Basis,
    Cost as Cost,
    Finding as Finding,
    Fix as Fix,
    Related as Related,
    Safety as Safety,
    Severity as Severity,
    Size as Size,
    Spanned as Spanned,
)
from dlint.fix.append import (
    add_mount as add_mount,
    append_command as append_command,
    put_behind as put_behind,
    said as said,
)
from dlint.fix.leaving_out import leave_out as leave_out
from dlint.fix.merging import merge_runs as merge_runs
from dlint.fix.moving import (
    crosses_settings as crosses_settings,
    fold as fold,
    insert_before as insert_before,
    lines_of as lines_of,
    move_before as move_before,
    move_behind as move_behind,
    place_behind as place_behind,
    removals as removals,
)
from dlint.fix.splitting import copies_of as copies_of
from dlint.images import tag_digest as tag_digest
from dlint.images.facts import ImageFacts as ImageFacts, RegistrySettings as RegistrySettings
from dlint.images.reference import Reference as Reference, parse_reference as parse_reference
from dlint.lint.hookspecs import hookimpl as hookimpl
from dlint.lint.plugins import walk_rules as walk_rules
from dlint.lint.report import (
    Diagnostic as Diagnostic,
    FileReport as FileReport,
    Location as Location,
    Report as Report,
)
from dlint.model import (
    Build as Build,
    Options as Options,
    Stage as Stage,
    State as State,
    Step as Step,
)
from dlint.model.mounts import (
    Mounted as Mounted,
    is_stored as is_stored,
    meant_for as meant_for,
    mounts_of as mounts_of,
)
from dlint.model.scope import join as join
from dlint.model.stages import find_stage as find_stage
from dlint.model.standing import Standing as Standing, standing as standing
from dlint.model.tree import within as within
from dlint.rule.rule import Context as Context, Rule as Rule
from dlint.shell import (
    CacheKept as CacheKept,
    CacheLeft as CacheLeft,
    Clean as Clean,
    Clone as Clone,
    Command as Command,
    Create as Create,
    Delete as Delete,
    Effect as Effect,
    Effects as Effects,
    Extract as Extract,
    Fetch as Fetch,
    Install as Install,
    Package as Package,
    Place as Place,
    Redirect as Redirect,
    Refresh as Refresh,
    Remove as Remove,
    Rewrite as Rewrite,
    Script as Script,
    ShellWord as ShellWord,
    Unknown as Unknown,
    deletes as deletes,
    emptied as emptied,
    verifies as verifies,
)
from dlint.sizes import (
    again_bytes as again_bytes,
    base_packages as base_packages,
    cache_bytes as cache_bytes,
    development_bytes as development_bytes,
    fetched_bytes as fetched_bytes,
    installed_bytes as installed_bytes,
    layer_bytes as layer_bytes,
    layers_bytes as layers_bytes,
    recommended_bytes as recommended_bytes,
    stored_bytes as stored_bytes,
    takes_recommended as takes_recommended,
)
from dlint.syntax import (
    Add as Add,
    Arg as Arg,
    Cmd as Cmd,
    Comment as Comment,
    Copy as Copy,
    Directive as Directive,
    Dockerfile as Dockerfile,
    Entrypoint as Entrypoint,
    Env as Env,
    Expose as Expose,
    Flag as Flag,
    From as From,
    Healthcheck as Healthcheck,
    Heredoc as Heredoc,
    Instruction as Instruction,
    Label as Label,
    Maintainer as Maintainer,
    Mount as Mount,
    Onbuild as Onbuild,
    Pair as Pair,
    Run as Run,
    Shell as Shell,
    Stopsignal as Stopsignal,
    Transfer as Transfer,
    User as User,
    Volume as Volume,
    Word as Word,
    Workdir as Workdir,
)
from dlint.text.patterns import regex as regex
from dlint.text.source import (
    Edit as Edit,
    Mapped as Mapped,
    Position as Position,
    Source as Source,
    Span as Span,
)
from dlint.text.units import human_bytes as human_bytes, parse_bytes as parse_bytes

__version__: str
