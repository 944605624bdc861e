"""The folder of results: page, figures, numbers and the config, each whole or not there."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import xarray as xr

from kansoku.errors import CubeError
from kansoku.report import fiscal, fiscalpage
from kansoku.report.answer import page
from kansoku.report.readings import Figures
from kansoku.report.summary import summary
from kansoku.wholefile import whole_file


def write(dataset: xr.Dataset, out_dir: Path) -> str:
    """Write answer.md, answer.json, config.yaml and figures/ from a cube.

    Parameters
    ----------
    dataset : xarray.Dataset
        A study.
    out_dir : Path
        Folder of the results; made when it is missing.

    Returns
    -------
    str
        The answer page.

    Raises
    ------
    CubeError
        When the folder cannot be written.
    """
    out_dir = Path(out_dir)
    figures, answer, draw = _answered(dataset)
    numbers = json.dumps(figures, indent=2, ensure_ascii=False) + "\n"
    texts = {
        "answer.md": answer,
        "answer.json": numbers,
        "config.yaml": dataset.attrs["kansoku_config"],
    }
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with whole_file(out_dir / name) as unfinished:
                unfinished.write_text(text, encoding="utf-8")
        _write_folder(out_dir / "figures", draw)
    except OSError as cause:
        raise CubeError(
            f"{out_dir}: results cannot be written ({cause.strerror or cause}); "
            "free some space there, or choose another folder with --out"
        ) from cause
    return answer


def _answered(dataset: xr.Dataset) -> tuple[Figures, str, Callable[[Path], None]]:
    """Return figures, page and drawings of the question that the study asked."""
    from kansoku.report import figures as drawings
    from kansoku.report import fiscalfigures

    if dataset.attrs["kansoku_question"] == "programme":
        found = fiscal.summary(dataset)
        return found, fiscalpage.page(found), lambda to: fiscalfigures.draw(dataset, found, to)
    return summary(dataset), page(dataset), lambda to: drawings.draw(dataset, to)


def _write_folder(path: Path, fill: Callable[[Path], None]) -> None:
    """Fill a temporary folder, then put its files in place one by one."""
    part = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        fill(part)
        path.mkdir(exist_ok=True)
        for file in sorted(part.iterdir()):
            file.replace(path / file.name)
    finally:
        shutil.rmtree(part)
