"""A server that scores texts as Perspective API does: how toxic each would be held to be."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aya import languages
from aya.models.model import Again, Answer, Decoding, Heard, ModelError, Request, Usage
from aya.models.server import Server

if TYPE_CHECKING:
    import httpx2

URL = "https://commentanalyzer.googleapis.com/v1alpha1"

LANGUAGES: Mapping[str, str] = {
    "ara": "ar", "ces": "cs", "deu": "de", "eng": "en", "fra": "fr", "hin": "hi", "ind": "id", "ita": "it",
    "jpn": "ja", "kor": "ko", "nld": "nl", "pol": "pl", "por": "pt", "rus": "ru", "spa": "es", "swe": "sv",
    "zho": "zh",
}  # fmt: skip
"""What Perspective API scores toxicity in, by its documentation, and what it calls these languages."""


class Perspective(Server):
    """Answers a request, whose prompt is a text, with the score of that text, from 0 to 1.

    The key goes into a header: addresses are written down in more places than anybody knows of.
    """

    def __init__(self, url: str = URL, *, api_key: str | None = None, timeout: float = 60) -> None:
        super().__init__(url, "Perspective", api_key=None, timeout=timeout)
        self._headers = {"X-Goog-Api-Key": api_key} if api_key else {}

    async def answer(self, request: Request, heard: Heard | None = None) -> Answer:
        """Return the score as the text of an answer.

        Raises: Again, ModelError.
        """
        body = {**request.decoding.more, "comment": {"text": request.prompt}}
        return self._scored(request, await self._post("/comments:analyze", body))

    def _scored(self, request: Request, response: "httpx2.Response") -> Answer:
        if response.status_code == 400 and "API key" in response.text:  # so says Google, where others say 401
            raise ModelError(f"{self.url} refuses the key")
        if response.status_code != 200:
            return self._refused(response)
        (attribute,) = request.decoding.more["requestedAttributes"]
        try:
            value = float(response.json()["attributeScores"][attribute]["summaryScore"]["value"])
        except (ValueError, KeyError, TypeError) as error:
            raise Again(f"{self.url} sent no score: {error!r}") from error
        return Answer(text=json.dumps(value), finish="stop", usage=Usage())


def request_of(text: str, language: str, attribute: str = "TOXICITY") -> Request:
    """Return what the server is asked about a text; it is told to keep nothing."""
    more: dict[str, Any] = {
        "requestedAttributes": {attribute: {}},
        "languages": [LANGUAGES.get(language) or languages.get(language).bcp47],
        "doNotStore": True,
    }
    return Request(prompt=text, decoding=Decoding(more=more), language=language, task="toxicity")
