"""The published schemas, where this machine has them.

No package carries them and tests fetch nothing: put `release-package-schema.json` and
`release-schema.json` of OCDS 1.1, `iati-activities-schema.xsd`, `iati-common.xsd` and `xml.xsd` of IATI
2.03 into a folder and name it in SANDAN_SCHEMAS.
"""

import os
from pathlib import Path

import pytest

VARIABLE = "SANDAN_SCHEMAS"


def schema_file(name):
    """The path of a published schema; skips the test where there is none."""
    folder = os.environ.get(VARIABLE)
    if not folder or not (Path(folder) / name).is_file():
        pytest.skip(f"the published schema {name} is not on this machine ({VARIABLE})")
    return Path(folder) / name
