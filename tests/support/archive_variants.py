"""Archives of pictures as people really pack them, each with what must come of it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from archive_files import CHINESE, YEARS, Files, dots, folder, folders, listed, pack_undeclared, splits

__all__ = ["VARIANTS", "Variant"]


@dataclass(frozen=True)
class Variant:
    """An archive and its correct result.

    Attributes:
        files: in the ZIP; or the bytes of the archive.
        counts: the pictures of each class in both splits; empty if it must be refused.
        test: the test pictures of each class, in the order of `counts`, if the archive states a split.
        skipped: the files that are left out, by reason.
        says: part of a warning, or of the refusal.
        options: for `ArchiveOptions`.
    """

    files: Files | bytes
    counts: dict[str, int] = field(default_factory=dict)
    test: tuple[int, ...] | None = None
    skipped: dict[str, int] = field(default_factory=dict)
    says: str = ""
    options: dict[str, str] = field(default_factory=dict)


TWO = {"cat": 6, "dog": 6}
BOTH = {"cat": 9, "dog": 9}
FLAT = [f"{number:03}" for number in range(12)]


def flat(above: str = "", extension: str = ".png", names: Iterable[str] = FLAT) -> Files:
    return {f"{above}{name}{extension}": dots() for name in names}


def split_variant(*names: str, **more: str) -> Variant:
    return Variant(splits(*names), BOTH, (3, 3), **more)  # type: ignore[arg-type]


NAMED = [f"{label}.{number}" for label in ("cat", "dog") for number in range(6)]
JAPANESE = folders("表示", "ネコ")

VARIANTS: dict[str, Variant] = {
    # Splits
    "training_set and test_set": split_variant("training_set", "test_set"),
    "in a wrapper": split_variant("data/set/train", "data/set/test"),
    "seg_train/seg_train": Variant(
        splits("seg_train/seg_train", "seg_test/seg_test") | folder("seg_pred/seg_pred", 4),
        BOTH,
        (3, 3),
        {"unlabelled": 4},
    ),
    "train and dev": split_variant("train", "dev", says="validation pictures are the test"),
    "train and valid": split_variant("train", "valid"),
    "train and eval": split_variant("train", "eval"),
    "train and holdout": split_variant("train", "hold-out"),
    "Train Images and Test Images": split_variant("Train Images", "Test Images"),
    "Training and Testing": split_variant("Training", "Testing"),
    "TRAIN and TEST": split_variant("TRAIN", "TEST"),
    "trainImages": split_variant("trainImages", "testImages"),
    "glued words": split_variant("trainset", "testset"),
    "numbered": split_variant("1_train", "2_test"),
    "X_train": split_variant("X_train", "X_test"),
    "images inside": split_variant("train/images", "test/images"),
    "Spanish": split_variant("entrenamiento", "prueba"),
    "Chinese": split_variant("训练集", "测试集"),
    "Russian": split_variant("обучение", "тест"),
    "train, val and test": Variant(
        splits("train", "val", "test", counts=(6, 2, 3)), {"cat": 11, "dog": 11}, (3, 3), says="used for training"
    ),
    "two parts of the training": Variant(
        splits("train1", "train2", "test", counts=(4, 4, 3)), {"cat": 11, "dog": 11}, (3, 3)
    ),
    "a flat test": Variant(
        splits("train") | folder("test", 8), TWO, None, {"unlabelled": 8}, "Only one split of the archive has classes"
    ),
    "a flat test1": Variant(splits("train") | folder("test1", 2), TWO, None, {"unlabelled": 2}),
    "a test in a folder": Variant(splits("train") | folder("test/unknown", 8), TWO, None, {"unlabelled": 8}),
    "a flat test beside the pictures": Variant(
        folders("images/cat", "images/dog") | folder("test", 7), TWO, None, {"unlabelled": 7}
    ),
    "splits inside the classes": Variant(
        splits("cat/train", "cat/test", classes=[""]) | splits("dog/train", "dog/test", classes=[""]), BOTH, (3, 3)
    ),
    "splits in the names of the folders": Variant(
        folders("train_cat", "train_dog") | folders("test_cat", "test_dog", count=3), BOTH, (3, 3), says="the split"
    ),
    "a class missing in the test": Variant(
        splits("train") | folder("test/cat", 3), {"cat": 9, "dog": 6}, says="'dog' is missing"
    ),
    "other capital letters in the test": Variant(
        splits("train") | splits("test", classes=("Cat", "DOG"), counts=[3]), BOTH, (3, 3), says="capital letters"
    ),
    "only one split": Variant(splits("train"), TWO),
    "a vehicle called train": Variant(folders("bus", "car", "train"), {"bus": 6, "car": 6, "train": 6}),
    "splits without classes": Variant(folders("train", "test"), says="'train', 'test' are splits"),
    # Classes
    "letters of both cases": Variant(folders("a", "A"), {"a": 6, "A": 6}),
    "screenshots beside the classes": Variant(
        folders("set/images/cat", "set/images/dog") | {"set/preview.png": dots()}, TWO, None, {"no_class": 1}
    ),
    "documents beside the classes": Variant(
        folders("data/cat", "data/dog") | folder("docs", 7) | {"README.md": b"x", "LICENSE": b"x"},
        TWO,
        None,
        {"no_class": 7, "not_picture": 2},
    ),
    "files of macOS and Windows": Variant(
        folders("x/cat", "x/dog")
        | {"__MACOSX/x/cat/._1.png": b"x", "x/.DS_Store": b"x", "x/cat/Thumbs.db": b"x", "x/desktop.ini": b"x"},
        TWO,
    ),
    "folders in a class": Variant(folders("cat/in", "cat/out", "dog", count=3), {"cat": 6, "dog": 3}, says="Too few"),
    "the same folders in all": Variant(YEARS, says="--classes outer|inner"),
    "the same folders in all, inner": Variant(YEARS, {"cat": 10, "dog": 10}, options={"classes": "inner"}),
    "the same folders in all, outer": Variant(YEARS, {"2023": 10, "2024": 10}, options={"classes": "outer"}),
    "nearly the same folders": Variant(YEARS | folder("2024/bird"), says="--classes outer|inner"),
    "the same folders in a split": Variant(
        splits("train/a", "train/b", "test/a", "test/b", counts=(5, 5, 2, 2)), says="--classes outer|inner"
    ),
    "unlabelled pictures in a folder": Variant(
        splits("train", "test") | folder("unlabeled/x", 5), BOTH, (3, 3), {"unlabelled": 5}
    ),
    "a dataset in a dataset": Variant(
        splits("x/train", "x/test") | splits("x/x/train", "x/x/test"), BOTH, (3, 3), {"no_class": 18}
    ),
    "trains, planes and tests": Variant(folders("trains", "planes"), {"planes": 6, "trains": 6}),
    "two levels": Variant(folders("animals/cat", "animals/dog", "cars/bus", "cars/taxi"), {"animals": 12, "cars": 12}),
    "the same single folder in all": Variant(folders("cat/images", "dog/images"), TWO),
    "one folder": Variant(folder("cat", 9), says="All pictures are in one folder, 'cat'"),
    "one folder and others": Variant(folder("cat", 9) | flat(), says="Only the class 'cat' was found"),
    "no folder": Variant({f"IMG_{number}.jpg": dots() for number in range(9)}, says="9 pictures but no folders"),
    # Classes in file names
    "cat.0.jpg": Variant(
        flat("train/", ".jpg", NAMED), TWO, says="taken from the file names: 'cat' (such as cat.0.jpg)"
    ),
    "cat.0.jpg beside a flat test": Variant(
        flat("train/", ".jpg", NAMED) | flat("test1/", ".jpg"), TWO, None, {"unlabelled": 12}, "file names"
    ),
    "american_bulldog_1.jpg": Variant(
        {f"images/{label}_{number}.jpg": dots() for label in ("american_bulldog", "pug") for number in range(6)},
        {"american_bulldog": 6, "pug": 6},
    ),
    "cat (1).png": Variant({f"{label} ({number}).png": dots() for label in TWO for number in range(6)}, TWO),
    "1_cat.png": Variant({f"{n}_{label}.png": dots() for label in TWO for n in range(6)}, TWO),
    "names of a camera": Variant(
        {f"p/{camera}_{number}.jpg": dots() for camera in ("IMG", "DSC") for number in range(6)},
        says="in one folder, 'p'",
    ),
    # Tables
    "a table": Variant(
        flat("pictures/") | {"labels.csv": listed(FLAT, suffix=".png")},
        TWO,
        says="a table in the archive: 'labels.csv'",
    ),
    "a table without extensions": Variant(flat("train/") | {"train.csv": listed(FLAT, "id,breed")}, TWO),
    "a table with folders": Variant(
        flat("x/pictures/") | {"x/l.csv": listed(FLAT, above="pictures/", suffix=".png")}, TWO
    ),
    "a table with other folders": Variant(
        flat("pictures/") | {"l.csv": listed(FLAT, above="C:\\me\\data\\", suffix=".png")}, TWO
    ),
    "a table without a heading": Variant(flat() | {"labels.txt": listed(FLAT, "", suffix=".png")}, TWO),
    "a table with tabs": Variant(flat() | {"labels.tsv": listed(FLAT).replace(b",", b"\t")}, TWO),
    "a list with spaces": Variant(flat("i/") | {"list.txt": listed(FLAT, "", "i/", ".png").replace(b",", b" ")}, TWO),
    "a table with numbers": Variant(flat() | {"l.csv": listed(map(str, range(12)), "id,class")}, TWO),
    "a table with more columns": Variant(
        flat() | {"l.csv": listed(FLAT, "image,species,age").replace(b"cat", b"cat,3").replace(b"dog", b"dog,4")}, TWO
    ),
    "a table for each split": Variant(
        flat("images/") | {"train.csv": listed(FLAT[:3] + FLAT[6:9]), "test.csv": listed(FLAT[3:6] + FLAT[9:])},
        TWO,
        (3, 3),
    ),
    "a table with a column for the split": Variant(
        flat()
        | {
            "l.csv": b"file,label,split\n"
            + b"".join(
                f"{name},{'cat' if n < 6 else 'dog'},{'test' if n % 3 == 0 else 'train'}\n".encode()
                for n, name in enumerate(FLAT)
            )
        },
        TWO,
        (2, 2),
    ),
    "a table with a column for each class": Variant(
        flat("train/")
        | {
            "train/_classes.csv": b"filename,cat,dog\n"
            + b"".join(f"{name}.png,{int(n < 6)},{int(n >= 6)}\n".encode() for n, name in enumerate(FLAT))
        },
        TWO,
    ),
    "a competition": Variant(
        flat("train/")
        | flat("test/", names=["a", "b"])
        | {
            "train.csv": listed(FLAT, "id,label"),
            "sample_submission.csv": listed(["a", "b"], "id,label"),
            "test.csv": b"id\na\nb\n",
        },
        TWO,
        None,
        {"no_label": 2},
    ),
    "rows and pictures without each other": Variant(
        flat() | {"odd.png": dots(), "l.csv": listed(FLAT) + b"\nghost.png,cat\n"},
        TWO,
        None,
        {"no_label": 1},
        "1 rows of the table",
    ),
    "a picture with two labels": Variant(
        flat() | {"l.csv": listed(FLAT) + b"\n011,cat\n"}, {"cat": 6, "dog": 5}, None, {"conflict": 1}
    ),
    "numbered folders and a table": Variant(
        {f"images_{n % 2}/{name}.png": dots() for n, name in enumerate(FLAT)} | {"l.csv": listed(FLAT)}, TWO
    ),
    "parts and a table": Variant(
        flat("HAM_part_1/", names=FLAT[:6])
        | flat("HAM_part_2/", names=FLAT[6:])
        | {"meta.csv": listed(FLAT, "image_id,dx,sex").replace(b"cat", b"cat,m").replace(b"dog", b"dog,f")},
        TWO,
    ),
    "labels in JSON": Variant(
        flat("i/")
        | {
            "labels.json": json.dumps(
                [{"image": f"{name}.png", "label": "cat" if n < 6 else "dog"} for n, name in enumerate(FLAT)]
            ).encode()
        },
        TWO,
    ),
    "a table in the folder of each split": Variant(
        flat("train/") | flat("test/") | {"train/l.csv": listed(FLAT), "test/l.csv": listed(FLAT)},
        {"cat": 12, "dog": 12},
        (6, 6),
    ),
    "a table that says what the folders say": Variant(
        folders("cat", "dog")
        | {
            "l.csv": b"file,label\n"
            + b"".join(f"{label}/{n}.png,{label}\n".encode() for label in TWO for n in range(6))
        },
        TWO,
        None,
        {"not_picture": 1},
    ),
    "a table that contradicts the folders": Variant(
        {f"{'red' if n % 2 else 'blue'}/{name}.png": dots() for n, name in enumerate(FLAT)} | {"l.csv": listed(FLAT)},
        says="--classes outer|table",
    ),
    "two columns that may be the class": Variant(
        flat() | {"l.csv": listed(FLAT, "id,animal,place").replace(b"cat", b"cat,in").replace(b"dog", b"dog,out")},
        says="--label-column",
    ),
    "two columns, one chosen": Variant(
        flat() | {"l.csv": listed(FLAT, "id,animal,place").replace(b"cat", b"cat,in").replace(b"dog", b"dog,out")},
        {"in": 6, "out": 6},
        options={"label_column": "place"},
    ),
    # File names
    "GBK": Variant(pack_undeclared(CHINESE, "gbk"), says="gbk (Simplified Chinese): '圆', '叉'"),
    "GBK, chosen": Variant(pack_undeclared(CHINESE, "gbk"), {"叉": 6, "圆": 6}, options={"names_encoding": "gbk"}),
    "GBK with the Unicode field": Variant(pack_undeclared(CHINESE, "gbk", field_of="right"), {"叉": 6, "圆": 6}),
    "GBK with a stale Unicode field": Variant(
        pack_undeclared(CHINESE, "gbk", field_of="stale"), says="--names-encoding"
    ),
    "Shift-JIS": Variant(pack_undeclared(JAPANESE, "cp932"), says="'表示', 'ネコ'"),
    "Shift-JIS, chosen": Variant(
        pack_undeclared(JAPANESE, "cp932"), {"ネコ": 6, "表示": 6}, options={"names_encoding": "shift_jis"}
    ),
    "GBK, the wrong one chosen": Variant(
        pack_undeclared(JAPANESE, "cp932"), says="not written in 'ascii'", options={"names_encoding": "ascii"}
    ),
    "an unknown encoding": Variant(
        pack_undeclared(CHINESE, "gbk"), says="Unknown encoding 'klingon'", options={"names_encoding": "klingon"}
    ),
    "GBK in names of pictures only": Variant(
        pack_undeclared({f"{label}/图{n}.png": dots() for label in TWO for n in range(6)}, "gbk"), TWO
    ),
    # Formats
    "HEIC": Variant(
        {f"{label}/{n}.HEIC": b"\0\0\0\x18ftypheic" for label in TWO for n in range(6)}, says="format HEIC"
    ),
    "a class in HEIC": Variant(
        folder("cat") | {f"dog/{n}.heic": b"x" for n in range(6)}, says="6 pictures are in the format HEIC"
    ),
    "some HEIC": Variant(folders("cat", "dog") | {"cat/a.heic": b"x"}, TWO, None, {"heic": 1}),
    "HEIC called JPEG": Variant(
        folders("cat", "dog") | {"cat/a.jpg": b"\0\0\0\x18ftypheic\0\0\0\0mif1"}, TWO, None, {"heic": 1}
    ),
    "other archives inside": Variant({"train.zip": b"x", "test.zip": b"x"}, says="other archives ('train.zip'"),
    "Word": Variant({"[Content_Types].xml": b"x", "word/document.xml": b"x"}, says="format Word"),
    "arrays": Variant({"x_train.npy": b"x", "y_train.npy": b"x"}, says="NumPy"),
    "7z": Variant(b"7z\xbc\xaf\x27\x1c" + bytes(50), says="format 7z"),
    "RAR": Variant(b"Rar!\x1a\x07\x01\0" + bytes(50), says="format RAR"),
    "one HEIC": Variant(b"\0\0\0\x18ftypheic" + bytes(50), says="format HEIC"),
    "PDF": Variant(b"%PDF-1.7\n", says="format PDF"),
    "one picture": Variant(dots(), says="one picture"),
    "DMG": Variant(bytes(2000) + b"koly" + bytes(508), says="format DMG"),
    "a web page": Variant(b"<!DOCTYPE html><html>Log in</html>", says="web page"),
}
"""By what they show."""
