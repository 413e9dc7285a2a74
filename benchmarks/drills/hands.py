"""Who works while things are killed, and what they were told."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Event, Lock
from typing import Any

from benchmarks.drills.program import Program


@dataclass
class Diary:
    """What was acknowledged, in the words of the question that finds it again."""

    told: dict[str, list[Any]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def note(self, what: str, value: Any) -> None:
        with self.lock:
            self.told.setdefault(what, []).append(value)

    def saw(self, hand: str, status: int) -> None:
        with self.lock:
            self.statuses[f"{hand} {status}"] += 1

    def of(self, what: str) -> list[Any]:
        with self.lock:
            return list(self.told.get(what, ()))


@dataclass
class Hands:
    """Who works while things are killed."""

    program: Program
    county: str
    diary: Diary
    ended: Event
    chance: random.Random

    def ask(
        self, hand: str, method: str, path: str, body: Any = None, raw: bytes | None = None
    ) -> Any:
        status, said = self.program.ask(method, path, body, raw)
        self.diary.saw(hand, status)
        if status == 0 or status >= 500:
            self.ended.wait(0.2)
        return (said if said is not None else {}) if 0 < status < 300 else None

    def make_draft(self, hand: str, name: str) -> dict[str, Any] | None:
        source = {"kind": "in_force"}
        body = {"name": name, "source": source, "by": hand}
        made: dict[str, Any] | None = self.ask(
            hand, "POST", f"/api/planner/{self.county}/drafts", body
        )
        if made is not None:
            self.diary.note("draft", made["id"])
        return made

    def move_plots(self) -> None:
        draft, number = None, 0
        while not self.ended.is_set():
            draft = draft or self.make_draft("strokes", f"drill {time.monotonic_ns()}")
            if draft is None:
                continue
            community = draft["communities"][0]
            state = self.ask(
                "strokes", "GET", f"/api/planner/drafts/{draft['id']}/communities/{community}"
            )
            if state is None:
                continue
            version, plots = state["version"], len(state["assignment"])
            for _ in range(20):
                number += 1
                token = f"drill-{os.getpid()}-{number}-{self.chance.random()}"
                grid = self.chance.choice(state["grids"])["id"]
                some = self.chance.sample(range(plots), min(3, plots))
                body = {"community": community, "version": version, "token": token, "by": "甲",
                        "kind": "brush", "plots": some, "to": grid}  # fmt: skip
                path = f"/api/planner/drafts/{draft['id']}/operations"
                done = self.ask("strokes", "POST", path, body)
                if done is None:
                    break
                version = done["version"]
                self.diary.note("stroke", token)

    def count(self, buildings: list[int]) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            building = self.chance.choice(buildings)
            body = {"persons": number, "by": "乙"}
            if (
                self.ask("counts", "POST", f"/api/counts/{self.county}/{building}", body)
                is not None
            ):
                self.diary.note("count", (building, number))

    def give_files(self, place: tuple[float, float]) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            name = f"drill-{number}-{self.chance.random():.6f}"
            table = f"编号,名称,类别,经度,纬度\n{name},{name},medical,{place[0]},{place[1]}\n"
            path = f"/api/files/{self.county}/uploads?kind=stations&name={name}.csv&by=a"
            given = self.ask("files", "POST", path, raw=table.encode())
            if given is None:
                continue
            self.diary.note("upload", given["id"])
            body = {"kind": "stations", "crs": "EPSG:4326", "source": name, "by": "丙",
                    "columns": (given["look"] or {}).get("matched", {})}  # fmt: skip
            job = self.ask("files", "POST", f"/api/files/uploads/{given['id']}/import", body)
            if job is not None:
                self.diary.note("job", job["id"])
                self.follow("files", f"/api/files/jobs/{job['id']}", name)

    def follow(self, hand: str, path: str, name: str | None = None) -> None:
        until = time.monotonic() + 60
        while not self.ended.is_set() and time.monotonic() < until:
            found = self.ask(hand, "GET", path)
            if found is not None and found["state"] in ("done", "failed", "cancelled"):
                if found["state"] == "done" and name and not found["result"].get("refused"):
                    self.diary.note("imported", name)
                return
            self.ended.wait(0.2)

    def publish(self) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            draft = self.make_draft("publishing", f"publish {number} {time.monotonic_ns()}")
            while draft is not None and not self.ended.is_set():
                path = f"/api/planner/drafts/{draft['id']}"
                detail = self.ask("publishing", "GET", path)
                forward = [
                    s
                    for s in (detail or {}).get("next_stages", ())
                    if s["kind"] in ("forward", "publish")
                ]
                if detail is not None and (detail["published"] or not forward):
                    break
                if not forward:
                    continue
                body = {"stage": forward[0]["stage"], "by": "丁", "comment": "x",
                        "document_number": f"文 {number}"}  # fmt: skip
                if forward[0]["kind"] == "publish":
                    body["in_force_from"] = f"{date(2100, 1, 1) + timedelta(days=number)}"
                status, said = self.program.ask("POST", f"{path}/stages", body)
                self.diary.saw("publishing", status)
                if status == 200:
                    self.diary.note("stage", (draft["id"], forward[0]["stage"]))
                elif 400 <= status < 500:
                    self.diary.note("refused", (said or {}).get("error"))
                    break

    def divide(self, communities: list[int]) -> None:
        while not self.ended.is_set():
            body = {"communities": [self.chance.choice(communities)], "limit": 300, "by": "戊"}
            job = self.ask("dividing", "POST", f"/api/division/{self.county}/jobs", body)
            if job is None:
                self.ended.wait(1.0)
                continue
            self.diary.note("job", job["id"])
            self.follow("dividing", f"/api/division/jobs/{job['id']}")
