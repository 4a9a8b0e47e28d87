"""The GLSL of the stage: cells drawn by the fragment shader, edges smoothed by their distance in pixels.

A cell is a disc on its kind's mid-tone ground: light for a positive value, dark for a negative one, its area the
magnitude (a Hinton diagram). Far away, where cells are smaller than a few pixels, the same areas come from the
texture's mipmaps as one mean colour, so nothing flickers. A box's silhouette and a ribbon's edge fade over one pixel
of their own distance, which needs no multisampling; what is drawn must therefore come from back to front.

VTK declares the uniforms that an actor sets (`BoxActor`), and leaves out its model-to-view matrix without lights.
"""

from __future__ import annotations

BOX_VERTEX_DECLARATIONS = """
in vec3 localMC;
in float faceMC;
out vec3 localPlace;
flat out float face;
flat out vec4 open;
uniform mat4 MCVCMatrix;
"""

# `open` says which sides of the box the eye sees (left, right, top, bottom): an edge between two faces that are both
# seen is no silhouette. Faces reach 0.75 pixels over their silhouette edges to leave room for the fade, the sides
# more, whose edges run aslant on screen. A side that the eye does not see is put out of the picture.
BOX_VERTEX = """
localPlace = localMC;
face = faceMC;
vec3 X = MCVCMatrix[0].xyz, Y = MCVCMatrix[1].xyz;
vec3 at = (MCVCMatrix * vertexMC).xyz;
vec3 topLeft = at - localMC.x * X + localMC.y * Y;
vec3 bottomRight = topLeft + extent.x * X - extent.y * Y;
open = vec4(dot(-X, topLeft) < 0.0, dot(X, bottomRight) < 0.0, dot(Y, topLeft) < 0.0, dot(-Y, bottomRight) < 0.0);
float margin = (faceMC < 0.5 ? 0.75 : 4.0) * -at.z / focal;
vec3 out3 = margin * sign(localMC - 0.5 * extent);
if (faceMC < 0.5) out3.z = 0.0;
else { if (faceMC < 2.5) out3.x = 0.0; else out3.y = 0.0; out3.z = max(out3.z, 0.0); }
localPlace += out3;
gl_Position = MCDCMatrix * (vertexMC + vec4(out3.x, -out3.y, -out3.z, 0.0));
if (faceMC > 0.5 && open[int(faceMC + 0.5) - 1] < 0.5) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
"""

# Software GL computes both sides of an `if`, so boxes that are near enough leave out what is only seen from afar: they
# are drawn without FAR_CELLS, which halves their cost.
FAR_CELLS = "#define FAR_CELLS\n"

BOX_FRAGMENT_DECLARATIONS = """
in vec3 localPlace;
flat in float face;
flat in vec4 open;

// How much of the cell at `place` has been computed: the cells come one after the other along the sequence.
// `order` has the piece's first column and row in its box, and the box's columns and rows.
float isComputed(vec2 place) {
  vec2 cell = clamp(floor(place), vec2(0.0), extent.xy - 1.0) + order.xy;
  float before = byRows > 0.5 ? cell.y * order.z + cell.x : cell.x * order.w + cell.y;
  return clamp(computed - before, 0.0, 1.0);
}

// The colour of cells larger than some pixels: disc, grid line, the stripes of what the mask hides.
vec3 nearColour(vec2 inside, vec3 own, float done, vec2 perPixel, float coarse) {
  // The number of a cell stands below its disc, so the disc makes room.
  float numbered = smoothstep(0.86 * numberPixels, 1.05 * numberPixels, 1.0 / coarse);
  vec2 cell = fract(inside);
  float radius = mix(0.46, 0.30, numbered) * sqrt(own.r + own.g);
  float off = length(cell - vec2(0.5, mix(0.5, 0.36, numbered)));
  float disc = clamp((radius - off) / coarse + 0.5, 0.0, 1.0) * step(0.0005, own.r + own.g);
  vec3 filled = mix(ground, own.r > own.g ? positive : negative, disc);
  float masked = 1.0 - abs(2.0 * own.b - 1.0);
  float stripe = abs(fract((inside.x + inside.y) * 2.0) - 0.5);
  vec3 empty = mix(mix(page, pale, 0.45), pale, smoothstep(0.0, 0.5, own.b));
  empty = mix(empty, mix(pale, ground, 0.45), masked * done * smoothstep(0.30, 0.30 + 4.0 * coarse, stripe));
  float there = done * smoothstep(0.5, 1.0, own.b);
  vec2 toLine = min(cell, 1.0 - cell) / perPixel;
  float line = (1.0 - clamp(min(toLine.x, toLine.y), 0.0, 1.0)) * smoothstep(5.0, 12.0, 1.0 / coarse);
  return mix(mix(empty, filled, there), mix(negative, ground, 0.5), line * mix(0.18, 0.30, there));
}

// The mean colour of the cells in a pixel: of their discs, 0.665 is the area of the largest.
vec3 farColour(vec3 mean, float done) {
  vec3 filled = ground + 0.665 * (mean.r * (positive - ground) + mean.g * (negative - ground));
  vec3 empty = mix(mix(page, pale, 0.45), pale, smoothstep(0.0, 0.5, mean.b));
  return mix(empty, filled, done * smoothstep(0.5, 1.0, mean.b));
}

vec3 cellColour(vec2 place, vec2 perPixel) {
  vec2 inside = clamp(place, vec2(0.001), extent.xy - 0.001);
  float coarse = max(perPixel.x, perPixel.y);
  float done = isComputed(inside);
  vec3 near = nearColour(inside, texelFetch(cells, ivec2(inside), 0).rgb, done, perPixel, coarse);
#ifdef FAR_CELLS
  vec3 distant = farColour(textureLod(cells, inside / texels, max(log2(coarse), 0.0)).rgb, done);
  near = mix(distant, near, smoothstep(nearPixels.x, nearPixels.y, 1.0 / coarse));
#endif
  return near;
}
"""

BOX_FRAGMENT = """
vec3 dx = dFdx(localPlace), dy = dFdy(localPlace);
vec3 perPixel = max(sqrt(dx * dx + dy * dy), vec3(1e-6));
vec3 low = localPlace / perPixel, high = (extent - localPlace) / perPixel;
float edge;
float slim = 1.0;  // how much of a pixel's breadth a side covers that is narrower than a pixel
vec3 colour;
if (face < 0.5) {
  vec4 sides = vec4(low.x, high.x, low.y, high.y);
  // Past an edge that the box shares with a side it shows, the side is drawn, not the face.
  if (any(lessThan(mix(vec4(0.0), sides, open), vec4(-0.01)))) discard;
  sides = mix(sides, vec4(1e3), open);
  edge = min(min(sides.x, sides.y), min(sides.z, sides.w));
  colour = cellColour(localPlace.xy, perPixel.xy);
} else {
  bool upright = face < 2.5;
  vec2 sides = upright ? vec2(low.y, high.y) : vec2(low.x, high.x);
  vec2 shared = upright ? open.zw : open.xy;
  if (any(lessThan(mix(vec2(0.0), sides, shared), vec2(-0.01)))) discard;
  sides = mix(sides, vec2(1e3), shared);
  edge = min(high.z, min(sides.x, sides.y));
  vec2 at = clamp(localPlace.xy, vec2(0.5), extent.xy - 0.5);
  float shade = face < 1.5 ? 0.70 : face < 2.5 ? 0.62 : face < 3.5 ? 0.80 : 0.52;
  colour = mix(mix(pale, ground, 0.15) * mix(1.0, shade, 0.6), ground * shade, isComputed(at));
  slim = min(1.0, extent.z / perPixel.z);
}
float cover = clamp(edge + 0.5, 0.0, 1.0) * slim;
vec2 at = clamp(localPlace.xy, vec2(0.001), extent.xy - 0.001);
float solid = alpha;
for (int i = 0; i < 5 * nWindows; i += 5) {
  vec2 from = vec2(windows[i], windows[i + 1]), to = vec2(windows[i + 2], windows[i + 3]);
  // A window that reaches the box's own edge ends with it, and fades there with it.
  from -= 1e3 * vec2(lessThan(from, vec2(0.5)));
  to += 1e3 * vec2(greaterThan(to, extent.xy - 0.5));
  vec2 within = min(at - from, to - at) / perPixel.xy;
  solid = mix(solid, windows[i + 4], clamp(min(within.x, within.y) + 0.5, 0.0, 1.0));
}
solid *= cover;
if (solid < 0.004) discard;
gl_FragData[0] = vec4(colour, solid);
"""

RIBBON_VERTEX_DECLARATIONS = """
in vec2 acrossMC;
in vec4 tintMC;
out vec2 across;
out vec4 tint;
"""

RIBBON_VERTEX = """
across = acrossMC;
tint = tintMC;
"""

RIBBON_FRAGMENT_DECLARATIONS = """
in vec2 across;
in vec4 tint;
"""

# `across`: where in the ribbon's breadth a fragment lies, and half the breadth there (it shrinks to an arrow's tip).
RIBBON_FRAGMENT = """
float inside = across.y - abs(across.x);
float cover = clamp(inside / max(fwidth(inside), 1e-6) + 0.5, 0.0, 1.0);
gl_FragData[0] = vec4(tint.rgb, tint.a * cover);
"""

PULSE_VERTEX_DECLARATIONS = """
in vec2 acrossMC;
in vec2 alongMC;
in vec3 shadeMC;
in float nearerMC;
in vec2 pulseMC;
out vec2 across;
out vec2 along;
out vec3 shade;
out vec2 pulse;
"""

# Ribbons lie in one plane and cross: each is nearer by an own trifle, or depth would be a matter of rounding. A ribbon
# on which nothing pulses is put out of the picture.
PULSE_VERTEX = """
across = acrossMC;
along = alongMC;
shade = shadeMC;
pulse = pulseMC;
gl_Position.z -= nearerMC * gl_Position.w;
if (pulseMC.y <= 0.0) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
"""

PULSE_FRAGMENT_DECLARATIONS = """
in vec2 across;
in vec2 along;
in vec3 shade;
in vec2 pulse;
"""

# `along`: how far from the ribbon's source a fragment lies, and how far apart the bands are. `pulse`: how far the first
# band has come, and its strength. A band has a steep front, which its sides trail, and a long tail: it points onwards.
PULSE_FRAGMENT = """
float inside = across.y - abs(across.x);
float cover = clamp(inside / max(fwidth(inside), 1e-6) + 0.5, 0.0, 1.0);
float behind = fract((pulse.x - along.x - 0.5 * abs(across.x)) / along.y);
float tail = behind / 0.32, ahead = (1.0 - behind) / 0.07;
float band = exp(-tail * tail) + exp(-ahead * ahead);
gl_FragData[0] = vec4(shade, 0.75 * min(band, 1.0) * pulse.y * cover);
"""
