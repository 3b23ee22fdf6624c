"""Documents as they were kept: where the source of every figure leads."""

from __future__ import annotations

from sandan.access import Actor
from sandan.errors import NotFound
from sandan.programme.model.documents import Document
from sandan.programme.model.draft import DocumentLine
from sandan.programme.model.rights import PROGRAMME_READ
from sandan.programme.records import drafts as records
from sandan.store import Store
from sandan.words import Text


def list_documents(store: Store, actor: Actor) -> list[DocumentLine]:
    """Documents, newest first, with how far their drafts have come."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        return records.find_documents(conn)


def read_document(store: Store, actor: Actor, id: str) -> Document:
    """A document as it was kept, without people."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        found = records.read_document(conn, id)
    if found is None:
        raise NotFound(Text("문서", "document"), id)
    return found


def document_names(store: Store) -> dict[str, str]:
    """What each document is called, for the links to sources."""
    with store.registry.read() as conn:
        return records.document_names(conn)
