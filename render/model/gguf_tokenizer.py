"""The tokenizer that a GGUF has in its metadata.

The keys: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokenizer. How words are split before they are put
together from pieces goes by the name under `tokenizer.ggml.pre`, of which llama.cpp (src/llama-vocab.cpp) has the list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from render.errors import UserError, nearest
from render.model.extras import needs_extra
from render.model.subwords import SubwordTokenizer
from render.model.tokenizer import Tokenizer, Wordless

if TYPE_CHECKING:
    import tokenizers

_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4

_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_SPLITS: Mapping[str, Sequence[str]] = {
    "gpt-2": [_GPT2],
    "smollm": [r"\p{N}", _GPT2],
    "llama-bpe": [_LLAMA3],
    "qwen2": [_LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")],
    "default": [r"[\p{P}\$\+<=>\^~\|]+", _GPT2, r"\p{N}+", "[0-9][0-9][0-9]"],
}
"""What a text is split by, one after the other, by the name of the way; what matches and what lies between is apart."""

_WHOLE_WORDS_FIRST = ("llama-bpe",)
"""Where a word that is in the vocabulary is one token, however the merges would put it together."""


def gguf_tokenizer(metadata: Mapping[str, Any]) -> Tokenizer | None:
    """The tokenizer; None where there is none, and the ids for words where it is of a kind that is not read."""
    if "tokenizer.ggml.model" not in metadata:
        return None
    try:
        with needs_extra("tokenizers", "its text is read"):
            import tokenizers  # noqa: F401
    except UserError as error:
        return Wordless(str(error))
    said = _Said(metadata)
    kind = said.text("model")
    if kind == "gpt2":
        pre = said.text("pre", "default")
        if pre not in _SPLITS:
            return Wordless(f"how '{pre}' splits text into words is not known{nearest(pre, _SPLITS)}")
        return SubwordTokenizer(_byte_pairs(said, pre))
    if kind == "llama":
        return SubwordTokenizer(_sentence_pieces(said))
    return Wordless(f"a tokenizer '{kind}' is not read: there are gpt2, llama")


class _Said:
    """What the metadata says under `tokenizer.ggml.`; UserError for what is not of the type that it has to be."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._metadata = metadata

    def has(self, key: str) -> bool:
        return f"tokenizer.ggml.{key}" in self._metadata

    def text(self, key: str, default: str | None = None) -> str:
        return str(self._value(key, str, default))

    def flag(self, key: str, default: bool) -> bool:
        return bool(self._value(key, bool, default))

    def token(self, key: str) -> int:
        token = self._value(key, int)
        if not 0 <= token < len(self.tokens):
            raise UserError(f"the metadata says tokenizer.ggml.{key}={token}, and there are {len(self.tokens)} tokens")
        return int(token)

    @property
    def tokens(self) -> list[str]:
        return self._list("tokens", str)

    @property
    def merges(self) -> list[tuple[str, str]]:
        pairs = [tuple(merge.split(" ")) for merge in self._list("merges", str)]
        wrong = next((pair for pair in pairs if len(pair) != 2), None)
        if wrong is not None:
            raise UserError(f"in the metadata tokenizer.ggml.merges has '{' '.join(wrong)}', which is not two pieces")
        return pairs

    @property
    def scores(self) -> list[float]:
        return self._as_long_as_tokens("scores", float)

    @property
    def kinds(self) -> list[int]:
        return self._as_long_as_tokens("token_type", int)

    def _as_long_as_tokens(self, key: str, kind: type) -> list[Any]:
        values, n_tokens = self._list(key, kind), len(self.tokens)
        if len(values) != n_tokens:
            raise UserError(f"the metadata has {len(values)} tokenizer.ggml.{key} for {n_tokens} tokens")
        return values

    def _list(self, key: str, kind: type) -> list[Any]:
        values: list[Any] = self._value(key, list)
        if values and not isinstance(values[0], kind):
            raise UserError(f"the metadata has a tokenizer.ggml.{key} that is not made of {kind.__name__}")
        return values

    def _value(self, key: str, kind: type, default: Any = None) -> Any:
        value = self._metadata.get(f"tokenizer.ggml.{key}", default)
        if value is None:
            raise UserError(f"the metadata has no tokenizer.ggml.{key}")
        if type(value) is not kind:
            raise UserError(f"the metadata has a tokenizer.ggml.{key} that is not {kind.__name__}")
        return value


def _byte_pairs(said: _Said, pre: str) -> tokenizers.Tokenizer:
    """Byte-level BPE: GPT-2's, and those after it."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    ids = _ids(said)
    for pair in (merges := said.merges):
        if not {*pair, "".join(pair)} <= ids.keys():
            raise UserError(f"in the metadata tokenizer.ggml.merges has '{' '.join(pair)}', which are not all tokens")
    own = Tokenizer(models.BPE(ids, merges, ignore_merges=pre in _WHOLE_WORDS_FIRST))
    if pre == "qwen2":
        own.normalizer = normalizers.NFC()
    prefix = said.flag("add_space_prefix", False)
    splits = [pre_tokenizers.Split(Regex(regex), "isolated") for regex in _SPLITS[pre]]
    letters = pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=False)
    own.pre_tokenizer = pre_tokenizers.Sequence([*splits, letters])
    own.decoder = decoders.ByteLevel()
    _add_special(own, said)
    _add_ends(own, said, add_bos=pre == "llama-bpe")
    return own


def _sentence_pieces(said: _Said) -> tokenizers.Tokenizer:
    """SentencePiece BPE with single bytes for what is in no piece, as Llama 1 and 2 have it.

    Its vocabulary has scores in place of merges: of all pairs that make a piece, the one with the highest score is
    merged first (https://github.com/google/sentencepiece).
    """
    from tokenizers import Tokenizer, decoders, models, normalizers

    ids, scores = _ids(said), said.scores
    pairs = [
        (piece[:i], piece[i:]) for piece in ids for i in range(1, len(piece)) if piece[:i] in ids and piece[i:] in ids
    ]
    pairs.sort(key=lambda pair: (-scores[ids["".join(pair)]], ids[pair[0]], ids[pair[1]]))
    unknown = next((token for token, kind in zip(said.tokens, said.kinds, strict=True) if kind == _UNKNOWN), None)
    own = Tokenizer(models.BPE(ids, pairs, unk_token=unknown, fuse_unk=True, byte_fallback=True))
    space = "\N{LOWER ONE EIGHTH BLOCK}"
    begins = said.flag("add_space_prefix", True)
    own.normalizer = normalizers.Sequence(
        [*([normalizers.Prepend(space)] if begins else []), normalizers.Replace(" ", space)]
    )
    strip = [decoders.Strip(" ", 1, 0)] if begins else []
    own.decoder = decoders.Sequence([decoders.Replace(space, " "), decoders.ByteFallback(), decoders.Fuse(), *strip])
    _add_special(own, said)
    _add_ends(own, said, add_bos=True)
    return own


def _ids(said: _Said) -> dict[str, int]:
    ids = {token: i for i, token in enumerate(said.tokens)}
    if len(ids) < len(said.tokens):
        raise UserError("the metadata has a token twice in tokenizer.ggml.tokens")
    return ids


def _add_special(own: tokenizers.Tokenizer, said: _Said) -> None:
    """Tokens that stand for what they say wherever it is written, and are never put together from pieces."""
    from tokenizers import AddedToken

    special = [
        AddedToken(token, special=kind == _CONTROL, normalized=False)
        for token, kind in zip(said.tokens, said.kinds, strict=True)
        if kind in (_CONTROL, _USER_DEFINED)
    ]
    own.add_tokens(special)


def _add_ends(own: tokenizers.Tokenizer, said: _Said, add_bos: bool) -> None:
    """What every text begins and ends with; `add_bos` where the metadata does not say."""
    from tokenizers import processors

    usual = {"bos": add_bos and said.has("bos_token_id"), "eos": False}
    there = {key: said.token(f"{key}_token_id") for key in usual if said.flag(f"add_{key}_token", usual[key])}
    if there:
        words = {key: said.tokens[token] for key, token in there.items()}
        template = [*([words["bos"]] if "bos" in words else []), "$A", *([words["eos"]] if "eos" in words else [])]
        own.post_processor = processors.TemplateProcessing(
            single=template, special_tokens=[(words[key], token) for key, token in there.items()]
        )
