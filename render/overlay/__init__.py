"""The flat layer over the picture: captions, headings, formula cards, charts, labels, and the numbers in cells.

`compositor.Overlay` draws it. It is not imported here: what only reads the markup of words needs no Skia.
"""
