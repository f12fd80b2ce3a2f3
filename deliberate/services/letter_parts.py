"""The sealed files of a job of letters: one for each building, made by the worker, fetched from any machine."""

import zipfile
from collections.abc import Sequence
from io import BytesIO

from deliberate.models import LetterJob, LetterPart
from deliberate.queries.letter_jobs import PartLine
from deliberate.storage import Storage

from .sealing import seal, unseal


def keep(files: Storage, job: LetterJob, part: LetterPart, data: bytes) -> None:
    """Seal one part and keep it."""
    files.keep(_file(part), BytesIO(seal(data, job.public_key, _label(part))))


def opened(files: Storage, lines: Sequence[PartLine], code: str, key: bytes) -> bytes:
    """All kept parts as one ZIP, a PDF for each building; WrongCode when the code is not the job's."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for place, line in enumerate(lines, 1):
            if files.size(_file(line.part)) is not None:
                with files.open(_file(line.part)) as sealed:
                    data = unseal(sealed.read(), code, key, _label(line.part))
                archive.writestr(f"{place:03d}-{_name(line)}.pdf", data)
    return packed.getvalue()


def delete(files: Storage, job_id: int) -> None:
    """Delete the parts of a job."""
    for name in list(files.names(f"letters/{job_id}")):
        files.forget(name)


def _file(part: LetterPart) -> str:
    return f"letters/{part.job_id}/{part.id}.sealed"


def _label(part: LetterPart) -> str:
    return f"letters of job {part.job_id}, part {part.id}"


def _name(line: PartLine) -> str:
    names = (line.building.estate.name, line.building.name)
    return "-".join("".join(c for c in name if c.isalnum()) for name in names if name)
