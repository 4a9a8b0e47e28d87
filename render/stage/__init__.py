"""Pixels: the PyVista scene, the cell shader, ribbons. A state in, a frame out.

Nothing is imported here: `render.stage.stage` loads VTK, and `render.stage.opengl` has to speak before that.
"""
