"""Train `nano-sort`, the GPT that the package ships: it puts six letters A, B, C in order.

The task is the sorting demo of minGPT (https://github.com/karpathy/minGPT): the input is six letters followed by the
first five of the same six sorted, and the model is asked for the sorted ones only. Run by hand, a minute on one core:

    pip install -e '.[train]' && python scripts/train_sort.py

All 729 inputs are the training set: there is nothing to generalise to, the model has to know them all. Writes
render/assets/nano-sort.safetensors and checks there, with the numpy model, that every input is sorted.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from render.model import GPT2Config, load_model

LETTERS = "ABC"
LENGTH = 6
CONFIG = GPT2Config(n_layer=3, n_head=3, n_embd=48, vocab_size=len(LETTERS), block_size=2 * LENGTH - 1)
ASSET = Path(__file__).parent.parent / "render" / "assets" / "nano-sort.safetensors"


class Linear(nn.Module):
    """A linear layer with its weight as GPT-2 stores it, [in, out]."""

    def __init__(self, n_in: int, n_out: int, std: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_in, n_out) * std)
        self.bias = nn.Parameter(torch.zeros(n_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight + self.bias


class Attention(nn.Module):
    def __init__(self, config: GPT2Config, std: float, std_out: float) -> None:
        super().__init__()
        self.n_head = config.n_head
        self.future = torch.ones(config.block_size, config.block_size, dtype=torch.bool).triu(1)
        self.entropy = torch.zeros(())  # of the last pass: how widely the heads spread their attention
        self.c_attn = Linear(config.n_embd, 3 * config.n_embd, std)
        self.c_proj = Linear(config.n_embd, config.n_embd, std_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        B, T, C = x.shape
        q, k, v = self.c_attn(x).view(B, T, 3, self.n_head, C // self.n_head).permute(2, 0, 3, 1, 4)  # (B, H, T, A)
        att = (q @ k.transpose(-2, -1) / math.sqrt(C // self.n_head)).masked_fill(self.future[:T, :T], -math.inf)
        att = att.softmax(dim=-1)  # (B, H, T, T)
        self.entropy = -(att * (att + 1e-9).log()).sum(dim=-1).mean()
        return self.c_proj((att @ v).transpose(1, 2).reshape(B, T, C))


class MLP(nn.Module):
    def __init__(self, config: GPT2Config, std: float, std_out: float) -> None:
        super().__init__()
        self.c_fc = Linear(config.n_embd, 4 * config.n_embd, std)
        self.c_proj = Linear(4 * config.n_embd, config.n_embd, std_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, config: GPT2Config, std: float, std_out: float) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd, eps=config.eps)
        self.attn = Attention(config, std, std_out)
        self.ln_2 = nn.LayerNorm(config.n_embd, eps=config.eps)
        self.mlp = MLP(config, std, std_out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """The parameters carry the names that they are saved under."""

    def __init__(self, config: GPT2Config, std: float = 0.15) -> None:
        super().__init__()
        std_out = std / math.sqrt(2 * config.n_layer)  # what is added to the residual stream, as GPT-2 does
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.wpe = nn.Embedding(config.block_size, config.n_embd)
        self.h = nn.ModuleList(Block(config, std, std_out) for _ in range(config.n_layer))
        self.ln_f = nn.LayerNorm(config.n_embd, eps=config.eps)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        for table in (self.wte, self.wpe, self.lm_head):
            nn.init.normal_(table.weight, std=2 * std)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.wte(tokens) + self.wpe.weight[: tokens.shape[1]]
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))  # (B, T, V)


def problems() -> tuple[torch.Tensor, torch.Tensor]:
    """Every input with its sorted letters but the last (729, 11), and the sorted letters (729, 6)."""
    letters = torch.tensor(list(itertools.product(range(len(LETTERS)), repeat=LENGTH)))
    answers = letters.sort(dim=1).values
    return torch.cat([letters, answers[:, :-1]], dim=1), answers


def train(model: GPT, steps: int, batch: int, rate: float, decay: float, smoothing: float, spread: float) -> None:
    """AdamW with warm-up and a cosine to zero.

    Two things make the model worth looking at. Labels are smoothed (Szegedy et al. 2016,
    https://arxiv.org/abs/1512.00567), so that it is about 1 - `smoothing` sure of an answer and no weight has to grow.
    And the entropy of the attention, times `spread`, is part of the loss: without it every head looks at all letters
    alike, and the MLPs do the counting.
    """
    inputs, answers = problems()
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98))
    warm_up = steps // 20
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: min((i + 1) / warm_up, 0.5 * (1 + math.cos(math.pi * i / steps)))
    )
    for step in range(steps):
        chosen = torch.randint(len(inputs), (batch,))
        logits = model(inputs[chosen])[:, LENGTH - 1 :]  # asked for from the last letter on
        error = F.cross_entropy(logits.flatten(0, 1), answers[chosen].flatten(), label_smoothing=smoothing)
        entropy = torch.stack([block.attn.entropy for block in model.h]).mean()
        optimizer.zero_grad()
        (error + spread * entropy).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 500 == 0 or step == steps - 1:
            print(f"step {step:5d}  error {error.item():.5f}  entropy {entropy.item():.3f}", flush=True)


def save(model: GPT, path: Path) -> None:
    """Write the weights under their names, with the configuration and the vocabulary in the metadata."""
    sizes = {name: getattr(CONFIG, name) for name in ("n_layer", "n_head", "n_embd", "vocab_size", "block_size")}
    metadata = {"format": "pt", "config": json.dumps(sizes), "vocabulary": LETTERS, "task": "sorts letters"}
    save_file({name: p.detach().contiguous() for name, p in model.named_parameters()}, path, metadata)


def sorted_right(path: Path) -> int:
    """How many of all inputs the saved model sorts, run in numpy."""
    model = load_model(str(path))
    inputs = itertools.product(range(len(LETTERS)), repeat=LENGTH)
    return sum(model.run(letters, n_steps=LENGTH).tokens[LENGTH:] == tuple(sorted(letters)) for letters in inputs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=ASSET)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=0.5)
    parser.add_argument("--smoothing", type=float, default=0.06)
    parser.add_argument("--spread", type=float, default=0.002)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.set_num_threads(1)  # the sums, and so the weights, come out the same on every run
    model = GPT(CONFIG)
    train(model, args.steps, args.batch, args.rate, args.decay, args.smoothing, args.spread)
    save(model, args.output)
    print(f"{sorted_right(args.output)} of {len(LETTERS) ** LENGTH} inputs sorted")


if __name__ == "__main__":
    main()
