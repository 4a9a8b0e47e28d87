"""Own code in VTK's shaders: where it goes, and what an actor tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from vtkmodules.vtkRenderingCore import vtkUniforms
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor


class Code(NamedTuple):
    """The vertex code runs after VTK's position, the fragment code in place of its lighting."""

    vertex_declarations: str
    vertex: str
    fragment_declarations: str
    fragment: str

    def defining(self, *names: str) -> Code:
        """The same with `#define`s before the fragment code."""
        defined = "".join(f"#define {name}\n" for name in names)
        return self._replace(fragment_declarations=defined + self.fragment_declarations)


def install_shader(actor: vtkOpenGLActor, code: Code) -> None:
    """Make an actor draw by this code and no other."""
    properties = actor.GetShaderProperty()
    properties.ClearAllShaderReplacements()
    for stage, marker, text in (
        ("Vertex", "PositionVC::Dec", code.vertex_declarations),
        ("Vertex", "PositionVC::Impl", code.vertex),
        ("Fragment", "TCoord::Dec", code.fragment_declarations),
        ("Fragment", "Light::Impl", code.fragment),
    ):
        tag = f"//VTK::{marker}"
        getattr(properties, f"Add{stage}ShaderReplacement")(tag, True, f"{tag}\n{text}", False)


def set_uniform(uniforms: vtkUniforms, name: str, value: int | float | Sequence[float]) -> None:
    """Declare a uniform, or change it: a whole number, a number, a vector of 2 to 4 numbers, or an array of more."""
    if isinstance(value, int):
        uniforms.SetUniformi(name, value)
    elif isinstance(value, float):
        uniforms.SetUniformf(name, value)
    elif len(value) > 4:
        uniforms.SetUniform1fv(name, len(value), list(value))
    else:
        getattr(uniforms, f"SetUniform{len(value)}f")(name, tuple(value))
