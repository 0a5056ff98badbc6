"""Stage 2: renderers draw a portrait in motion."""
