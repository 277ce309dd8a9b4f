"""A tiny random Llama on disk that reads any script, for tests of the whole flow."""

from pathlib import Path

import tokenizers
import torch
import transformers

from bridgex.lm.quiet import quiet_transformers

LAYERS = 10
WIDTH = 40
SPECIAL = ["<pad>", "<s>", "</s>"]


def save_tiny_llama(folder: Path, seed: int = 0) -> Path:
    """Write model and tokenizer in the format of save_pretrained."""
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate(SPECIAL + alphabet)}
    core = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    core.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = tokenizers.decoders.ByteLevel()
    core.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )
    config = transformers.LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    generator = torch.Generator().manual_seed(seed)
    with quiet_transformers():
        model = transformers.LlamaForCausalLM(config)
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.dim() == 2:
                    scale = 1.0 if "embed" in name else 0.3
                    weight.copy_(torch.randn(weight.shape, generator=generator) * scale)
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder
