"""Tokenizers of pieces of words: those of Hugging Face folders, and those inside GGUF files."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from render.errors import UserError
from render.model.gguf_tokenizer import gguf_tokenizer
from render.model.subwords import SubwordTokenizer, read_tokenizer, visible
from render.model.tokenizer import Wordless


def bytes_to_unicode() -> dict[int, str]:
    """GPT-2's own table (https://github.com/openai/gpt-2/blob/master/src/encoder.py)."""
    bs = list(range(ord("!"), ord("~") + 1)) + list(range(ord("¡"), ord("¬") + 1)) + list(range(ord("®"), ord("ÿ") + 1))
    cs = bs[:]
    n = 0
    for b in range(2**8):
        if b not in bs:
            bs.append(b)
            cs.append(2**8 + n)
            n += 1
    return dict(zip(bs, map(chr, cs), strict=True))


LETTERS = bytes_to_unicode()


def said(merges: tuple[str, ...] = (), special: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The metadata of a byte-level tokenizer: all bytes, what the merges make, and special tokens at the end."""
    tokens = [*LETTERS.values(), *(merge.replace(" ", "") for merge in merges), *special]
    kinds = [1] * (len(tokens) - len(special)) + [3] * len(special)
    content = {"model": "gpt2", "pre": "smollm", "tokens": tokens, "merges": list(merges), "token_type": kinds, **more}
    return {f"tokenizer.ggml.{key}": value for key, value in content.items() if value is not None}


def texts(metadata: dict[str, Any], text: str) -> list[str]:
    """How it cuts a text."""
    tokenizer = gguf_tokenizer(metadata)
    assert isinstance(tokenizer, SubwordTokenizer)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    return [tokenizer.text(token) for token in ids]


DIGITS = ("1 2", "12 3", "123 4", "1234 5")


@pytest.mark.parametrize(
    ("pre", "cut"),
    [
        ("smollm", ["1", "2", "3", "4", "5", "x"]),
        ("gpt-2", ["12345", "x"]),
        ("llama-bpe", ["123", "4", "5", "x"]),
        ("qwen2", ["1", "2", "3", "4", "5", "x"]),
        ("default", ["123", "4", "5", "x"]),
        (None, ["123", "4", "5", "x"]),
    ],
)
def test_words_are_split_as_the_metadata_says(pre: str | None, cut: list[str]) -> None:
    assert texts(said(DIGITS, pre=pre), "12345x") == cut


@pytest.mark.parametrize("pre", ["smollm", "gpt-2", "llama-bpe", "qwen2", "default"])
def test_a_space_begins_a_word_and_ends_none(pre: str) -> None:
    assert texts(said(("Ġ t", "n Ġ"), pre=pre), "on to") == ["o", "n", " t", "o"]


def test_a_whole_word_is_one_token_where_it_is_said_to_be() -> None:
    """Llama 3 takes a word that is in the vocabulary, though no merge leads to it."""
    metadata = said(("b c",), pre="llama-bpe")
    metadata["tokenizer.ggml.tokens"].append("abc")
    metadata["tokenizer.ggml.token_type"].append(1)
    assert texts(metadata, "abc") == ["abc"]
    assert texts(metadata | {"tokenizer.ggml.pre": "gpt-2"}, "abc") == ["a", "bc"]


def test_special_tokens_are_what_they_say() -> None:
    metadata = said(special=("<|im_start|>", "<|im_end|>"))
    assert texts(metadata, "<|im_start|>a b<|im_end|>\n") == ["<|im_start|>", "a", " ", "b", "<|im_end|>", "\\n"]


def test_what_a_text_begins_and_ends_with() -> None:
    special = {"special": ("<s>", "</s>"), "bos_token_id": 256, "eos_token_id": 257}
    for more, expected in (
        ({}, ("a",)),
        ({"add_bos_token": True}, ("<s>", "a")),
        ({"add_eos_token": True}, ("a", "</s>")),
        ({"add_bos_token": True, "add_eos_token": True}, ("<s>", "a", "</s>")),
        ({"pre": "llama-bpe"}, ("<s>", "a")),
        ({"pre": "llama-bpe", "add_bos_token": False}, ("a",)),
    ):
        tokenizer = gguf_tokenizer(said(**special, **more))  # type: ignore[arg-type]
        assert tokenizer is not None
        assert tuple(tokenizer.text(token) for token in tokenizer.encode("a")) == expected


@given(st.text())
def test_a_text_comes_back(text: str) -> None:
    tokenizer = gguf_tokenizer(said(DIGITS))
    assert tokenizer is not None
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b" Paris", " Paris"),
        (b"\n", r"\n"),
        (b"\t\r", r"\t\r"),
        (b"\x00\x7f", r"\x00\x7f"),
        ("é".encode(), "é"),
        (b"\xe2\x80", "<0xE2><0x80>"),
        (b" \xf0\x9f", " <0xF0><0x9F>"),
        (b"\x80a", "<0x80>a"),
        ("🤗".encode(), "🤗"),
        ("\N{NO-BREAK SPACE}\N{ZERO WIDTH JOINER}".encode(), r"\xa0\u200d"),
    ],
)
def test_what_is_shown_of_a_token(raw: bytes, shown: str) -> None:
    assert visible(raw) == shown


def test_an_id_beyond_the_vocabulary() -> None:
    tokenizer = gguf_tokenizer(said())
    assert tokenizer is not None and tokenizer.text(5000) == "<5000>"


# --- SentencePiece ----------------------------------------------------------------------------------------------------

PIECES = ["<unk>", "<s>", "</s>", *(f"<0x{b:02X}>" for b in range(256))]
WORDS = {
    "▁": -9.0,
    "a": -8.0,
    "b": -7.0,
    "c": -6.5,
    "ab": -2.0,
    "bc": -1.0,
    "▁a": -3.0,
    "▁ab": -2.5,
    "abc": -4.0,
    "ca": -5.0,
}


def pieces_said(**more: Any) -> dict[str, Any]:
    tokens = [*PIECES, *WORDS]
    content = {
        "model": "llama",
        "tokens": tokens,
        "scores": [0.0] * len(PIECES) + [*WORDS.values()],
        "token_type": [2, 3, 3] + [6] * 256 + [1] * len(WORDS),
        "bos_token_id": 1,
        "eos_token_id": 2,
        **more,
    }
    return {f"tokenizer.ggml.{key}": value for key, value in content.items()}


def by_scores(text: str) -> list[str]:
    """SentencePiece's BPE: the two neighbours whose piece has the highest score become one, the leftmost first."""
    parts = [*"▁" + text.replace(" ", "▁")]
    while True:
        pairs = [(-WORDS[a + b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in WORDS]
        if not pairs:
            break
        _, i = min(pairs)
        parts[i : i + 2] = [parts[i] + parts[i + 1]]
    return [token for part in parts for token in ([part] if part in WORDS else [f"<0x{b:02X}>" for b in part.encode()])]


@given(st.text(alphabet="abc xé"))
def test_pieces_are_merged_by_their_scores(text: str) -> None:
    tokenizer = gguf_tokenizer(pieces_said(add_bos_token=False))
    assert tokenizer is not None
    if not text:
        return
    tokens = [*PIECES, *WORDS]
    ids = tokenizer.encode(text)
    assert [tokens[i] for i in ids] == by_scores(text)
    assert tokenizer.decode(ids) == text


def test_what_is_shown_of_pieces() -> None:
    tokenizer = gguf_tokenizer(pieces_said())
    assert tokenizer is not None
    assert [tokenizer.text(token) for token in tokenizer.encode("ab\né")] == ["<s>", " ab", "\\n", "<0xC3>", "<0xA9>"]


# --- what cannot be used ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (said(pre="smolm"), "how 'smolm' splits text into words is not known; did you mean 'smollm'"),
        (said(model="bert"), "a tokenizer 'bert' is not read: there are gpt2, llama"),
    ],
)
def test_ids_stand_for_words_where_a_tokenizer_is_not_known(metadata: dict[str, Any], message: str) -> None:
    tokenizer = gguf_tokenizer(metadata)
    assert isinstance(tokenizer, Wordless)
    assert (tokenizer.text(7), tokenizer.decode((7, 8))) == ("7", "7 8")
    with pytest.raises(UserError) as error:
        tokenizer.encode("a")
    assert str(error.value).startswith(message) and "token ids work without it: tokens: [2, 1, 0]" in str(error.value)


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tokenizer.json"
    Tokenizer(models.BPE({"a": 0}, [])).save(str(path))
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    for tokenizer in (gguf_tokenizer(said()), read_tokenizer(path)):
        assert isinstance(tokenizer, Wordless)
        with pytest.raises(
            UserError, match=r"'tokenizers', which is not installed: pip install 'render\[llm\]'; token"
        ):
            tokenizer.encode("a")


def test_no_tokenizer_at_all() -> None:
    assert gguf_tokenizer({"general.name": "x"}) is None


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (said(model=3), "a tokenizer.ggml.model that is not str"),
        (said(tokens=[1, 2]), "a tokenizer.ggml.tokens that is not made of str"),
        (said(tokens=None), "has no tokenizer.ggml.tokens"),
        (said(tokens=["a", "a"], token_type=[1, 1]), "a token twice in tokenizer.ggml.tokens"),
        (said(token_type=[1]), "has 1 tokenizer.ggml.token_type for 256 tokens"),
        ({key: value for key, value in said().items() if not key.endswith("merges")}, "has no tokenizer.ggml.merges"),
        (said() | {"tokenizer.ggml.merges": ["a b c"]}, "has 'a b c', which is not two pieces"),
        (said() | {"tokenizer.ggml.merges": ["a b"]}, "has 'a b', which are not all tokens"),
        (said(add_bos_token=True), "has no tokenizer.ggml.bos_token_id"),
        (said(add_bos_token=True, bos_token_id=900), "says tokenizer.ggml.bos_token_id=900, and there are 256 tokens"),
        (said(add_bos_token=1), "a tokenizer.ggml.add_bos_token that is not bool"),
        (pieces_said(scores=[0.0]), "has 1 tokenizer.ggml.scores for 269 tokens"),
        (pieces_said(scores="x"), "a tokenizer.ggml.scores that is not list"),
    ],
)
def test_metadata_that_is_no_tokenizer(metadata: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        gguf_tokenizer(metadata)
    assert message in str(error.value)


def test_a_letter_that_no_token_stands_for(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    Tokenizer(models.BPE({"a": 0, "b": 1, "ab": 2}, [("a", "b")])).save(str(path))
    tokenizer = read_tokenizer(path)
    assert tokenizer.encode("abba") == (2, 1, 0)
    with pytest.raises(UserError, match=r"'ж', letter 2 of 'aжb', is not in the vocabulary"):
        tokenizer.encode("aжb")
