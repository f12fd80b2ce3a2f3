"""The sealed files of a job of letters: one for each building, in a folder of the installation."""

import shutil
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from deliberate.models import LetterJob, LetterPart
from deliberate.queries.letter_jobs import PartLine
from deliberate.whole_files import replace

from .sealing import seal, unseal


def folder_of(instance: Path, job_id: int) -> Path:
    """Where the parts of a job lie."""
    return instance / "letters" / str(job_id)


def keep(instance: Path, job: LetterJob, part: LetterPart, data: bytes) -> None:
    """Seal one part and put it on the disk, whole."""
    folder = folder_of(instance, job.id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace(_path(instance, part), seal(data, job.public_key, _label(part)))


def opened(instance: Path, lines: Sequence[PartLine], code: str, key: bytes) -> bytes:
    """All kept parts as one ZIP, a PDF for each building; WrongCode when the code is not the job's."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for place, line in enumerate(lines, 1):
            path = _path(instance, line.part)
            if path.is_file():
                data = unseal(path.read_bytes(), code, key, _label(line.part))
                archive.writestr(f"{place:03d}-{_name(line)}.pdf", data)
    return packed.getvalue()


def delete(instance: Path, job_id: int) -> None:
    """Delete the parts of a job."""
    shutil.rmtree(folder_of(instance, job_id), ignore_errors=True)


def _path(instance: Path, part: LetterPart) -> Path:
    return folder_of(instance, part.job_id) / f"{part.id}.sealed"


def _label(part: LetterPart) -> str:
    return f"letters of job {part.job_id}, part {part.id}"


def _name(line: PartLine) -> str:
    names = (line.building.estate.name, line.building.name)
    return "-".join("".join(c for c in name if c.isalnum()) for name in names if name)
