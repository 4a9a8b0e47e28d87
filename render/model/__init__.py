"""What the numbers are: architectures, weights, tokenizers, the forward pass, and its trace with provenance."""

from render.model.architecture import Architecture, Array, FloatArray
from render.model.built_in import BUILT_IN, BuiltIn
from render.model.decoder import Decoder
from render.model.equation import Equation, general
from render.model.evaluation import evaluate
from render.model.explain import Formula, Term, explain, format_value
from render.model.export import write_run, write_trace
from render.model.families import FAMILIES, family
from render.model.families.gpt2 import GPT2Config
from render.model.families.llama import LlamaConfig
from render.model.family import Family
from render.model.graph import Graph, Kind, TensorSpec
from render.model.load import load_model
from render.model.model import Model, Run
from render.model.notation import Expr, operands
from render.model.readable import Readable
from render.model.region import Range, Region
from render.model.repertoire import Repertoire
from render.model.softmax import softmax
from render.model.tokenizer import LetterTokenizer, Tokenizer
from render.model.trace import Trace

__all__ = [
    "BUILT_IN",
    "FAMILIES",
    "Architecture",
    "Array",
    "BuiltIn",
    "Decoder",
    "Equation",
    "Expr",
    "Family",
    "FloatArray",
    "Formula",
    "GPT2Config",
    "Graph",
    "Kind",
    "LetterTokenizer",
    "LlamaConfig",
    "Model",
    "Range",
    "Readable",
    "Region",
    "Repertoire",
    "Run",
    "TensorSpec",
    "Term",
    "Tokenizer",
    "Trace",
    "evaluate",
    "explain",
    "family",
    "format_value",
    "general",
    "load_model",
    "operands",
    "softmax",
    "write_run",
    "write_trace",
]
