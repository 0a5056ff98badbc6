"""Standard measures of pictures, identity and speech, by the networks they are defined with.

FID, FVD, LPIPS, Sync-C, ID-Sim (ArcFace), ID-Sim (dlib), BRISQUE and DSL-FIQA. Each is opened with
:func:`cogportrait.metrics.standard.catalog.open_measure` and is then told of clips, frame by frame
(:class:`cogportrait.metrics.standard.measure.Measure`). The networks are those of the reference
implementations and take the weights that their authors publish; the tests compare both.

Nothing is ever downloaded, and nothing here can: weights are files that the user has fetched, known
by their SHA-256. Without a package or a file there is no number but a
:class:`cogportrait.metrics.standard.measure.Missing` that says what to install, or what to fetch
and where to put it. No other measure stands in under the same name.

Files are data: tensors are read with PyTorch's ``weights_only`` or from safetensors, never from a
pickle; ONNX and dlib files hold numbers. TorchScript (FVD) is a program, and is run only if it is
the published one or the user vouches for it. ``docs/metrics.md`` lists everything.
"""
