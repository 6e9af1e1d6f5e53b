"""The recordings' API as the tests ask it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from bridge.service.app import create_app
from bridge.service.audience import Audience
from bridge.service.store import Store
from bridge.settings import LibrarySettings, ServiceSettings

HERE = "http://127.0.0.1:8765"
LOCAL = ("127.0.0.1", 50000)


class Desk:
    """The service over a library in a folder; work is done in threads of this process."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.pool = ThreadPoolExecutor(2)
        self.store = Store(
            LibrarySettings(folder=str(folder)),
            executor=self.pool,
            holds=folder.parent / "holds",
            folders=settings.get("folders", ()),
        )
        self.audience = Audience()
        self.app = create_app(
            ServiceSettings(**settings), self.audience, lambda _: None, self.store
        )
        self.client = TestClient(
            self.app, base_url=HERE, raise_server_exceptions=False, client=LOCAL
        )

    def get(self, path: str, status: int = 200, **asked: Any) -> Any:
        return self.ask("GET", path, status, **asked)

    def ask(self, method: str, path: str, status: int = 200, **asked: Any) -> Any:
        """The JSON of the answer, or of the error, which always has its three parts."""
        answer = self.client.request(method, path, **asked)
        assert answer.status_code == status, answer.text
        if status >= 400:
            assert set(answer.json()) == {"what", "cause", "remedy"}, answer.text
            assert str(self.folder.parent) not in answer.text
        return answer.json() if answer.content else None

    def upload(self, content: Any, name: str = "song.wav", status: int = 201, **asked: Any) -> Any:
        return self.ask(
            "POST", "/recordings", status, params={"name": name}, content=content, **asked
        )

    def left(self) -> list[str]:
        """What lies in the uploads' folder."""
        folder = self.folder / "uploads"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def close(self) -> None:
        self.store.close()
        self.pool.shutdown()
