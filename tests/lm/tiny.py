"""Tiny random models of every family, and where `tests.lm.oracle` listens in them."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import tokenizers
import torch
import transformers
from torch import nn
from torch.nn import functional

from bridgex.lm.identity import ModelIdentity
from bridgex.lm.model import LanguageModel
from bridgex.lm.quiet import quiet_transformers

VOCABULARY = 64
COMMON: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "n_embd": 32,
    "d_model": 32,
    "intermediate_size": 24,
    "ffn_dim": 24,
    "n_inner": 24,
    "dff": 24,
    "ffn_hidden_size": 24,
    "num_hidden_layers": 2,
    "n_layer": 2,
    "n_layers": 2,
    "num_layers": 2,
    "num_attention_heads": 4,
    "n_head": 4,
    "n_heads": 4,
    "num_heads": 4,
    "attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "n_positions": 64,
    "max_seq_len": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "num_local_experts": 4,
    "num_experts": 4,
    "n_routed_experts": 4,
    "moe_num_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 12,
    "shared_expert_intermediate_size": 20,
    "n_shared_experts": 1,
    "n_group": 1,
    "topk_group": 1,
}
MLA: dict[str, Any] = {
    "num_key_value_heads": 4,
    "kv_lora_rank": 16,
    "q_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 8,
    "head_dim": 8,
}
LINEAR: dict[str, Any] = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 2,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "layer_types": ["linear_attention", "full_attention"],
}
GEMMA: dict[str, Any] = {
    "num_kv_shared_layers": 0,
    "layer_types": ["sliding_attention", "full_attention"],
    "hidden_size_per_layer_input": 8,
    "vocab_size_per_layer_input": 64,
}
MAMBA: dict[str, Any] = {
    "mamba_n_heads": 4,
    "mamba_d_head": 16,
    "mamba_expand": 2,
    "mamba_d_state": 8,
    "mamba_n_groups": 1,
    "mamba_d_ssm": 64,
    "mamba_chunk_size": 8,
}


@dataclass(frozen=True)
class Tiny:
    """How to build a tiny model of a family, and where the oracle listens.

    Attributes:
        gate: path of the projection before the activation, ``{}`` for the layer.
        function: the activation function.
        half: which part of the projection's output is the gate, where it is merged.
        experts: path of the experts, for a mixture.
        shared: path of the projection of the FFN beside the experts.
        transposed: whether the experts' weights are (experts, in, out).
        config: configuration values other than the common ones.
    """

    gate: str = "model.layers.{}.mlp.gate_proj"
    function: Callable[[torch.Tensor], torch.Tensor] = functional.silu
    half: bool = False
    experts: str | None = None
    shared: str | None = None
    transposed: bool = False
    config: dict[str, Any] = field(default_factory=dict)


def gelu_tanh(x: torch.Tensor) -> torch.Tensor:
    return functional.gelu(x, approximate="tanh")


def relu_squared(x: torch.Tensor) -> torch.Tensor:
    return functional.relu(x) ** 2


def plain(gate: str, function: Callable[..., torch.Tensor], **config: Any) -> Tiny:
    return Tiny(gate=gate, function=function, config=config)


def moe(shared: str | None = None, **config: Any) -> Tiny:
    path = None if shared is None else f"model.layers.{{}}.mlp.{shared}.gate_proj"
    return Tiny(experts="model.layers.{}.mlp.experts", shared=path, config=config)


TINY: dict[str, Tiny] = {
    **{
        family: Tiny()
        for family in (
            "llama",
            "mistral",
            "ministral",
            "ministral3",
            "qwen2",
            "qwen3",
            "granite",
            "granite_swa",
            "smollm3",
            "cohere",
            "cohere2",
            "stablelm",
            "olmo",
            "olmo2",
            "olmo3",
            "exaone4",
            "helium",
            "ernie4_5",
            "hunyuan_v1_dense",
            "seed_oss",
            "cwm",
            "diffllama",
            "hyperclovax",
        )
    },
    **{
        family: Tiny(function=gelu_tanh)
        for family in ("gemma", "gemma2", "gemma3_text", "vaultgemma")
    },
    "minicpm3": Tiny(config=MLA),
    "youtu": Tiny(config=MLA),
    "olmo_hybrid": Tiny(config={**LINEAR}),
    "qwen3_5_text": Tiny(config=LINEAR),
    "bitnet": Tiny(function=relu_squared),
    "falcon_h1": Tiny("model.layers.{}.feed_forward.gate_proj", config=MAMBA),
    "bamba": Tiny(
        "model.layers.{}.feed_forward.gate_proj", config={**MAMBA, "attn_layer_indices": [1]}
    ),
    "phi3": Tiny("model.layers.{}.mlp.gate_up_proj", half=True),
    "glm": Tiny("model.layers.{}.mlp.gate_up_proj", half=True),
    "glm4": Tiny("model.layers.{}.mlp.gate_up_proj", half=True),
    "modernbert-decoder": Tiny("model.layers.{}.mlp.Wi", functional.gelu, half=True),
    "lfm2": Tiny(
        "model.layers.{}.feed_forward.w1",
        config={
            "block_auto_adjust_ff_dim": False,
            "layer_types": ["conv", "full_attention"],
        },
    ),
    "lfm3": Tiny(
        "model.layers.{}.feed_forward.w1",
        config={"layer_types": ["conv", "full_attention"]},
    ),
    "gemma3n_text": Tiny(
        function=gelu_tanh,
        config={
            **GEMMA,
            "laurel_rank": 4,
            "activation_sparsity_pattern": [0.0, 0.0],
            "intermediate_size": [24, 16],
        },
    ),
    "gemma4_text": Tiny(
        function=gelu_tanh,
        experts="model.layers.{}.experts",
        shared="model.layers.{}.mlp.gate_proj",
        config={
            **GEMMA,
            "enable_moe_block": True,
            "top_k_experts": 2,
            "head_dim": 8,
            "global_head_dim": 8,
            "num_global_key_value_heads": 2,
        },
    ),
    "arcee": plain("model.layers.{}.mlp.up_proj", relu_squared),
    "jais2": plain("model.layers.{}.mlp.up_proj", relu_squared),
    "nemotron": plain("model.layers.{}.mlp.up_proj", relu_squared),
    "gpt2": plain("transformer.h.{}.mlp.c_fc", gelu_tanh),
    "gpt_bigcode": plain("transformer.h.{}.mlp.c_fc", gelu_tanh),
    "gpt_neo": plain(
        "transformer.h.{}.mlp.c_fc",
        gelu_tanh,
        attention_types=[[["global", "local"], 1]],
    ),
    "openai-gpt": plain("transformer.h.{}.mlp.c_fc", gelu_tanh),
    "starcoder2": plain("model.layers.{}.mlp.c_fc", gelu_tanh),
    "gptj": plain("transformer.h.{}.mlp.fc_in", gelu_tanh, rotary_dim=4),
    "codegen": plain("transformer.h.{}.mlp.fc_in", gelu_tanh, rotary_dim=4),
    "gpt_neox": plain("gpt_neox.layers.{}.mlp.dense_h_to_4h", functional.gelu),
    "gpt_neox_japanese": plain("gpt_neox_japanese.layers.{}.mlp.dense_h_to_4h", functional.gelu),
    "persimmon": plain("model.layers.{}.mlp.dense_h_to_4h", relu_squared),
    "falcon": plain("transformer.h.{}.mlp.dense_h_to_4h", functional.gelu),
    "bloom": plain("transformer.h.{}.mlp.dense_h_to_4h", gelu_tanh),
    "mpt": plain("transformer.blocks.{}.ffn.up_proj", functional.gelu),
    "phi": plain("model.layers.{}.mlp.fc1", gelu_tanh),
    "nanochat": plain("model.layers.{}.mlp.fc1", relu_squared),
    "opt": plain("model.decoder.layers.{}.fc1", functional.relu, word_embed_proj_dim=32),
    "xglm": plain("model.layers.{}.fc1", functional.gelu),
    "biogpt": plain("biogpt.layers.{}.fc1", functional.gelu),
    "ctrl": plain("transformer.h.{}.ffn.0", functional.relu),
    "mixtral": moe(),
    "olmoe": moe(),
    "flex_olmo": moe(),
    "phimoe": moe(),
    "minimax_m2": moe(),
    "mellum": moe(),
    "mimo_v2_flash": moe(),
    "cohere2_moe": moe(),
    "afmoe": moe("shared_experts", num_dense_layers=1),
    "axk1": moe("shared_experts", **MLA),
    "bailing_hybrid": moe(
        "shared_experts",
        **MLA,
        layer_types=["linear_attention", "full_attention"],
        first_k_dense_replace=1,
    ),
    "kimi_linear": moe(
        "shared_experts",
        **MLA,
        linear_head_dim=8,
        linear_num_heads=2,
        layer_types=["linear_attention", "full_attention"],
    ),
    "laguna": moe("shared_experts"),
    "deepseek_v32": moe("shared_experts", **MLA),
    "glm_moe_dsa": moe("shared_experts", **MLA),
    "granitemoe_swa": Tiny(experts="model.layers.{}.block_sparse_moe.experts"),
    "qwen3_moe": moe(),
    "qwen2_moe": moe("shared_expert"),
    "qwen3_next": moe("shared_expert", **LINEAR),
    "qwen3_5_moe_text": moe("shared_expert", **LINEAR),
    "deepseek_v2": moe("shared_experts", **MLA, first_k_dense_replace=1, topk_method="greedy"),
    "deepseek_v3": moe("shared_experts", **MLA, first_k_dense_replace=1, n_shared_experts=2),
    "dots1": moe("shared_experts", first_k_dense_replace=1),
    "ernie4_5_moe": moe("shared_experts", moe_k=2, moe_num_shared_experts=1),
    "exaone_moe": moe("shared_experts"),
    "glm4_moe": moe("shared_experts"),
    "glm4_moe_lite": moe("shared_experts", **MLA),
    "hy_v3": moe("shared_experts"),
    "solar_open": moe("shared_experts"),
    "hunyuan_v1_moe": moe("shared_mlp", moe_topk=2),
    "jamba": Tiny(
        "model.layers.{}.feed_forward.gate_proj",
        experts="model.layers.{}.feed_forward.experts",
        config={
            "attn_layer_period": 2,
            "attn_layer_offset": 1,
            "use_mamba_kernels": False,
            "mamba_dt_rank": 4,
        },
    ),
    "aria_text": Tiny(
        experts="model.layers.{}.mlp.experts",
        shared="model.layers.{}.mlp.shared_experts.gate_proj",
        transposed=True,
        config={"moe_topk": 2},
    ),
    "granitemoe": Tiny(experts="model.layers.{}.block_sparse_moe.experts"),
    "granitemoeshared": Tiny(
        experts="model.layers.{}.block_sparse_moe.experts",
        shared="model.layers.{}.shared_mlp.input_linear",
        half=True,
        config={"shared_intermediate_size": 20},
    ),
    "granitemoehybrid": Tiny(
        experts="model.layers.{}.block_sparse_moe.experts",
        shared="model.layers.{}.shared_mlp.input_linear",
        half=True,
        config={
            **MAMBA,
            "shared_intermediate_size": 20,
            "layer_types": ["mamba", "attention"],
        },
    ),
}
MIXTURES = tuple(family for family, tiny in TINY.items() if tiny.experts)


def config_of(family: str) -> Any:
    """Configuration of a tiny model: the common values its class knows, then its own."""
    kind = transformers.CONFIG_MAPPING[family]
    own = TINY[family].config if family in TINY else {}
    default = kind()
    known = {name: value for name, value in COMMON.items() if _settable(default, name)}
    return kind(**{**known, **own})


def _settable(config: Any, name: str) -> bool:
    if isinstance(getattr(type(config), name, None), property):
        return False
    return name in config.to_dict() or name in config.attribute_map


@functools.cache
def tokenizer() -> Any:
    """Word-level tokenizer of 64 words w3 … w63, with BOS."""
    words = ["<pad>", "<s>", "</s>", *(f"w{at}" for at in range(3, VOCABULARY))]
    core = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="w3")
    )
    core.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    core.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )


def weights(model: nn.Module) -> None:
    """Draw all weights so that about half the neurons fire on a token, and no layer is silent."""
    generator = torch.Generator().manual_seed(20)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if weight.dim() >= 2 and "norm" not in name:
                weight.copy_(noise * (0.5 if "embed" in name or "wte" in name else 0.2))
            else:
                weight.add_(noise * 0.05)


@functools.cache
def transformers_model(family: str) -> Any:
    with quiet_transformers():
        model = transformers.AutoModelForCausalLM.from_config(config_of(family)).eval()
    weights(model)
    return model


def wrap(model: Any, tokens: Any = None) -> LanguageModel:
    identity = ModelIdentity("tiny", "0" * 64, "float32", "cpu", "")
    return LanguageModel(model, tokens or tokenizer(), identity)


@functools.cache
def language_model(family: str) -> LanguageModel:
    return wrap(transformers_model(family))
