"""Measuring: the network behind ``cogportrait measure``, fitted and scored on what was commanded.

``python -m bench.inverse fit CLIPS.tsv PORTRAITS -o DIR`` renders sequences of known controls on
portraits and on calm frames of the people in the clips, measures them and fits the network.
``python -m bench.inverse score PORTRAITS -o DIR`` measures rendered sequences and says how far the
readings are from what was commanded.
"""
