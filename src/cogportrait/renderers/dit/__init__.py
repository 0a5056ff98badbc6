"""The video diffusion transformer: keypoints, reference, sound and text to frames.

Needs the extra ``dit``. docs/diffusion.md explains it.
"""
