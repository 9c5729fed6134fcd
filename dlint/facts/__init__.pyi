# What other packages take from facts; type checkers and `dlint.faces` read this list.

from dlint.context import IgnoreFile as IgnoreFile
from dlint.facts.arguments import Argument as Argument
from dlint.facts.neighbours import Base as Base
from dlint.facts.stored import Stored as Stored
from dlint.facts.tags import Tag as Tag
from dlint.facts.uses import ImageUse as ImageUse
from dlint.facts.volatility import Changes as Changes
from dlint.findings import Size as Size
from dlint.model import Stage as Stage, Step as Step
from dlint.model.mounts import Mounted as Mounted
from dlint.reads.arrivals import Arrival as Arrival
from dlint.shell.managers import family as family
from dlint.text.paths import within as within
