"""The reference pages say what the code says."""

import importlib.util
import re
from pathlib import Path

import pytest

import sandan

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = generator()


@pytest.mark.parametrize("name", GENERATE.PAGES)
def test_a_generated_page_is_what_the_code_would_write_now(name):
    """`make docs` was run after the last change of a table or a command."""
    written = (DOCS / "reference" / name).read_text(encoding="utf-8")
    assert written == GENERATE.HEAD + GENERATE.PAGES[name](), "run `make docs`"


def test_links_between_pages_lead_somewhere():
    """No page points to a page or a picture that is not there."""
    for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} → {target}"


def test_the_glossary_uses_names_the_code_has():
    """A word of the code in the glossary is really a word of the code."""
    source = "\n".join(p.read_text(encoding="utf-8") for p in Path(sandan.__path__[0]).rglob("*.py"))
    for name in re.findall(r"\| `([\w.]+)` \|", (DOCS / "reference/glossary.md").read_text(encoding="utf-8")):
        assert re.search(rf"\b{re.escape(name.split('.')[-1])}\b", source), name
