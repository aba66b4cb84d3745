"""`python -m bench.visitors`: many simulated visitors that speak Streamlit's WebSocket protocol, as browsers would.

Reads one JSON object per line and answers with one:

    {"enter": {"url": "http://…", "run": "…", "watch": 20, "draw": 10, "quick": false}}   → {} once all have a page
    {"leave": true}                                                                        → {"ticks": 812, "stroke": [ms, …], "click": [ms, …]}
    {"report": true}                                                                       → the same, and they stay

`watch` of them have the live view open and sometimes rerun the whole page, as every click outside a fragment does;
`draw` of them draw. quick: request the next tick as soon as one has arrived, without clicks.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

__all__ = ["STROKES"]

STROKES: tuple[Sequence[tuple[int, int]], ...] = (
    [(140, 40), (140, 240)],
    [(160, 180), (230, 180), (190, 262)],
    [(70, 60), (210, 60), (120, 240)],
    [(140, 50), (80, 140), (140, 230), (200, 140), (140, 50)],
    [(80, 90), (140, 50), (190, 100), (80, 230), (210, 230)],
    [(80, 60), (190, 60), (120, 130), (200, 180), (90, 240)],
    [(180, 50), (100, 150), (120, 230), (190, 210), (170, 150), (110, 170)],
    [(190, 60), (90, 60), (90, 130), (180, 140), (180, 220), (80, 230)],
    [(180, 120), (120, 130), (110, 70), (180, 60), (180, 120), (170, 240)],
    [(40, 40), (60, 40), (45, 75)],
)
"""One stroke for each of ten drawings, in pixels of the canvas."""

_STROKE_EVERY_SECONDS = 5.0
_CLICK_EVERY_SECONDS = 30.0
_ENTER_EVERY_SECONDS = 0.3
_LARGEST_MESSAGE = 64 * 2**20
_PATIENCE_SECONDS = 60.0
_TICK_PATIENCE_SECONDS = 3.0
_QUICK_SECONDS = 0.05


@dataclass
class Tally:
    """What all visitors saw: the number of ticks, and the milliseconds of each response."""

    ticks: int = 0
    stroke: list[float] = field(default_factory=list)
    click: list[float] = field(default_factory=list)


@dataclass
class _Component:
    id: str
    fragment: str


class Visitor:
    """One session: keeps the state of widgets and sends the requests that the page schedules, as the browser does."""

    def __init__(self, socket: ClientConnection, page: str, query: str, tally: Tally, *, quick: bool) -> None:
        self._socket = socket
        self._page, self._query, self._tally, self._quick = page, query, tally, quick
        self._page_hash = ""  # the server's name for the page
        self._states: dict[str, str] = {}
        self._components: dict[str, _Component] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._finished = asyncio.Condition()
        self._runs: dict[str, int] = {}

    async def ask(self, fragment: str = "", *, auto: bool = False) -> None:
        """Request a rerun of the page, or of a fragment."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._page_hash
        state.page_name = "" if self._page_hash else self._page
        state.fragment_id, state.is_auto_rerun = fragment, auto
        for identity, value in self._states.items():
            state.widget_states.widgets.add(id=identity, json_value=value)
        await self._socket.send(message.SerializeToString())

    async def answer(self, fragment: str = "", patience: float = _PATIENCE_SECONDS) -> float:
        """Milliseconds from the request until the script has run."""
        ended, began = self._runs.get(fragment, 0), time.perf_counter()
        await self.ask(fragment)
        async with self._finished, asyncio.timeout(patience):
            await self._finished.wait_for(lambda: self._runs.get(fragment, 0) > ended)
        return 1000 * (time.perf_counter() - began)

    async def listen(self, group: asyncio.TaskGroup) -> None:
        """Process the server's messages until cancelled. group: for the timers of fragments."""
        message = ForwardMsg()
        async for received in self._socket:
            assert isinstance(received, bytes)
            message.ParseFromString(received)
            kind = message.WhichOneof("type")
            running = message.metadata.run.fragment_ids
            if kind == "new_session" and not running:
                self._stop_timers()
            elif kind == "navigation":
                self._page_hash = message.navigation.page_script_hash
            elif kind == "auto_rerun":
                self._start_timer(group, message.auto_rerun.fragment_id, message.auto_rerun.interval)
            elif kind == "delta":
                await self._take(message)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                async with self._finished:
                    for fragment in running or [""]:
                        self._runs[fragment] = self._runs.get(fragment, 0) + 1
                    self._finished.notify_all()

    async def _take(self, message: ForwardMsg) -> None:
        """A live chart reports at once which history it has. Drawing other elements costs only the browser."""
        component = message.delta.new_element.bidi_component
        if not component.id:
            return
        name = component.component_name.rpartition(".")[2]
        self._components[name] = _Component(component.id, message.delta.fragment_id)
        if name == "live_chart":
            self._tally.ticks += 1
            payload = json.loads(component.mixed.json or component.json)
            holds = json.dumps({"holds": [payload["run"], payload["generation"]]})
            if self._states.get(component.id) != holds:
                self._states[component.id] = holds
                await self.ask(message.delta.fragment_id)

    async def draw(self, stroke: Sequence[tuple[int, int]]) -> None:
        """Replace the drawing by one with a single stroke."""
        canvas = self._components["streamlit_drawable_canvas"]
        (left, top), *others = stroke
        path: list[list[Any]] = [["M", left, top], *(["L", x, y] for x, y in others)]
        x, y = zip(*stroke, strict=True)
        placed = {"left": min(x), "top": min(y), "width": max(x) - min(x), "height": max(y) - min(y)}
        drawn = {"type": "Path", "originX": "left", "originY": "top", "strokeWidth": 18, **placed, "path": path}
        raw = {"objects": [drawn], "background": "#000"}
        self._states[canvas.id] = json.dumps({"drawing": {"raw": raw, "data": None}})
        self._tally.stroke.append(await self.answer(canvas.fragment))

    async def click(self) -> None:
        self._tally.click.append(await self.answer())

    def _start_timer(self, group: asyncio.TaskGroup, fragment: str, seconds: float) -> None:
        if timer := self._timers.pop(fragment, None):
            timer.cancel()
        self._timers[fragment] = group.create_task(self._repeat(fragment, seconds))

    async def _repeat(self, fragment: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(min(seconds, _QUICK_SECONDS) if self._quick else seconds)
            if self._quick:
                with suppress(TimeoutError):  # a fragment that has just been replaced no longer responds
                    await self.answer(fragment, _TICK_PATIENCE_SECONDS)
            else:
                await self.ask(fragment, auto=True)

    def _stop_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()


class Classroom:
    """All visitors, one task each."""

    def __init__(self) -> None:
        self.tally = Tally()
        self._tasks: list[asyncio.Task[None]] = []

    async def enter(self, *, url: str, run: str, watch: int, draw: int, quick: bool = False) -> None:
        """Return once all have received a first page."""
        self.tally = Tally()
        there: list[asyncio.Event] = []
        for number in range(watch + draw):
            there.append(asyncio.Event())
            place = ("train", f"run={run}") if number < watch else ("draw", "")
            act = _clicks if number < watch else _draws
            visit = self._visit(url, *place, there[-1].set, act, quick=quick)
            self._tasks.append(asyncio.create_task(visit))
            await asyncio.sleep(_ENTER_EVERY_SECONDS)
        await asyncio.gather(*(each.wait() for each in there))

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _visit(
        self, url: str, page: str, query: str, is_there: Callable[[], object], act: Any, *, quick: bool
    ) -> None:
        address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
        async with connect(
            address,
            subprotocols=["streamlit"],
            compression=None,
            max_size=_LARGEST_MESSAGE,  # type: ignore[list-item]
        ) as socket:
            visitor = Visitor(socket, page, query, self.tally, quick=quick)
            async with asyncio.TaskGroup() as group:
                group.create_task(visitor.listen(group))
                await visitor.answer()
                is_there()
                if not quick or page == "draw":
                    await act(visitor)


async def _clicks(visitor: Visitor) -> None:
    while True:
        await asyncio.sleep(random.expovariate(1 / _CLICK_EVERY_SECONDS))
        await visitor.click()


async def _draws(visitor: Visitor) -> None:
    while True:
        await asyncio.sleep(random.uniform(0.5, 1.5) * _STROKE_EVERY_SECONDS)
        await visitor.draw(random.choice(STROKES))


async def main() -> None:
    classroom = Classroom()
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        if "enter" in asked:
            await classroom.enter(**asked["enter"])
            print("{}", flush=True)
            continue
        if "leave" in asked:
            await classroom.leave()
        print(json.dumps(vars(classroom.tally)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
