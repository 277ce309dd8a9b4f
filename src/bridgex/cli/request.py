"""What one call of a command asks for: its shared options made into a session, texts, settings."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgex.cli.config import Config

if TYPE_CHECKING:
    from bridgex.analysis.settings import RankSettings
    from bridgex.api import Session
    from bridgex.choosers import Chooser
    from bridgex.choosers.evidence import MeasuredPair
    from bridgex.evaluation.settings import TaskSettings
    from bridgex.inputs import Texts
    from bridgex.lm.server import Server
    from bridgex.progress import Progress
    from bridgex.texts.limits import ReadingLimits

ONLY_ASKED = "none"
"""Name of a model that is not in the process."""

NAMED_SETTINGS = {
    "selection.method": "method",
    "selection.rate": "rate",
    "selection.count": "count",
    "selection.without_universal": "without_universal",
    "special": "special",
    "probe.special": "special",
    "bridges.seed": "seed",
}
"""Setting of a ranking → option of its own."""
PROBE_SETTINGS = {"probe.pooling": "pooling", "probe.shots": "shots", "probe.chat": "chat"}
"""The same where no task is asked, whose shots and chat these would be."""


@dataclass(frozen=True)
class Request:
    """The shared options of one call of a command.

    Attributes:
        values: name → what was given.
        from_file: names of those that the file of options gave.
    """

    values: Mapping[str, Any]
    from_file: frozenset[str] = frozenset()

    def session(self, server: "Server | None" = None) -> "Session":
        """Return the session with the model asked for.

        Args:
            server: who answers prompts; by default the one that the options name, if they do.
        """
        from bridgex.api import Session

        name = self.values["model"]
        return Session(
            None if name == ONLY_ASKED else name,
            generate_with=server or self._server(),
            device=self.values["device"],
            dtype=self.values["dtype"],
            progress=self.progress(),
        )

    def progress(self) -> "Progress":
        """Return how progress is shown: on standard error, unless little is to be printed."""
        from bridgex.progress import silent
        from bridgex.report.progress import stderr_progress

        return silent if self.values.get("quiet") else stderr_progress()

    def _server(self) -> "Server | None":
        """Return the server that answers prompts, if one is named.

        Raises:
            RequestError: its address is none, or something is said of a server that is not named.
        """
        from bridgex.errors import RequestError
        from bridgex.lm.server import Server

        given = {
            name: self.values.get(name)
            for name in ("server_model", "allow_mismatch", "concurrency")
        }
        url = self.values.get("generate_with")
        if url is None:
            for name, value in given.items():
                if value is not None:
                    raise RequestError(
                        f"--{name.replace('_', '-')} is about a server; name one with "
                        "--generate-with."
                    )
            return None
        allow = names(given["allow_mismatch"] or "")
        more = {} if given["concurrency"] is None else {"concurrency": given["concurrency"]}
        return Server(url, model=given["server_model"], allow=tuple(allow), **more)

    def texts(self, tasks: Sequence[str] = ()) -> "Texts":
        """Return what is to be read.

        Args:
            tasks: names before which ``--data NAME=FOLDER`` is a folder for that task.
        """
        from bridgex.inputs import Budget, Texts

        values = self.values
        names = ("corpus", "field", "pivot", "convert_chinese", "split")
        return Texts(
            budget=Budget(sentences=values["sentences"], tokens=values["tokens"]),
            lexicon=tuple(values["lexicon"] or ()),
            endonyms=endonyms(values["endonym"] or ()),
            data=folders(values["data"] or (), tasks),
            limits=limits(values["limit"] or ()),
            **{name: values[name] for name in names},
        )

    def settings(self) -> "RankSettings":
        """Return the settings of rankings: the preset, changed by the file, by the command line.

        Raises:
            RequestError: no such preset or setting, a value out of range, or one setting given by
                an option and by ``--set``.
        """
        from bridgex.analysis.settings import parse_changes, preset
        from bridgex.errors import RequestError

        config: Config | None = self.values["config"]
        given = self._named_settings()
        changes = parse_changes(self.values["set_"] or ())
        settings = preset(self.values["preset"] or "default")
        if config is not None:
            of_file = {name: option for name, option in given.items() if option in self.from_file}
            given = {name: option for name, option in given.items() if name not in of_file}
            try:
                settings = settings.changed(config.settings).changed(self._values(of_file))
            except RequestError as problem:
                raise RequestError(f"{config.path}: {problem}") from problem
        for name in changes:
            if name in given:
                raise RequestError(
                    f"--set {name} and --{given[name].replace('_', '-')} are one setting; give one "
                    "of them."
                )
        return settings.changed({**changes, **self._values(given)})

    def origin(self, name: str, default: Any = None) -> str:
        """Return where an option's value came from: the default, the file or the command line."""
        if name in self.from_file:
            return str(self.values["config"].path)
        return "default" if self.values[name] == default else "command line"

    def settings_and_origins(self) -> dict[str, tuple[Any, str]]:
        """Return setting of a ranking → its value, and where it came from.

        Raises:
            RequestError: as `settings`.
        """
        from bridgex.analysis.settings import (
            changed_from,
            parse_changes,
            preset,
            settings_fields,
        )

        settings = self.settings()
        name = self.values["preset"] or "default"
        config: Config | None = self.values["config"]
        origins = {
            **dict.fromkeys(settings_fields(), "default"),
            **{each: f"preset {name}" for each, _ in changed_from(preset(name), "default")},
            **({each: str(config.path) for each in config.settings} if config else {}),
            **{each: self.origin(option) for each, option in self._named_settings().items()},
            **dict.fromkeys(parse_changes(self.values["set_"] or ()), "command line"),
        }
        return {
            each: (functools.reduce(getattr, each.split("."), settings), origin)
            for each, origin in origins.items()
        }

    @property
    def selects(self) -> bool:
        """Whether a preset, an option or a setting says how neurons are selected."""
        config: Config | None = self.values["config"]
        given = (*self._named_settings(), *(config.settings if config else ()))
        changed = (text.strip() for text in self.values["set_"] or ())
        return bool(self.values["preset"]) or any(
            name.startswith("selection.") for name in (*given, *changed)
        )

    def _named_settings(self) -> dict[str, str]:
        """Setting → option of its own that was given."""
        options = NAMED_SETTINGS | (PROBE_SETTINGS if "pooling" in self.values else {})
        return {
            name: option
            for name, option in options.items()
            if self.values[option] is not None and self.values[option] is not False
        }

    def _values(self, named: Mapping[str, str]) -> dict[str, Any]:
        return {name: self.values[option] for name, option in named.items()}

    def choosers(self, named: Sequence[str] | None) -> "Sequence[str | Chooser] | None":
        """Return choosers by their names; those that learn of other pairs, from earlier results.

        Raises:
            ResultError: an earlier result cannot be read.
            RequestError: it is of another kind, or a chooser has no such name.
        """
        if not self.values["earlier"]:
            return named
        from bridgex.choosers import all_choosers, choosers_named
        from bridgex.experiments.experience import learning_from

        settings = self.settings()
        chosen = all_choosers(settings) if named is None else choosers_named(named, settings)
        return learning_from(chosen, self.measured())

    def chooser(self, named: str) -> "str | Chooser":
        """Return the one chooser of a name; see `choosers`."""
        if not self.values["earlier"]:
            return named
        from bridgex.choosers import chooser_named
        from bridgex.experiments.experience import learning_from

        return learning_from([chooser_named(named, self.settings())], self.measured())[0]

    def measured(self) -> "tuple[MeasuredPair, ...]":
        """Return what earlier results tell of other pairs.

        Raises:
            ResultError: a result cannot be read.
            RequestError: it is of another kind.
        """
        from bridgex.cli.results import loaded
        from bridgex.experiments.experience import measured_pairs

        return measured_pairs(loaded(self.values["earlier"] or ()))

    def asking(self) -> "TaskSettings":
        """Return how tasks are asked."""
        from bridgex.evaluation.settings import TaskSettings

        names = (
            "items",
            "seed",
            "shots",
            "answer",
            "scoring",
            "prompt",
            "instruction_language",
            "chat",
        )
        given = {name: self.values[name] for name in names if self.values.get(name) is not None}
        return TaskSettings(**given, metrics=tuple(self.values.get("metric") or ()))


def names(text: str) -> list[str]:
    """Return names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def names_or_none(text: str | None) -> list[str] | None:
    """Return names separated by commas; None where the option was not given."""
    return None if text is None else names(text)


def endonyms(given: Sequence[str]) -> dict[str, str]:
    """Return language → name from ``LANGUAGE=NAME``, one for each language.

    Raises:
        RequestError: no equals sign, or a second name for a language.
    """
    from bridgex.errors import RequestError

    named: dict[str, str] = {}
    for text in given:
        language, equals, name = text.partition("=")
        if not equals or language in named:
            problem = "a second name for it" if equals else "not LANGUAGE=NAME"
            raise RequestError(f"--endonym {text} is {problem}; write one such as id=Indonesia.")
        named[language] = name
    return named


def limits(given: Sequence[str]) -> "ReadingLimits | None":
    """Return how much may be read from ``NAME=VALUE``; None where nothing is given.

    Raises:
        RequestError: no equals sign, no such limit, a value out of range, or a limit given twice.
    """
    from bridgex.errors import RequestError
    from bridgex.texts.limits import ReadingLimits

    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name in values:
            problem = "a second value for it" if equals else "not NAME=VALUE"
            raise RequestError(f"--limit {text} is {problem}; write one such as expansion=1000.")
        values[name] = value
    return ReadingLimits(**values) if values else None


def folders(given: Sequence[str], tasks: Sequence[str]) -> Path | dict[str, Path] | None:
    """Return the folder of benchmarks, or task → folder.

    A folder without a task is for all tasks that have none of their own.

    Raises:
        RequestError: two folders without a task, or two for one task.
    """
    from bridgex.errors import RequestError

    own: dict[str, Path] = {}
    common: list[str] = []
    for text in given:
        task, equals, folder = text.partition("=")
        if not (equals and task in tasks):
            common.append(text)
        elif task in own:
            raise RequestError(f"--data names two folders for {task}; keep one of them.")
        else:
            own[task] = Path(folder)
    if len(common) > 1:
        raise RequestError(
            f"--data names {len(common)} folders for all tasks ({', '.join(common)}); write "
            "TASK=FOLDER, once for each task."
        )
    if not own:
        return Path(common[0]) if common else None
    return {task: Path(common[0]) for task in tasks if common} | own
