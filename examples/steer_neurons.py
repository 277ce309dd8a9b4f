"""Switch a language's neurons off, or turn them up, and read what the model writes.

Needs nothing beside bridgex: a forward hook scales the activation of each neuron's gate, as bridgex
counts it (families with a gated FFN: Llama, Mistral, Qwen, Gemma). The neurons come from ``bridgex
neurons export neurons.json`` or from ``bridgex neurons convert LAPE.pth neurons.json --languages
…``; the model is the one they were found in, a folder or an id of the Hub.

    python examples/steer_neurons.py MODEL neurons.json de "Die Hauptstadt von Japan ist"
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from bridgex.interop.neurons import read_neurons


def main(words: Sequence[str] | None = None) -> None:
    """Print the continuation of a prompt without and with the neurons scaled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("neurons", type=Path)
    parser.add_argument("language")
    parser.add_argument("prompt")
    parser.add_argument("--factor", type=float, default=0.0, help="0 switches off, 2 doubles")
    parser.add_argument("--tokens", type=int, default=12)
    wanted = parser.parse_args(words)
    layers = read_neurons(wanted.neurons).neurons[wanted.language]
    tokenizer = AutoTokenizer.from_pretrained(wanted.model)
    model = AutoModelForCausalLM.from_pretrained(wanted.model).eval()
    print("as it is:", written(model, tokenizer, wanted.prompt, wanted.tokens))
    with scaled(model, layers, wanted.factor):
        steered = written(model, tokenizer, wanted.prompt, wanted.tokens)
    print(f"neurons of {wanted.language} times {wanted.factor}:", steered)


@contextmanager
def scaled(model: Any, layers: Sequence[torch.Tensor], factor: float) -> Iterator[None]:
    """Scale neurons while the block runs; ``layers`` has the indices of each layer's."""

    def scaling(neurons: torch.Tensor) -> Any:
        def hook(_module: Any, _inputs: Any, activation: torch.Tensor) -> torch.Tensor:
            changed = activation.clone()
            changed[..., neurons.to(activation.device)] *= factor
            return changed

        return hook

    gates = [layer.mlp.act_fn for layer in model.model.layers]
    hooks = [
        gate.register_forward_hook(scaling(neurons))
        for gate, neurons in zip(gates, layers, strict=True)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def written(model: Any, tokenizer: Any, prompt: str, tokens: int) -> str:
    """Return a greedy continuation."""
    inputs = tokenizer(prompt, return_tensors="pt").to(model.device)
    with torch.inference_mode():
        out = model.generate(
            inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            max_new_tokens=tokens,
            do_sample=False,
        )
    text: str = tokenizer.decode(out[0], skip_special_tokens=True)
    return text


if __name__ == "__main__":
    main()
