"""Recognises the names of training, test and validation folders in their many spellings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from typing import Literal, NamedTuple

__all__ = ["Role", "SplitName", "are_numbered_parts", "is_filling", "parse_split_name"]

SplitName = Literal["any", "train", "test"]
Role = Literal["train", "test", "val", "unlabelled"]

_WORDS: dict[Role, str] = {
    "train": """
        train training trn tr learn learning fit entrainement apprentissage lernen entrenamiento treino
        treinamento addestramento allenamento trening uczenie egitim treningowy обучение обучающая тренировка тренировочная
        训练 訓練 学習 學習 トレーニング 教師 훈련 학습 تدريب प्रशिक्षण
    """,
    "test": """
        test testing tst tests te holdout heldout pred predict prediction predictions prueba pruebas teste testes essai prova
        测试 測試 テスト тест тестовая 테스트 시험 اختبار परीक्षण
    """,
    "val": """
        val valid validation validate validating vali dev devel development eval evaluation evaluate validierung validacion
        validacao validazione walidacja dogrulama 验证 驗證 検証 валидация проверка 검증
    """,
    "unlabelled": "unlabelled unlabeled unknown unlabel",
}
_ROLES: dict[str, Role] = {word: role for role, words in _WORDS.items() for word in words.split()}
_FILLERS = frozenset(
    """
    set sets data dataset datasets image images img imgs picture pictures pic pics photo photos folder folders split splits seg
    dir directory file files sample samples part jpg jpeg png original originals all final new the of for and
    bilder daten datos imagenes images fotos foto dados imagens donnees dati immagini 集 用 数据 資料 데이터 データ 画像 图片
    """.split()
)
_AMBIGUOUS = frozenset(["tr", "te", "fit", "dev", "unknown", "learn", "prova", "essai", "prueba"])
"""Words that mean a split only if nothing but fillers is beside them."""
_GLUED = (
    "datasets",
    "dataset",
    "images",
    "image",
    "imgs",
    "img",
    "data",
    "sets",
    "set",
    "集",
    "用",
    "데이터",
    "データ",
)
_TOKEN = re.compile(r"[A-Z]?[a-zà-ÿ]+|[A-ZÀ-Ý]+(?![a-zà-ÿ])|[^\W\d_a-zA-Z]+")


class SplitFolder(NamedTuple):
    """What a folder's name says. rest: the words that are neither a split nor filling, such as `cat` in `train_cat`."""

    role: Role
    rest: str


@lru_cache(maxsize=4096)
def parse_split_name(name: str) -> SplitFolder | None:
    """Return the split that a folder or table is named after; None if it is not named after one.

    Case, digits, separators and words such as "set" or "images" do not count: `1_train`, `Training Set`, `trainImages`.
    """
    plain = _remove_accents(name)
    plain = re.sub(r"(?i)h[oe]ld[\W_]*outs?", "holdout", plain)
    roles: list[Role] = []
    rest: list[str] = []
    for token in _TOKEN.findall(plain):
        word = _strip_glued(token.casefold())
        if word in _ROLES:
            roles.append(_ROLES[word])
        elif word and word not in _FILLERS:
            rest.append(token)
    distinct = set(roles)
    if len(distinct) != 1 or (rest and any(word.casefold() in _AMBIGUOUS for word in _TOKEN.findall(plain))):
        return None
    return SplitFolder(roles[0], " ".join(rest))


def is_filling(name: str) -> bool:
    """Return whether a folder's name says nothing, such as `images` or `dataset_2`."""
    tokens = _TOKEN.findall(_remove_accents(name))
    return bool(tokens) and all(token.casefold() in _FILLERS for token in tokens)


def are_numbered_parts(names: Collection[str]) -> bool:
    """Return whether folders are only parts of the whole, such as `images_001` and `images_002`."""
    stems = {re.sub(r"[\W\d_]+", " ", name).strip() for name in names}
    return len(names) > 1 and len(stems) == 1 and stems != {""}


def _remove_accents(name: str) -> str:
    plain = "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
    return unicodedata.normalize("NFC", plain)


def _strip_glued(word: str) -> str:
    """Remove a filling word that is written together with a split: `trainset`, `testimages`."""
    if word in _FILLERS or word in _ROLES:
        return word
    for ending in _GLUED:
        if word.endswith(ending) and word.removesuffix(ending) in _ROLES:
            return word.removesuffix(ending)
    return word
