"""A worker as a process of its own, quick about everything, for tests that kill it."""

import asyncio
import sys
from pathlib import Path

from emmap.ingest.sources.worker import Tempo, Worker
from emmap.layer import load_layers
from emmap.settings import get_settings
from emmap.store.database import Database

QUICK = Tempo(look=0.2, sign_of_life=0.2, dead=1.5, grace=0.2)

if __name__ == "__main__":
    settings = get_settings()
    worker = Worker(
        Database.from_settings(settings), load_layers(settings.layers_dir), Path(sys.argv[1]), print, QUICK
    )
    asyncio.run(worker.work())
