"""The ASGI entry: `uvicorn app:app`."""

from emmap.settings import get_settings
from emmap.web.app import create_app

app = create_app(get_settings())
