"""A source behind a URL: one document, or an index and the CAP messages that it points to."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from emmap.ingest.sources.config import SourceConfig
from emmap.ingest.sources.credentials import Covers, filled
from emmap.ingest.sources.faults import Fault
from emmap.ingest.sources.feeds import Pointer, pointers
from emmap.ingest.sources.fetch import Answer, Fetcher, Terms, Validators
from emmap.ingest.sources.gathered import Document, Gathered
from emmap.store.sources import Item, Known

AT_ONCE = 4
"""Messages of one index that are fetched at the same time."""
MOST_FAULTS = 20
"""After this many messages of an index that did not come, the rest is left for the next run."""


async def gather(one: SourceConfig, known: Known, fetcher: Fetcher) -> Gathered:
    """Fetches what is new. Raises `Fault`."""
    covers = Covers(one.texts)
    url = filled(one.url)
    terms = Terms(
        timeout=one.timeout,
        size=one.size_mb << 20,
        hosts=(urlsplit(url).hostname or "", *one.hosts),
        private_hosts=one.private_hosts,
        headers={name: filled(value) for name, value in one.headers.items()},
        auth=(filled(one.user), filled(one.password)) if one.user else None,
        whole=one.mode == "complete",
    )
    answer = await fetcher.get(url, terms, Validators(known.etag, known.last_modified))
    if answer.content is None:
        return Gathered((), known)
    content = covers.content(answer.content)
    digest = hashlib.sha256(content).digest()
    after = Known(answer.validators.etag, answer.validators.last_modified, digest)
    if digest == known.sha256:
        return Gathered((), replace(after, items=known.items))
    document = Document(content, _name_of(one.place))
    found = await asyncio.to_thread(pointers, content, url, follow=one.follow) if one.messages else None
    if found is None:
        return Gathered((document,), after, forget_others=True)
    messages, items, faults = await _messages(found, known, terms, fetcher, covers)
    if faults:  # the index must come again in full, or the rest would never be asked for
        after = Known(items=items)
    return Gathered(
        messages,
        replace(after, items=items),
        document,
        forget_others=True,
        unreadable="again",
        faults=tuple(faults),
    )


async def _messages(
    found: list[Pointer], known: Known, terms: Terms, fetcher: Fetcher, covers: Covers
) -> tuple[tuple[Document, ...], dict[str, Item], list[Fault]]:
    """The messages that are new or that the index calls changed; the items that count as taken; what did not come."""
    turns = asyncio.Semaphore(AT_ONCE)
    faults: list[Fault] = []

    async def fetched(pointer: Pointer) -> tuple[Pointer, Answer | None]:
        item = known.items.get(pointer.address)
        if item is not None and item.mark == pointer.mark:
            return pointer, None
        async with turns:
            if len(faults) >= MOST_FAULTS:
                return pointer, None
            validators = Validators(item.etag, item.last_modified) if item else Validators()
            try:
                return pointer, await fetcher.get(pointer.address, terms, validators)
            except Fault as fault:
                faults.append(fault)
                return pointer, None

    documents: list[Document] = []
    items: dict[str, Item] = {}
    for pointer, answer in await asyncio.gather(*map(fetched, found)):
        if answer is None:
            if pointer.address in known.items:
                items[pointer.address] = known.items[pointer.address]
            continue
        validators = answer.validators
        items[pointer.address] = Item(
            pointer.address, pointer.mark, validators.etag, validators.last_modified
        )
        if answer.content is not None:
            documents.append(Document(covers.content(answer.content), pointer.address))
    return tuple(documents), items, faults


def _name_of(place: str) -> str:
    """A name for people and readers: the last part of the path and what is asked of it, credentials only named."""
    parts = urlsplit(place)
    name = PurePosixPath(parts.path).name or parts.hostname or place
    return f"{name}?{parts.query}" if parts.query else name
