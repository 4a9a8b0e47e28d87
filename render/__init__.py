"""Explainer clips of language models at work: a YAML script in, an MP4 out, every number traced."""
