"""The GLSL of boxes: cells drawn by the fragment shader, edges smoothed by their distance in pixels.

A cell is a disc on its kind's mid-tone ground: light for a positive value, dark for a negative one, its area the
magnitude (a Hinton diagram). Far away, where cells are smaller than a few pixels, the same areas come from textures of
means as one mean colour, so nothing flickers. A box's silhouette fades over one pixel of its own distance, which needs
no multisampling; what is drawn must therefore come from back to front.

A pixel may be drawn as `samples` by `samples` smaller ones: `perPixel` is then how much of a box lies in one of those.

`NEAR` code draws one box by itself, from uniforms; `FAR` code draws many at once from `Slots`, and only ever shows
means. Both share the geometry of the faces and the colours. VTK declares the uniforms that an actor sets, and leaves
out its model-to-view matrix without lights.
"""

from __future__ import annotations

from render.stage.shading import Code

# Corners (x, y, z as 0 or 1; y down, z backwards) of the front, left, right, top and bottom face.
FACES = (
    ((0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0)),
    ((0, 0, 1), (0, 1, 1), (0, 1, 0), (0, 0, 0)),
    ((1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 0, 1)),
    ((0, 0, 1), (0, 0, 0), (1, 0, 0), (1, 0, 1)),
    ((0, 1, 0), (0, 1, 1), (1, 1, 1), (1, 1, 0)),
)

# A vertex: `local` is its place in the box from the top left corner of the face, x right, y down, z backwards, `size`
# the box's, both in world units, `place` the vertex as VTK would draw it, `at` the same as the camera sees it, `Z` the
# box's depth as it does. Faces reach 0.75 pixels over their silhouette edges to leave room for the fade, the sides
# more, whose edges run aslant on screen. Towards the front a side reaches as far under it, in the front's plane: the
# front is drawn after it, and fades over it.
_REACH = """
float pixel = -at.z / focal;
vec3 reach = (face < 0.5 ? 0.75 : 4.0) * pixel * sign(local - 0.5 * size);
if (face < 0.5) reach.z = 0.0;
else { if (face < 2.5) reach.x = 0.0; else reach.y = 0.0; reach.z = max(reach.z, 0.0); }
localPlace = local + reach;
if (face > 0.5 && local.z < 0.5 * size.z) {
  float aside = face < 2.5 ? Z.x + Z.z * at.x / -at.z : Z.y + Z.z * at.y / -at.z;
  localPlace.z -= 0.75 * max(pixel, 0.0) / max(abs(aside), 1e-3);
  float under = 0.75 * pixel * sign(mod(face, 2.0) - 0.5);
  if (face < 2.5) reach.x += under; else reach.y += under;
}
localPlace /= vec3(cell, 1.0);
gl_Position = MCDCMatrix * (place + vec4(reach.x, -reach.y, -reach.z, 0.0));
"""

SLIMMEST_SIDE = 0.1
"""Sides of which fewer pixels of depth show are left out."""

_NEAR_VERTEX_DECLARATIONS = f"""
in vec3 localMC;
in float faceMC;
out vec3 localPlace;
flat out float face;
flat out vec4 open;
uniform mat4 MCVCMatrix;
const float slimmest = {SLIMMEST_SIDE};
"""

# `open` says which sides of the box are drawn (left, right, top, bottom): those that the eye sees, and of whose depth
# more than a trifle. An edge between two faces that are drawn is no silhouette. Other sides are put out of the
# picture.
_NEAR_VERTEX = (
    """
vec3 local = localMC;
vec4 place = vertexMC;
face = faceMC;
vec3 X = MCVCMatrix[0].xyz, Y = MCVCMatrix[1].xyz, Z = MCVCMatrix[2].xyz;
vec3 at = (MCVCMatrix * place).xyz;
// The mesh begins there: worked out from each vertex, the answers below could differ from one to the next.
vec3 topLeft = MCVCMatrix[3].xyz;
vec3 bottomRight = topLeft + size.x * X - size.y * Y;
open = vec4(dot(-X, topLeft) < 0.0, dot(X, bottomRight) < 0.0, dot(Y, topLeft) < 0.0, dot(-Y, bottomRight) < 0.0);
vec3 left = topLeft - 0.5 * size.y * Y, top = topLeft + 0.5 * size.x * X;
vec3 right = left + size.x * X, foot = top - size.y * Y;
vec4 depths = -vec4(left.z, right.z, top.z, foot.z);
vec4 breadths = vec4(Z.xx, Z.yy) + Z.z * vec4(left.x, right.x, top.y, foot.y) / depths;
open *= vec4(greaterThan(abs(breadths) * focal * size.z, slimmest * depths));
"""
    + _REACH
    + """
if (face > 0.5 && open[int(face + 0.5) - 1] < 0.5) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
"""
)

# How much of the cell at `place` has been computed: the cells come one after the other along the sequence.
# `order` has the piece's first column and row in its box, and the box's columns and rows.
# `farColour` is the mean colour of the cells in a pixel: of their discs, 0.665 is the area of the largest.
_COLOURS = """
float isComputed(vec2 place) {
#ifdef DONE
  return 1.0;
#endif
#ifdef EMPTY
  return 0.0;
#endif
  vec2 cell = clamp(floor(place), vec2(0.0), extent.xy - 1.0) + order.xy;
  float before = byRows > 0.5 ? cell.y * order.z + cell.x : cell.x * order.w + cell.y;
  return clamp(computed - before, 0.0, 1.0);
}

vec3 emptyColour(float there) {
  return mix(mix(page, pale, 0.45), pale, smoothstep(0.0, 0.5, there));
}

vec3 farColour(vec3 mean, float done) {
  vec3 filled = ground + 0.665 * (mean.r * (positive - ground) + mean.g * (negative - ground));
  return mix(emptyColour(mean.b), filled, done * smoothstep(0.5, 1.0, mean.b));
}

// How much of a pixel lies between two edges, by how far inside of each its middle is: less than a pixel's breadth of
// a thing that is slimmer.
float between(float low, float high) {
  return max(clamp(low + 0.5, 0.0, 1.0) - (1.0 - clamp(high + 0.5, 0.0, 1.0)), 0.0);
}
"""

# Software GL computes both sides of an `if`, so what is not needed is left out by a name that `BoxActor` defines.
# Cells are drawn as DISCS, as MEANS (of texels that are MAGNIFIED, or on several levels) or as both, by their width
# in pixels; larger ones have LINES around them, and NUMBERS that discs make room for. All cells are computed (DONE),
# none is (EMPTY), or some; all have a value (WHOLE), none of the model's has one (BLANK), or some.
_CELLS = """
// The colour of cells larger than some pixels: disc, grid line, the stripes of what the mask hides.
vec3 nearColour(vec2 inside, vec3 own, float done, vec2 perPixel, float coarse) {
  // The number of a cell stands below its disc, so the disc makes room.
#ifdef NUMBERS
  float numbered = smoothstep(numberPixels.x, numberPixels.y, 1.0 / (samples * coarse));
#else
  const float numbered = 0.0;
#endif
  vec2 cell = fract(inside);
  float radius = mix(0.46, 0.30, numbered) * sqrt(own.r + own.g);
  float off = length(cell - vec2(0.5, mix(0.5, 0.36, numbered)));
  float disc = clamp((radius - off) / coarse + 0.5, 0.0, 1.0) * step(0.0005, own.r + own.g);
  vec3 filled = mix(ground, own.r > own.g ? positive : negative, disc);
  float masked = 1.0 - abs(2.0 * own.b - 1.0);
  float stripe = abs(fract((inside.x + inside.y) * 2.0) - 0.5);
  vec3 empty = emptyColour(own.b);
  // Across the stripes, a pixel is 2 sqrt(2) cells of them.
  float dark = clamp((stripe - 0.34) / (2.83 * coarse) + 0.5, 0.0, 1.0);
  empty = mix(empty, mix(pale, ground, 0.45), masked * done * dark);
  float there = done * smoothstep(0.5, 1.0, own.b);
  vec3 colour = mix(empty, filled, there);
#ifdef LINES
  vec2 toLine = min(cell, 1.0 - cell) / (samples * perPixel);
  float line = 1.0 - clamp(min(toLine.x, toLine.y), 0.0, 1.0);
  line *= smoothstep(linePixels.x, linePixels.y, 1.0 / (samples * coarse));
  colour = mix(colour, mix(negative, ground, 0.5), line * mix(0.18, 0.30, there));
#endif
  return colour;
}

#if defined(MAGNIFIED) && !defined(BLANK)
// The mean of the texels in a pixel, by how much of it lies in each: at most four, for each is larger than the pixel.
// Where a texel is as large as a pixel, `textureLod` finds the same on its first level.
vec3 amid(vec2 texel, vec2 pixel) {
  vec2 low = texel - 0.5 * pixel, high = texel + 0.5 * pixel, last = texels - 1.0;
  vec2 share = min((high - floor(high)) / pixel, 1.0);
  ivec2 a = ivec2(clamp(floor(low), vec2(0.0), last)), b = ivec2(clamp(floor(high), vec2(0.0), last));
  vec3 above = mix(texelFetch(cells, a, 0).rgb, texelFetch(cells, ivec2(b.x, a.y), 0).rgb, share.x);
  vec3 below = mix(texelFetch(cells, ivec2(a.x, b.y), 0).rgb, texelFetch(cells, b, 0).rgb, share.x);
  return mix(above, below, share.y);
}
#endif

// `texture` begins at the cell `first.xy`, and one of its texels is `block` cells broad and high.
vec3 cellColour(vec2 place, vec2 perPixel) {
  vec2 inside = clamp(place, vec2(0.001), extent.xy - 0.001);
  float coarse = max(perPixel.x, perPixel.y);
  float done = isComputed(inside);
  vec3 colour = ground;
#ifdef BLANK
  vec3 own = vec3(0.0, 0.0, 1.0), mean = own;
#else
  vec2 texel = (inside - first) / block;
#ifdef DISCS
  vec3 own = texelFetch(cells, ivec2(texel), 0).rgb;
#endif
#ifdef MEANS
#ifdef MAGNIFIED
  vec3 mean = amid(texel, min(perPixel / block, 1.0));
#else
  vec2 blur = perPixel / block;
  float level = max(log2(max(blur.x, blur.y)), 0.0);
  // Of textures in 8 bits, llvmpipe takes a level that is a hair below a whole one for the next finer.
  vec3 mean = textureLod(cells, texel / texels, max(level, floor(level + 0.01))).rgb;
#endif
#endif
#endif
#ifdef WHOLE
#ifdef DISCS
  own.b = 1.0;
#endif
#ifdef MEANS
  mean.b = 1.0;
#endif
#endif
#ifdef DISCS
  colour = nearColour(inside, own, done, perPixel, coarse);
#ifdef MEANS
  colour = mix(farColour(mean, done), colour, smoothstep(nearPixels.x, nearPixels.y, 1.0 / (samples * coarse)));
#endif
#else
  colour = farColour(mean, done);
#endif
  return colour;
}
"""

# The slots' texels: place and alpha; size and code; columns, rows, cells computed, texel; tile (see `FarBoxes`).
_FAR_VERTEX_DECLARATIONS = f"""
out vec3 localPlace;
flat out vec4 open;
flat out vec4 boxExtent;
flat out vec4 boxState;
flat out vec4 boxTile;
uniform mat4 MCVCMatrix;
const vec3 corners[20] = vec3[20]({", ".join(f"vec3({x}, {y}, {z})" for face in FACES for x, y, z in face)});
"""

_FAR_VERTEX = (
    """
vec4 corner = slotTexel(0), shape = slotTexel(1), counts = slotTexel(2);
int code = int(shape.w + 0.5);
float face = float(code & 7);
open = vec4((code >> 7) & 1, (code >> 8) & 1, (code >> 9) & 1, (code >> 10) & 1);
vec3 size = shape.xyz;
vec2 cell = size.xy / counts.xy;
vec3 local = corners[4 * (code & 7) + int(vertexMC.y + 0.5)] * size;
vec4 place = vec4(corner.xyz + local * vec3(1.0, -1.0, -1.0), 1.0);
vec3 at = (MCVCMatrix * place).xyz, Z = MCVCMatrix[2].xyz;
boxExtent = vec4(counts.xy, size.z, corner.w);
boxState = vec4(face, (code >> 3) & 7, (code >> 6) & 1, counts.z);
boxTile = slotTexel(3);
"""
    + _REACH
)

# A tile's levels lie one after the other along its longer side, `side` (a power of two) wide the first.
_FAR_FRAGMENT_DECLARATIONS = (
    """
in vec3 localPlace;
flat in vec4 open;
flat in vec4 boxExtent;
flat in vec4 boxState;
flat in vec4 boxTile;

vec3 extent, ground, pale;
vec4 order;
float face, alpha, computed, byRows;
"""
    + _COLOURS
    + """
#ifndef BLANK
vec3 tileLevel(vec2 at, vec2 size, float level) {
  float scale = exp2(-level);
  vec2 own = ceil(size * scale - 0.001);
  float side = exp2(ceil(log2(max(size.x, size.y)) - 0.001));
  vec2 from = side * (2.0 - 2.0 * scale) * (size.x >= size.y ? vec2(1.0, 0.0) : vec2(0.0, 1.0));
  float row = floor(boxTile.x / 4096.0);
  vec2 origin = vec2(boxTile.x - 4096.0 * row, row);
  return textureLod(atlas, (origin + from + clamp(at * scale, vec2(0.5), own - 0.5)) / atlasSize, 0.0).rgb;
}
#endif

vec3 cellColour(vec2 place, vec2 perPixel) {
  vec2 inside = clamp(place, vec2(0.001), extent.xy - 0.001);
  vec3 mean = vec3(0.0, 0.0, 1.0);
#ifndef BLANK
  vec2 block = exp2(vec2(mod(boxTile.y, 32.0), floor(boxTile.y / 32.0))), blur = perPixel / block;
  vec2 at = inside / block, size = boxTile.zw;
  float last = ceil(log2(max(size.x, size.y)) - 0.001);
  float level = clamp(log2(max(blur.x, blur.y)), 0.0, last), lower = floor(level);
  mean = mix(tileLevel(at, size, lower), tileLevel(at, size, min(lower + 1.0, last)), level - lower);
#endif
  return farColour(mean, isComputed(inside));
}
"""
)

_UNPACK = """
extent = boxExtent.xyz;
alpha = boxExtent.w;
face = boxState.x;
int kind = int(boxState.y + 0.5);
ground = vec3(grounds[3 * kind], grounds[3 * kind + 1], grounds[3 * kind + 2]);
pale = vec3(pales[3 * kind], pales[3 * kind + 1], pales[3 * kind + 2]);
byRows = boxState.z;
computed = boxState.w;
order = vec4(0.0, 0.0, extent.xy);
"""

_SURFACE = """
vec3 dx = dFdx(localPlace), dy = dFdy(localPlace);
vec3 perPixel = max(sqrt(dx * dx + dy * dy) / samples, vec3(1e-6));
vec3 low = localPlace / perPixel, high = (extent - localPlace) / perPixel;
float cover, front = 0.0;
vec3 colour;
if (face < 0.5) {
  cover = min(between(low.x, high.x), between(low.y, high.y));
  colour = cellColour(localPlace.xy, perPixel.xy);
} else {
  bool upright = face < 2.5;
  vec2 sides = upright ? vec2(low.y, high.y) : vec2(low.x, high.x);
  vec2 shared = upright ? open.zw : open.xy;
  // Past an edge that it shares with another side, that one is drawn.
  if (any(lessThan(mix(vec2(0.0), sides, shared), vec2(-0.01)))) discard;
  sides = mix(sides, vec2(1e3), shared);
  vec2 at = clamp(localPlace.xy, vec2(0.5), extent.xy - 0.5);
  float shade = face < 1.5 ? 0.70 : face < 2.5 ? 0.62 : face < 3.5 ? 0.80 : 0.52;
  colour = mix(mix(pale, ground, 0.15) * mix(1.0, shade, 0.6), ground * shade, isComputed(at));
  cover = between(low.z, high.z) * between(sides.x, sides.y);
  front = clamp(0.5 - low.z, 0.0, 1.0);
}
float solid = alpha;
"""

_WINDOWS = """
#ifdef WINDOWS
vec2 at = clamp(localPlace.xy, vec2(0.001), extent.xy - 0.001);
for (int i = 0; i < 5 * nWindows; i += 5) {
  vec2 from = vec2(windows[i], windows[i + 1]), to = vec2(windows[i + 2], windows[i + 3]);
  // A window that reaches the box's own edge ends with it, and fades there with it.
  from -= 1e3 * vec2(lessThan(from, vec2(0.5)));
  to += 1e3 * vec2(greaterThan(to, extent.xy - 0.5));
  vec2 within = min(at - from, to - at) / perPixel.xy;
  solid = mix(solid, windows[i + 4], clamp(min(within.x, within.y) + 0.5, 0.0, 1.0));
}
#endif
"""

# Of a side so much is painted that what the front leaves of it, which comes over it, covers its own part of the pixel.
_PAINT = """
solid *= min(cover / max(1.0 - solid * front, 1e-3), 1.0);
if (solid < 0.004) discard;
gl_FragData[0] = vec4(colour, solid);
"""

_NEAR_FRAGMENT_DECLARATIONS = "in vec3 localPlace;\nflat in float face;\nflat in vec4 open;\n" + _COLOURS + _CELLS

NEAR = Code(_NEAR_VERTEX_DECLARATIONS, _NEAR_VERTEX, _NEAR_FRAGMENT_DECLARATIONS, _SURFACE + _WINDOWS + _PAINT)
FAR = Code(_FAR_VERTEX_DECLARATIONS, _FAR_VERTEX, _FAR_FRAGMENT_DECLARATIONS, _UNPACK + _SURFACE + _PAINT)
