"""A GGUF file is converted once, even when two processes want it at the same time."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import transformers

from bridgex.languages import PAPER_LANGUAGES
from bridgex.lm.gguf import read_tokenizer
from bridgex.texts import sample_corpus

CONVERT = """
import os, sys, time
from pathlib import Path
from bridgex.lm import gguf

def slowly(file, folder):
    folder.mkdir()
    with open(sys.argv[2], "a") as log:
        log.write(f"{os.getpid()}\\n")
    time.sleep(0.5)
    (folder / "model.safetensors").write_bytes(b"weights")
    gguf.seal(folder)

gguf._convert = slowly
gguf._converted_size = lambda file: 0
print(gguf.convert(Path(sys.argv[1])).folder)
"""


def test_two_processes_convert_a_file_once(tmp_path: Path) -> None:
    file, log = tmp_path / "model.gguf", tmp_path / "log"
    file.write_bytes(b"GGUF" + struct.pack("<I", 3) + bytes(64))
    environment = os.environ | {"BRIDGEX_CACHE": str(tmp_path / "cache")}
    both = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", CONVERT, str(file), str(log)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    folders = {each.communicate(timeout=60)[0] for each in both}
    assert [each.returncode for each in both] == [0, 0]
    assert len(folders) == 1
    assert len(log.read_text().splitlines()) == 1


def test_the_tokenizer_of_a_conversion_is_the_one_transformers_reads(
    tiny_folder: Path, tmp_path: Path
) -> None:
    whole = transformers.AutoTokenizer.from_pretrained(tiny_folder)
    whole.chat_template = "{{ messages[0]['content'] }}!"
    whole.save_pretrained(tmp_path)
    read = read_tokenizer(tmp_path)
    texts = [text for each in PAPER_LANGUAGES for text in sample_corpus(each).sentences[:3]]
    options = {"return_special_tokens_mask": True, "return_offsets_mapping": True}
    assert dict(read(texts, **options)) == dict(whole(texts, **options))
    assert read.special_tokens_map == whole.special_tokens_map
    assert read.apply_chat_template([{"role": "user", "content": "a"}], tokenize=False) == "a!"
    ids = whole(texts[0])["input_ids"]
    assert read.decode(ids, skip_special_tokens=True) == whole.decode(ids, skip_special_tokens=True)
