"""Switch a language's neurons off, or turn them up, with nnsight, and read what the model writes.

Needs: pip install nnsight. The neurons come from ``bridgex neurons export neurons.json`` or from
``bridgex neurons convert LAPE.pth neurons.json --languages …``; the model is the one they were
found in, a folder or an id of the Hub.

    python examples/steer_neurons.py MODEL neurons.json de "Die Hauptstadt von Japan ist"
"""

import argparse
from pathlib import Path

from nnsight import LanguageModel

from bridgex.interop.neurons import read_neurons


def main() -> None:
    """Print the continuation of a prompt without and with the neurons scaled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("neurons", type=Path)
    parser.add_argument("language")
    parser.add_argument("prompt")
    parser.add_argument("--factor", type=float, default=0.0, help="0 switches off, 2 doubles")
    parser.add_argument("--tokens", type=int, default=12)
    wanted = parser.parse_args()
    layers = read_neurons(wanted.neurons).neurons[wanted.language]
    model = LanguageModel(wanted.model, device_map="cpu", dispatch=True)
    print("as it is:", written(model, wanted.prompt, wanted.tokens))
    steered = written(model, wanted.prompt, wanted.tokens, layers, wanted.factor)
    print(f"neurons of {wanted.language} times {wanted.factor}:", steered)


def written(model, prompt, tokens, layers=(), factor=1.0):  # type: ignore[no-untyped-def]
    """Return a greedy continuation, with neurons scaled at every step.

    The value of a neuron is the activation of its gate, as bridgex counts it (families with a gated
    FFN: Llama, Mistral, Qwen, Gemma).
    """
    with model.generate(prompt, max_new_tokens=tokens, do_sample=False) as tracer:
        for _step in tracer.iter[:]:
            for layer, neurons in enumerate(layers):
                if len(neurons):
                    model.model.layers[layer].mlp.act_fn.output[..., neurons] *= factor
        out = tracer.result.save()
    return model.tokenizer.decode(out[0], skip_special_tokens=True)


if __name__ == "__main__":
    main()
