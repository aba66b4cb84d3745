"""What becomes of archives as people really pack them: classes, splits, what is left out, and what is asked or refused."""

import io
import re
from pathlib import Path

import pytest
from archive_files import pack_zip
from archive_variants import VARIANTS, Variant

from nn_core.data.custom.archives.class_sources import ArchiveOptions
from nn_core.data.custom.picture_import import make_picture_dataset
from nn_core.errors import BadInput


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_an_archive_is_understood_or_refused_with_the_reason(variant: Variant, tmp_path: Path) -> None:
    content = variant.files if isinstance(variant.files, bytes) else pack_zip(variant.files)
    options = ArchiveOptions(**variant.options)  # type: ignore[arg-type]
    if "Too few" in variant.says or not variant.counts:
        with pytest.raises(BadInput, match=re.escape(variant.says)):
            make_picture_dataset(io.BytesIO(content), "Set", tmp_path, options=options)
        assert not list(tmp_path.glob("own/*"))
        return
    about = make_picture_dataset(io.BytesIO(content), "Set", tmp_path, options=options).metadata
    assert about.counts == variant.counts
    assert about.skipped == variant.skipped
    assert any(variant.says in warning for warning in about.warnings) or not variant.says, about.warnings
    if variant.test:
        assert dict(zip(about.classes, about.test, strict=True)) == dict(zip(variant.counts, variant.test, strict=True))
    else:
        assert min(*about.train, *about.test) > 0
