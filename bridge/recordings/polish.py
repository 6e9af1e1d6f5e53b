"""Names polished by a language model, when the user has set a key. Sound never leaves the machine.

What is sent is `summary`: tempo, key, chords and a few figures of each riff, under 2 kB a take.
What comes back is names and nothing else; whatever is not a name of a riff we asked about is a
failure, and the names that were there stand.

Anthropic's Messages API (version 2023-06-01) and the chat completions that OpenAI began and most
local servers speak.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

from bridge.errors import BridgeError
from bridge.recordings.facts import Take

Provider = Literal["anthropic", "openai"]
Ask = Callable[[str], str]  # a question, the answer
ADDRESSES: dict[str, str] = {
    "anthropic": "https://api.anthropic.com",
    "openai": "https://api.openai.com/v1",
}
SECONDS = 30.0  # until an answer is given up
LARGEST = 100_000  # bytes of an answer
TOKENS = 2000  # of an answer: 24 names need 500
LONGEST = 60  # characters of a name
TASK = """You name riffs for musicians. Below is what a program measured in one take of a rehearsal.
Give each riff a short, vivid name (at most 5 words, no two alike) that fits the figures, and the
take a title. Answer with one JSON object and nothing else:
{"take": "title", "riffs": {"r1": "name", ...}}

"""


def summary(take: Take) -> dict[str, Any]:
    """All that leaves the machine about a take."""
    return {
        "seconds": round(take.seconds),
        "tempo": round(take.grid.tempo or 0),
        "metre": take.grid.metre,
        "key": take.key,
        "genre": take.genre,
        "form": [section.name or section.label for section in take.sections],
        "riffs": [
            {
                "id": riff.id,
                "name": riff.name,
                "bars": riff.bars,
                "times": len(riff.times),
                "coolness": round(riff.coolness, 1),
                "niceness": round(riff.niceness),
                "chords": list(riff.chords[:16]),
            }
            for riff in take.riffs
        ],
    }


def polished(take: Take, ask: Ask) -> Take:
    """The take with the names that `ask` gives. Raises BridgeError when it gives none."""
    answer = ask(TASK + json.dumps(summary(take)))
    found = re.search(r"\{.*\}", answer, re.DOTALL)
    try:
        names = json.loads(found[0] if found else "")
        title, riffs = names.get("take"), dict(names["riffs"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        # What it said is not repeated: it may hold anything, our own key among it.
        raise BridgeError(
            "The language model gave no names",
            cause="its answer is not what was asked for",
            remedy="the names that were there stand; try again, or set another labels.model",
        ) from error
    taken: set[str] = set()

    def name_of(riff_id: str, name: str) -> str:
        new = _clean(riffs.get(riff_id))
        chosen = new if new and new.lower() not in taken else name
        taken.add(chosen.lower())
        return chosen

    return replace(
        take,
        name=_clean(title) or take.name,
        riffs=tuple(replace(riff, name=name_of(riff.id, riff.name)) for riff in take.riffs),
    )


def _clean(name: Any) -> str:
    """A name as one printable line; empty: it is none."""
    if not isinstance(name, str):
        return ""
    line = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return line if len(line) <= LONGEST else ""


def language_model(provider: Provider, address: str, model: str, key: str) -> Ask:
    """A way to ask. `address`: empty for the provider's own. Raises BridgeError, then and later.

    No error repeats the key, the address or what was answered: errors are kept and shown.
    """
    import httpx

    base = (address or ADDRESSES[provider]).rstrip("/")
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise BridgeError(
            "The language model's key cannot be sent",
            cause="there are letters or signs in labels.key that no key has",
            remedy="copy the key again, or set it in the environment: DAWBRIDGE_LABELS__KEY",
        )
    body: dict[str, Any] = {"model": model, "max_tokens": TOKENS}
    # Not compressed: a small answer must not become a large one here.
    headers = {"accept-encoding": "identity"}
    if provider == "anthropic":
        url = f"{base}/v1/messages"
        headers |= {"x-api-key": key, "anthropic-version": "2023-06-01"}
    else:
        url = f"{base}/chat/completions"
        headers |= {"authorization": f"Bearer {key}"} if key else {}

    def ask(question: str) -> str:
        messages = [{"role": "user", "content": question}]
        until = time.monotonic() + SECONDS
        try:
            with httpx.stream(
                "POST", url, json=body | {"messages": messages}, headers=headers, timeout=SECONDS
            ) as response:
                response.raise_for_status()
                content = b""
                for piece in response.iter_raw():
                    content += piece
                    if len(content) > LARGEST or time.monotonic() > until:
                        raise ValueError("too long")
            return _text(provider, json.loads(content))
        except httpx.HTTPStatusError as error:
            code = error.response.status_code
            raise BridgeError(
                "The language model refused",
                cause=f"it answered {code}",
                remedy="check labels.key"
                if code in (401, 403)
                else "check labels.model and labels.url; the names that were there stand",
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise BridgeError(
                "The language model did not answer",
                cause=f"the connection failed ({type(error).__name__})",
                remedy="the names that were there stand; check the network and labels.url",
            ) from error
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise BridgeError(
                "The language model gave no names",
                cause="its answer is too long, too slow, or not as the protocol has it",
                remedy="the names that were there stand; check labels.provider and labels.url",
            ) from error

    return ask


def _text(provider: Provider, answer: Any) -> str:
    if provider == "anthropic":
        return "".join(part["text"] for part in answer["content"] if part["type"] == "text")
    text = answer["choices"][0]["message"]["content"]
    return text if isinstance(text, str) else ""
