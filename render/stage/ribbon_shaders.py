"""The GLSL of the flow: ribbons, and the bands that run along them. Both are quads from `Slots`.

Texels of both: the first end's place and half the band's breadth there; the other end's; the two vectors across the
band, as long as bends need them. Edges fade over a pixel as those of boxes do, and what is slimmer than one is faint.
"""

from __future__ import annotations

from render.stage.shading import Code

# Corners 0 and 1 are at the first end, 2 and 3 at the other, left and right by turns around the quad. The band is
# drawn a little broader than it is, for its edges to fade in. `across`: where in the ribbon's breadth a fragment
# lies, and half the breadth there (it shrinks to an arrow's tip).
_BAND = """
int number = int(vertexMC.y + 0.5);
bool other = number >= 2;
vec4 end = other ? slotTexel(1) : slotTexel(0), sides = slotTexel(2);
vec2 side = other ? sides.zw : sides.xy;
float leans = number == 0 || number == 3 ? -1.0 : 1.0;
vec3 toEye = (MCVCMatrix * vec4(end.xyz, 1.0)).xyz;
float reach = end.w + 0.75 * -toEye.z / focal;
across = vec2(leans * reach, end.w);
gl_Position = MCDCMatrix * vec4(end.xyz + vec3(leans * reach * side, 0.0), 1.0);
"""

_COVER = """
float perPixel = max(length(vec2(dFdx(across.x), dFdy(across.x))) / samples, 1e-6);
float low = (across.y + across.x) / perPixel, high = (across.y - across.x) / perPixel;
float cover = max(clamp(low + 0.5, 0.0, 1.0) + clamp(high + 0.5, 0.0, 1.0) - 1.0, 0.0);
"""

RIBBON = Code(
    """
out vec2 across;
flat out vec4 tint;
uniform mat4 MCVCMatrix;
""",
    _BAND + "tint = slotTexel(3);\n",
    "in vec2 across;\nflat in vec4 tint;\n",
    _COVER + "gl_FragData[0] = vec4(tint.rgb, tint.a * cover);\n",
)

# Ribbons lie in one plane and cross: each is nearer by an own trifle, or depth would be a matter of rounding.
# `along`: how far from the ribbon's source a fragment lies. `pulse`: how far apart the bands are, how far the first one
# has come, its strength. A band has a steep front, which its sides trail, and a long tail: it points onwards.
PULSE = Code(
    """
out vec2 across;
out float along;
flat out vec3 shade;
flat out vec3 pulse;
uniform mat4 MCVCMatrix;
""",
    _BAND
    + """
vec4 course = slotTexel(3), look = slotTexel(4), last = slotTexel(5);
along = other ? course.y : course.x;
pulse = vec3(course.zw, look.w);
shade = look.rgb;
gl_Position.z -= last.x * gl_Position.w;
""",
    "in vec2 across;\nin float along;\nflat in vec3 shade;\nflat in vec3 pulse;\n",
    _COVER
    + """
float behind = fract((pulse.y - along - 0.5 * abs(across.x)) / pulse.x);
float tail = behind / 0.32, ahead = (1.0 - behind) / 0.07;
float band = exp(-tail * tail) + exp(-ahead * ahead);
gl_FragData[0] = vec4(shade, 0.75 * min(band, 1.0) * pulse.z * cover);
""",
)
