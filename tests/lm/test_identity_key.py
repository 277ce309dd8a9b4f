"""What of a model is part of a stage's key."""

from dataclasses import replace

from bridgex.lm.identity import ModelIdentity

MODEL = ModelIdentity("demo", "abc", "float32", "cpu", "torch 2.13.0+cpu, transformers 5.23.0")


def test_a_patch_or_build_of_torch_is_recorded_and_not_keyed() -> None:
    patched = replace(MODEL, libraries="torch 2.13.1+cu130, transformers 5.23.0")
    assert patched.key() == MODEL.key()
    assert "2.13.1+cu130" in patched.libraries


def test_other_libraries_are_other_keys() -> None:
    for libraries in (
        "torch 2.14.0+cpu, transformers 5.23.0",
        "torch 2.13.0+cpu, transformers 5.23.1",
    ):
        assert replace(MODEL, libraries=libraries).key() != MODEL.key()


def test_a_name_is_only_a_label() -> None:
    assert replace(MODEL, name="other").key() == MODEL.key()
    assert replace(MODEL, device="cuda").key() != MODEL.key()
