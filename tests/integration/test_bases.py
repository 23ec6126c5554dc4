"""Base models: the embedded one is the model in the package, and folders are taken or refused."""

import json
import shutil
from pathlib import Path

import pytest

from store.errors import BadUsage
from store.home import Home, open_home
from tests.integration.tiny import tiny_model
from trainer.bases import DEFAULT, Base, add_folder, ensure_default, find_base, list_bases, verify
from trainer.gguf_base import embedded_gguf


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return open_home(tmp_path_factory.mktemp("bases") / "home")


@pytest.fixture(scope="module")
def embedded(home: Home) -> Base:
    return ensure_default(home)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("source") / "tiny", "mistral")


def test_the_embedded_base_is_made_once(home: Home, embedded: Base) -> None:
    stamp = (embedded.path / "model.safetensors").stat().st_mtime_ns
    assert ensure_default(home) == embedded
    assert (embedded.path / "model.safetensors").stat().st_mtime_ns == stamp
    assert (embedded.family, embedded.vocab_size) == ("llama", 49152)
    assert embedded.licence == "apache-2.0"
    assert verify(embedded) == []
    assert list(home.tmp.iterdir()) == []


def test_its_tokenizer_is_the_one_in_the_package(embedded: Base) -> None:
    from exports.gguf import llama
    from exports.gguf.strings import made_up_strings
    from exports.gguf.tokenizer import load_tokenizer

    strings = made_up_strings(4000, seed=3)
    ours = load_tokenizer(embedded.path)(strings)["input_ids"]
    with llama.loaded(embedded_gguf()) as model:
        assert ours == llama.tokenize(model, strings)


def test_written_back_it_is_the_file_of_the_package(embedded: Base, tmp_path: Path) -> None:
    """Same tokenizer fields and settings; same weights to 16 bits."""
    import numpy as np
    from gguf import GGUFReader, dequantize

    from exports.gguf.write import write_f16

    write_f16(embedded.path, tmp_path / "F16.gguf", "again")
    before, after = GGUFReader(embedded_gguf()), GGUFReader(tmp_path / "F16.gguf")
    told = {n: f.contents() for n, f in before.fields.items() if n.startswith(("tok", "llama"))}
    again = {name: after.fields[name].contents() for name in told}
    assert again == told
    weights = {tensor.name: tensor for tensor in after.tensors}
    assert set(weights) == {tensor.name for tensor in before.tensors}
    for tensor in before.tensors:
        expected = dequantize(tensor.data, tensor.tensor_type)
        found = dequantize(weights[tensor.name].data, weights[tensor.name].tensor_type)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


def test_a_folder_is_taken_whole(home: Home, source: Path) -> None:
    base = add_folder(home, source, "tiny-mistral")
    assert find_base(home, "tiny-mistral") == base
    assert base in list_bases(home)
    assert (base.family, base.vocab_size, base.licence) == ("mistral", 640, "not stated")
    assert set(base.manifest["files"]) == {path.name for path in source.iterdir()}
    assert verify(base) == []


def test_a_changed_and_a_missing_file_are_named(home: Home, source: Path) -> None:
    base = add_folder(home, source, "harmed")
    (base.path / "tokenizer.model").unlink()
    config = base.path / "config.json"
    text = config.read_text()
    config.unlink()  # a hard link: the source keeps its own
    config.write_text(text.replace("1024", "1025"))
    assert verify(base) == [
        "harmed: config.json has changed since it was added.",
        "harmed: tokenizer.model is missing.",
    ]


def _without(name: str, folder: Path) -> None:
    for path in folder.glob(name):
        path.unlink()


def _set(folder: Path, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **values}))


def _cut(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[:-7])


INDEX = "model.safetensors.index.json"


def _other_tokenizer(folder: Path) -> None:
    vocabulary = {f"t{n}": n for n in range(48)}
    text = json.dumps({"model": {"type": "BPE", "vocab": vocabulary, "merges": []}})
    (folder / "tokenizer.json").write_text(text)


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda f: _without("config.json", f), "has no config.json"),
        (lambda f: _without("tokenizer.*", f), "has neither tokenizer.json nor tokenizer.model"),
        (lambda f: _without("*.safetensors", f), "has no model.safetensors"),
        (lambda f: _set(f, architectures=["GPT2LMHeadModel"]), "holds the architecture GPT2LM"),
        (lambda f: _set(f, quantization_config={"bits": 4}), "quantized already"),
        (lambda f: _set(f, vocab_size=None), "states no vocab_size"),
        (_cut, "is cut short or too long"),
        (lambda f: (f / "model.safetensors").write_bytes(b"garbage " * 9), "is no safetensors"),
        (lambda f: (f / "config.json").write_text("{"), "cannot be read"),
        (lambda f: _set(f, vocab_size=600), "weights for 640 tokens, and its config says 600"),
        (_other_tokenizer, "has a tokenizer of 48 tokens, and weights for 640"),
        (
            lambda f: (f / "tokenizer.model").write_bytes(b"noise"),
            "model is no tokenizer",
        ),
        (lambda f: (f / INDEX).write_text("[]"), "names no weights"),
        (lambda f: (f / INDEX).write_text('{"weight_map": {"a": "b"}}'), "has no b"),
    ],
)
def test_a_folder_that_cannot_be_trained_is_refused(
    home: Home, source: Path, tmp_path: Path, harm: object, sentence: str
) -> None:
    folder = tmp_path / "harmed"
    shutil.copytree(source, folder)
    assert callable(harm)
    harm(folder)
    with pytest.raises(Exception, match=sentence) as raised:
        add_folder(home, folder, "refused")
    assert "\n" not in str(raised.value)
    assert not (home.folder("models") / "refused").exists()


@pytest.mark.parametrize("name", ["A", "a/b", "a:b", "", "..", "bundle-1", "x" * 65])
def test_a_name_that_is_none_is_refused(home: Home, source: Path, name: str) -> None:
    with pytest.raises(BadUsage, match="cannot be the name"):
        add_folder(home, source, name)


def test_a_taken_name_is_refused(home: Home, source: Path, embedded: Base) -> None:
    with pytest.raises(BadUsage, match="already"):
        add_folder(home, source, embedded.name)


def test_an_unknown_base_names_those_there_are(home: Home, embedded: Base) -> None:
    with pytest.raises(BadUsage, match=f"no base model 'nope'.*{DEFAULT}"):
        find_base(home, "nope")


def test_a_gguf_file_can_be_added(home: Home, embedded: Base) -> None:
    base = add_folder(home, embedded_gguf(), "from-gguf")
    assert base.sha256 == embedded.sha256


def test_a_gguf_that_cannot_be_turned_back_is_refused(home: Home, tmp_path: Path) -> None:
    (tmp_path / "noise.gguf").write_bytes(bytes(range(256)) * 8)
    with pytest.raises(BadUsage, match=r"is no GGUF file"):
        add_folder(home, tmp_path / "noise.gguf", "noise")


def test_a_gguf_of_an_unknown_architecture_is_refused(home: Home, tmp_path: Path) -> None:
    from gguf import GGUFWriter

    writer = GGUFWriter(tmp_path / "mamba.gguf", "mamba")
    writer.add_tokenizer_pre("default")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(BadUsage, match="GGUF of architecture mamba") as raised:
        add_folder(home, tmp_path / "mamba.gguf", "mamba")
    assert "safetensors" in raised.value.hint
