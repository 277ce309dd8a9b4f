"""A tiny random Llama as a GGUF file, for tests of the conversion."""

from pathlib import Path

import gguf
import numpy
import tokenizers

CONTEXT, HIDDEN, WIDTH, HEADS, LAYERS = 64, 16, 24, 2, 2


def save_tiny_gguf(path: Path, seed: int = 0) -> Path:
    """Write a model with a byte-level tokenizer of one merge that adds no special token."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, "th", "<s>", "</s>"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(words))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(words)
    normal = gguf.TokenType.NORMAL
    writer.add_token_types([normal] * (len(words) - 2) + [gguf.TokenType.CONTROL] * 2)
    writer.add_token_merges(["t h"])
    writer.add_bos_token_id(len(words) - 2)
    writer.add_eos_token_id(len(words) - 1)
    draw = numpy.random.default_rng(seed)

    def tensor(name: str, *shape: int) -> None:
        writer.add_tensor(name, draw.normal(0, 0.3, shape).astype(numpy.float32))

    tensor("token_embd.weight", len(words), HIDDEN)
    tensor("output.weight", len(words), HIDDEN)
    tensor("output_norm.weight", HIDDEN)
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{name}.weight", HIDDEN, HIDDEN)
        for name in ("attn_norm", "ffn_norm"):
            tensor(f"blk.{layer}.{name}.weight", HIDDEN)
        for name in ("ffn_gate", "ffn_up"):
            tensor(f"blk.{layer}.{name}.weight", WIDTH, HIDDEN)
        tensor(f"blk.{layer}.ffn_down.weight", HIDDEN, WIDTH)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
