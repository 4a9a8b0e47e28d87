"""What the numbers are: architectures, weights, tokenizers, the forward pass, and its trace with provenance."""

from render.model.architecture import Architecture, Array, FloatArray
from render.model.built_in import BUILT_IN, BuiltIn
from render.model.equation import Equation, general
from render.model.explain import Formula, Term, explain, format_value
from render.model.export import write_run, write_trace
from render.model.gpt2 import GPT2Config, initial_weights
from render.model.graph import Graph, Kind, TensorSpec
from render.model.load import load_model
from render.model.model import Model, Run
from render.model.notation import Expr, evaluate, operands
from render.model.readable import Readable
from render.model.region import Range, Region
from render.model.repertoire import Repertoire
from render.model.softmax import softmax
from render.model.tokenizer import LetterTokenizer, Tokenizer
from render.model.trace import Trace

__all__ = [
    "BUILT_IN",
    "Architecture",
    "Array",
    "BuiltIn",
    "Equation",
    "Expr",
    "FloatArray",
    "Formula",
    "GPT2Config",
    "Graph",
    "Kind",
    "LetterTokenizer",
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
    "format_value",
    "general",
    "initial_weights",
    "load_model",
    "operands",
    "softmax",
    "write_run",
    "write_trace",
]
