# What other packages take from images; type checkers and `dlint.faces` read this list.

from dlint.images.asking import tag_digest as tag_digest
from dlint.images.facts import ImageFacts as ImageFacts, RegistrySettings as RegistrySettings
from dlint.images.reference import Reference as Reference, parse_reference as parse_reference
