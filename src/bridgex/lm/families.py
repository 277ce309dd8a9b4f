"""The families of transformers 5: where their neurons are, or why they are not read.

A family is what transformers has one modelling file for, never a checkpoint. ``_proved`` rows are
those that ``tests/lm/test_parity.py`` compares with a hand computation on a small random model.
"""

from dataclasses import replace
from typing import Any

from bridgex.lm.rows import Architecture, Dense, Experts, Refusal

_GATED = Dense()
_PLAIN = Dense(up=None)
_GPT2 = Dense(activation="act", down="c_proj", up=None)
_GPTJ = Dense(activation="act", down="fc_out", up=None)
_NEOX = Dense(activation="act", down="dense_4h_to_h", up=None)
_FC = Dense(activation="activation_fn", down="fc2", up=None)
_MERGED = Dense(activation="activation_fn", up="gate_up_proj", up_half="second")
_W123 = Dense("feed_forward", activation="w1", down="w2", up="w3", function="silu")
_FEED_FORWARD = Dense("feed_forward")


def _proved(family: str, *more_types: str, **fields: Any) -> Architecture:
    return Architecture(family, (family, *more_types), proved=True, **fields)


def _beside(path: str, form: Dense = _GATED) -> Dense:
    return replace(form, at=path)


_GRANITE_SHARED = Dense(
    "shared_mlp", activation="activation", down="output_linear", up="input_linear", up_half="second"
)
_ROUTED = Experts()
_SHARED = Experts(shared=_beside("mlp.shared_experts"))
_ONE_SHARED = Experts(shared=_beside("mlp.shared_expert"))

FAMILIES: tuple[Architecture, ...] = (
    # gated: down_proj(act_fn(gate_proj(x)) * up_proj(x))
    *(
        _proved(family)
        for family in (
            "llama",
            "mistral",
            "ministral",
            "ministral3",
            "qwen2",
            "qwen3",
            "gemma",
            "gemma2",
            "vaultgemma",
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
            "minicpm3",
            "youtu",
            "olmo_hybrid",
        )
    ),
    _proved("gemma3_text", "gemma3"),
    _proved("qwen3_5_text", "qwen3_5"),
    _proved("bitnet", dense=Dense(before_down="ffn_sub_norm")),
    _proved("falcon_h1", dense=_FEED_FORWARD),
    _proved("bamba", dense=_FEED_FORWARD),
    _proved("phi3", dense=_MERGED),
    _proved("glm", dense=_MERGED),
    _proved("glm4", dense=_MERGED),
    _proved(
        "modernbert-decoder", dense=Dense(activation="act", down="Wo", up="Wi", up_half="second")
    ),
    _proved("lfm2", dense=_W123),
    _proved("lfm3", dense=_W123),
    _proved("gemma3n_text", "gemma3n"),
    # plain: down(act(up(x)))
    _proved("arcee", dense=_PLAIN),
    Architecture("apertus", ("apertus",), dense=_PLAIN),
    _proved("jais2", dense=_PLAIN),
    _proved("nemotron", dense=_PLAIN),
    _proved("gpt2", "gpt-sw3", layers="h", dense=_GPT2),
    _proved("gpt_bigcode", layers="h", dense=_GPT2),
    _proved("gpt_neo", layers="h", dense=_GPT2),
    _proved(  # one activation module serves all its layers, so it is read before it
        "openai-gpt", layers="h", dense=replace(_GPT2, activation="c_fc", function="gelu_new")
    ),
    _proved("starcoder2", dense=_GPT2),
    _proved("gptj", layers="h", dense=_GPTJ),
    _proved("codegen", layers="h", dense=_GPTJ),
    _proved("gpt_neox", dense=_NEOX),
    _proved("gpt_neox_japanese", dense=_NEOX),
    _proved("persimmon", dense=_NEOX),
    _proved("falcon", layers="h", dense=_NEOX),
    _proved("bloom", layers="h", dense=replace(_NEOX, activation="gelu_impl")),
    _proved("mpt", layers="blocks", dense=Dense("ffn", activation="act", up=None)),
    _proved("phi", dense=_FC),
    _proved("nanochat", dense=_FC),
    _proved("opt", layers="decoder.layers", dense=replace(_FC, at="")),
    _proved("xglm", dense=replace(_FC, at="")),
    _proved("biogpt", dense=replace(_FC, at="")),
    _proved("ctrl", layers="h", dense=Dense("ffn", activation="1", down="2", up=None)),
    # mixture of experts
    *(
        _proved(family, experts=_ROUTED)
        for family in (
            "mixtral",
            "olmoe",
            "flex_olmo",
            "phimoe",
            "minimax_m2",
            "mellum",
            "mimo_v2_flash",
            "cohere2_moe",
        )
    ),
    _proved("qwen3_moe", experts=_ROUTED),
    _proved("qwen2_moe", experts=_ONE_SHARED),
    _proved("qwen3_next", experts=_ONE_SHARED),
    _proved("qwen3_5_moe_text", "qwen3_5_moe", experts=_ONE_SHARED),
    *(
        _proved(family, experts=_SHARED)
        for family in (
            "deepseek_v2",
            "deepseek_v3",
            "dots1",
            "ernie4_5_moe",
            "exaone_moe",
            "glm4_moe",
            "glm4_moe_lite",
            "hy_v3",
            "aria_text",
            "solar_open",
            "afmoe",
            "axk1",
            "bailing_hybrid",
            "kimi_linear",
            "laguna",
            "deepseek_v32",
            "glm_moe_dsa",
        )
    ),
    _proved("gemma4_text", "gemma4", experts=Experts("experts", shared=_GATED)),
    _proved("hunyuan_v1_moe", experts=Experts(shared=_beside("mlp.shared_mlp"))),
    *(
        _proved(family, dense=None, experts=Experts("block_sparse_moe.experts"))
        for family in ("granitemoe", "granitemoe_swa")
    ),
    *(
        _proved(
            family,
            dense=_GRANITE_SHARED,
            experts=Experts("block_sparse_moe.experts", shared=_GRANITE_SHARED),
        )
        for family in ("granitemoeshared", "granitemoehybrid")
    ),
    _proved("jamba", dense=_FEED_FORWARD, experts=Experts("feed_forward.experts")),
)

_INLINE = "its experts compute the activation inline, clamped, so no module gives it"
_NO_FFN = "its blocks are recurrent mixers without a feed-forward network"
_NOT_EACH = "not every layer has a feed-forward network of its own"
_STATE = (
    "its recurrent state sees the padding of a batch, so that batched generation is not that of "
    "each prompt alone"
)

REFUSED: tuple[Refusal, ...] = (
    Refusal("gpt_oss", ("gpt_oss",), _INLINE),
    Refusal("hy_v4", ("hy_v4",), _INLINE),
    Refusal("minimax_m3_vl_text", ("minimax_m3_vl_text",), _INLINE),
    Refusal(
        "deepseek_v4",
        ("deepseek_v4",),
        "its experts clamp both projections, which the proof at load does not recompute",
    ),
    Refusal(
        "inkling2_text",
        ("inkling2_text",),
        "one module of its experts takes gate and up together and gives their product",
    ),
    Refusal(
        "lfm2_moe",
        ("lfm2_moe",),
        "its experts call the activation as a function, and no module gives it",
    ),
    Refusal(
        "llama4",
        ("llama4", "llama4_text"),
        "every expert runs on every token, those it is not routed to set to zero",
    ),
    Refusal(
        "dbrx", ("dbrx",), "its experts hold flat weights that the proof at load does not recompute"
    ),
    Refusal(
        "jetmoe",
        ("jetmoe",),
        "its experts take rows sorted by its own router, a form that rows cannot describe",
    ),
    Refusal(
        "longcat_flash",
        ("longcat_flash",),
        "a layer has two feed-forward networks and experts that do nothing",
    ),
    Refusal(
        "beam", ("beam",), "its feed-forward network computes in another precision than the model"
    ),
    *(Refusal(family, (family,), _NO_FFN) for family in ("mamba", "mamba2", "falcon_mamba")),
    Refusal(
        "rwkv",
        ("rwkv",),
        "it squares a ReLU as a function and multiplies after the projection, no known form",
    ),
    Refusal("nemotron_h", ("nemotron_h",), _NOT_EACH),
    Refusal("zamba", ("zamba",), _NOT_EACH),
    Refusal("zamba2", ("zamba2",), _NOT_EACH),
    Refusal(
        "hrm_text",
        ("hrm_text",),
        "its layers run several times on a token, so neurons have no one value",
    ),
    Refusal("recurrent_gemma", ("recurrent_gemma",), _STATE),
    Refusal("minimax", ("minimax",), _STATE),
    Refusal("blt", ("blt",), "it reads bytes in patches and has no tokens to count"),
)
"""Families that transformers loads as decoder-only models and bridgex does not read."""

ENCODERS = frozenset(
    {
        "bert",
        "bert-generation",
        "big_bird",
        "camembert",
        "data2vec-text",
        "electra",
        "ernie",
        "megatron-bert",
        "rembert",
        "roberta",
        "roberta-prelayernorm",
        "roc_bert",
        "roformer",
        "xlm",
        "xlm-roberta",
        "xlm-roberta-xl",
        "xmod",
    }
)
"""Model types that transformers loads as decoders although they are trained as encoders."""
