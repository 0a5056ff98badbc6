"""Training of the video diffusion transformer. Needs the extra ``dit``; docs/diffusion.md."""
