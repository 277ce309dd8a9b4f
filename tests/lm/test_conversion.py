"""A GGUF file is converted once, even when two processes want it at the same time."""

import os
import struct
import subprocess
import sys
from pathlib import Path

CONVERT = """
import json, os, sys, time
from pathlib import Path
from bridgex.lm import gguf

def slowly(file, folder):
    folder.mkdir()
    with open(sys.argv[2], "a") as log:
        log.write(f"{os.getpid()}\\n")
    time.sleep(0.5)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / gguf.MANIFEST).write_text(json.dumps({"sizes": {"model.safetensors": 7}}))

gguf._convert = slowly
print(gguf.convert(Path(sys.argv[1])))
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
