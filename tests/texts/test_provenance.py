"""What was fetched is named in results: source, revision and licence come from the lock."""

import hashlib
from pathlib import Path

from bridgex.languages import find
from bridgex.texts import LICENCE_NOT_STATED, read_corpus, read_lexicon
from bridgex.texts.lock import LOCK_NAME, Lock, lock_of, write_lock


def locked(folder: Path, *paths: str) -> Lock:
    lock = Lock(
        source="muse",
        title="MUSE",
        licence="CC BY-NC 4.0",
        noncommercial=True,
        accepted=None,
        origin="https://there",
        revision="c" * 40,
    )
    lock = lock.with_files(lock_of(path, folder / path) for path in paths)
    write_lock(folder, lock)
    return lock


def test_lexicon_and_corpus_say_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "en-fr.txt").write_text("one un\n")
    (tmp_path / "dev" / "eng_Latn.dev").write_text("One.\n")
    locked(tmp_path, "en-fr.txt", "dev/eng_Latn.dev")
    for read in (
        read_lexicon(tmp_path, find("en"), find("fr")),
        read_lexicon(tmp_path / "en-fr.txt", find("en"), find("fr")),
        read_corpus(tmp_path / "dev", find("en")),
    ):
        assert read.provenance.name == "MUSE@cccccccccccc"
        assert read.provenance.licence == "CC BY-NC 4.0"
    assert read.provenance.digest == hashlib.sha256(b"One.\n").hexdigest()


def test_files_that_the_lock_does_not_list_keep_their_own(tmp_path: Path) -> None:
    for name in ("en-fr.txt", "en-fr.more.txt"):
        (tmp_path / name).write_text("one un\n")
    locked(tmp_path, "en-fr.txt")
    provenance = read_lexicon(tmp_path, find("en"), find("fr")).provenance
    assert provenance.name == "word pairs + MUSE@cccccccccccc"
    assert provenance.licence == f"{LICENCE_NOT_STATED}, CC BY-NC 4.0"
    (tmp_path / LOCK_NAME).unlink()
    assert read_lexicon(tmp_path, find("en"), find("fr")).provenance.name == "word pairs"


def test_an_altered_file_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "en-fr.txt").write_text("one un\n")
    locked(tmp_path, "en-fr.txt")
    (tmp_path / "en-fr.txt").write_text("two deux\n")
    provenance = read_lexicon(tmp_path, find("en"), find("fr")).provenance
    assert provenance.name == "MUSE@cccccccccccc (altered)"
