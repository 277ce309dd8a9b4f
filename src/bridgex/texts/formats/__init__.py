"""The dictionary formats that ``read_lexicon`` knows, in the order in which they are merged."""

from bridgex.texts.formats.base import LexiconFormat
from bridgex.texts.formats.json_lines import JsonLines
from bridgex.texts.formats.table import CsvTable, Table
from bridgex.texts.formats.word_pairs import WordPairs
from bridgex.texts.formats.wordnet import Wordnet

FORMATS: tuple[LexiconFormat, ...] = (WordPairs(), Table(), CsvTable(), JsonLines(), Wordnet())
