"""Approval over HTTP: a draft in detail, its stages, waivers and scans; comparison of plans."""

from __future__ import annotations

import hashlib
from typing import Literal, TypedDict, get_args

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import Connection

from dashboard.access.principal import need, present
from dashboard.access.rights import Right
from dashboard.pages.planner.states import CommunityRow, community_rows
from dashboard.pages.planner.values import (
    DraftValue,
    FindingValue,
    WaiverValue,
    _day,
    draft_json,
    findings_json,
    waiver_json,
)
from dashboard.services import Services
from dashboard.text import Language, language, text
from dashboard.text.findings import COLON, say
from dashboard.text.refusals import reader
from dashboard.web.bodies import (
    as_download,
    body,
    day,
    refused,
    sentence,
    who,
    whole,
    whole_or_none,
)
from data.access.actions import Action
from data.access.audit import record
from data.engine import session
from data.files.write_uploads import check_quota
from data.plans import read, write_publishing
from data.plans.approval import read as read_approval
from data.plans.approval import write as write_approval
from data.plans.rows import ScanValue
from layers.grids.drafts.approval import Step, chosen_step, next_steps
from layers.grids.drafts.numbering import make_final
from layers.grids.drafts.plot_store import PlotStore
from layers.grids.drafts.publishing import Obstacles, open_errors, plan_states, publish, waive
from layers.grids.drafts.publishing import take_back as take_back_plan
from layers.kit.errors import ConflictError, InputError, Message, NotFoundError
from layers.kit.findings import Finding
from layers.kit.json import JsonObject

MOST_BYTES = 20 * 1024 * 1024
Total = Literal[
    "grids", "households", "over_limit", "in_pieces", "lower_bound", "errors", "warnings"
]
MAGIC = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


class _Refusal(Exception):  # noqa: N818 - carries the answer out of the transaction, undone
    def __init__(self, blocked: Obstacles) -> None:
        super().__init__("blocked")
        self.blocked = blocked


class StageValue(TypedDict):
    """A stage that a plan went through: who, when, and with which document."""

    stage: str
    at: str
    by: str
    comment: str | None
    document_number: str | None
    attachment: ScanValue | None


class NextStage(TypedDict):
    """A stage that may come next, what must be said for it, and the right that it takes."""

    stage: str
    kind: str
    needs: list[str]
    right: Right


class DetailValue(DraftValue):
    """A plan in detail. ``blocking``: errors that keep it from being published.

    ``coming``: published for a later day than today, before which it may be taken back.
    """

    county: str
    published: bool
    in_force_from: str | None
    coming: bool
    history: list[StageValue]
    waivers: list[WaiverValue]
    community_rows: list[CommunityRow]
    totals: dict[str, int]
    next_stages: list[NextStage]
    blocking: int


TOTALS: tuple[Total, ...] = get_args(Total)


def detail_json(c: Connection, plot_store: PlotStore, plan_id: int) -> DetailValue:
    """Return a plan in detail: communities, history, waivers, what may come next."""
    head = read.plan_head(c, plan_id)
    policy = read.policy(c, head.code)
    published = head.published_at is not None
    states = plan_states(c, plot_store, head)
    rows = community_rows(states)
    steps = next_steps(
        policy.stages, head.stage, published=published, document_number=head.document_number
    )
    return {
        **draft_json(head, policy),
        "county": head.code,
        "published": published,
        "in_force_from": _day(head.in_force_from),
        "coming": published
        and head.in_force_from is not None
        and head.in_force_from > policy.today,
        "history": [
            {
                "stage": h.stage,
                "at": h.at.isoformat(),
                "by": h.by,
                "comment": h.comment,
                "document_number": h.document_number,
                "attachment": h.attachment,
            }
            for h in read_approval.history(c, plan_id)
        ],
        "waivers": [waiver_json(w) for w in read_approval.waivers(c, plan_id)],
        "community_rows": rows,
        "totals": {name: sum(row[name] for row in rows) for name in TOTALS},
        "next_stages": [
            {"stage": s.stage, "kind": s.kind, "needs": list(s.needs), "right": right_of(s)}
            for s in steps
        ],
        "blocking": 0 if published else len(open_errors(states)),
    }


def add_approval_routes(api: Blueprint, services: Services, plot_store: PlotStore) -> None:
    """Add stages, waivers and attachments."""

    @api.post("/drafts/<int:plan_id>/stages")
    def stage(plan_id: int) -> Response:
        values = body()
        try:
            with session(services.engine, present()) as c:
                _go(c, plot_store, plan_id, values)
                return jsonify(detail_json(c, plot_store, plan_id))
        except _Refusal as late:
            blocked = late.blocked
        lang = language(request.args.get("lang"))
        said = "; ".join(_told(*verdict, reader()) for verdict in blocked.verdicts)[:400]
        return refused(
            409,
            Message("the plan cannot be published: {verdicts}", {"verdicts": said})
            if said
            else Message(
                "the plan cannot be published: {count} errors are open",
                {"count": len(blocked.findings)},
            ),
            findings=[
                *findings_json(blocked.findings, {}, lang),
                *(_judged(*verdict, lang) for verdict in blocked.verdicts),
            ],
        )

    @api.post("/drafts/<int:plan_id>/take-back")
    def take_back(plan_id: int) -> Response:
        values = body()
        by, comment = who(values), sentence(values, "comment", needed=True)
        with session(services.engine, present()) as c:
            since = take_back_plan(c, plan_id, by, comment)
            told = {"in_force_from": since.isoformat(), "comment": comment}
            record(c, "plan.taken_back", None, f"plan:{plan_id}", told, by=by)
            return jsonify(detail_json(c, plot_store, plan_id))

    @api.post("/drafts/<int:plan_id>/waivers")
    def add_waiver(plan_id: int) -> Response:
        values = body()
        with session(services.engine, present()) as c:
            made = waive(
                c,
                plot_store,
                plan_id,
                whole(values, "grid"),
                sentence(values, "finding", needed=True) or "",
                sentence(values, "reason", needed=True) or "",
                who(values),
            )
            row = next(w for w in read_approval.waivers(c, plan_id) if w.id == made)
            told = {"waiver": made, "grid": row.grid_id, "finding": row.finding}
            record(c, "waiver.added", None, f"plan:{plan_id}", told, by=who(values))
            answer = jsonify(waiver_json(row))
        answer.status_code = 201
        return answer

    @api.delete("/waivers/<int:waiver_id>")
    def drop_waiver(waiver_id: int) -> Response:
        with session(services.engine, present()) as c:
            plan_id = read_approval.plan_of_waiver(c, waiver_id)
            if plan_id is None:
                raise NotFoundError("there is no waiver {waiver_id}", waiver_id=waiver_id)
            if read.hold_plan(c, plan_id).published_at is not None:
                raise ConflictError("the plan is published: its waivers stand")
            write_approval.delete_waiver(c, waiver_id)
            record(c, "waiver.dropped", None, f"plan:{plan_id}", {"waiver": waiver_id})
        return Response(status=204)

    @api.post("/drafts/<int:plan_id>/attachments")
    def attach(plan_id: int) -> Response:
        file = request.files.get("file")
        if file is None:
            raise InputError("the form lacks file")
        content = file.stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            return refused(413, Message("the scan is over 20 MB: scan it at a lower resolution"))
        kind = next((k for magic, k in MAGIC.items() if content.startswith(magic)), None)
        if kind is None:
            raise InputError("the scan must be a PDF, PNG or JPEG file")
        name = (file.filename or "scan").replace("\\", "/").rsplit("/", 1)[-1][:120]
        digest, by = hashlib.sha256(content).hexdigest(), who(request.form)
        with session(services.engine, present()) as c:
            head = read.hold_plan(c, plan_id)
            if head.published_at is not None:
                raise ConflictError("the plan is published: nothing is attached any more")
            check_quota(c, head.code, by, len(content), services.upload_bytes)
            made = write_approval.add_attachment(
                c,
                plan_id,
                code=head.code,
                name=name,
                media_type=kind,
                content=content,
                sha256=digest,
                by=by,
            )
            told = {"attachment": made, "bytes": len(content), "sha256": digest}
            record(c, "plan.attached", head.code, f"plan:{plan_id}", told, by=who(request.form))
        answer = jsonify(id=made, name=name, size=len(content), sha256=digest)
        answer.status_code = 201
        return answer

    @api.get("/attachments/<int:attachment_id>")
    def attachment(attachment_id: int) -> Response:
        with session(services.engine, present()) as c:
            row = read_approval.attachment(c, attachment_id)
            content = read_approval.attachment_content(c, attachment_id)
        answer = Response(content, mimetype=row.media_type)
        return as_download(answer, row.name)


def right_of(step: Step) -> Right:
    """Return the right that a step takes: the approval and what follows it, or the way there."""
    if step.kind == "publish" or "document_number" in step.needs:
        return "approve"
    return "plan" if step.kind == "forward" else "move"


def _told(community: str, found: Finding, lang: Language) -> str:
    """Return what the independent judge found as a sentence; in English its code stands beside."""
    try:
        words = say(found, lang)
    except KeyError:  # a value that the sentence needs was not found out
        words = found.code
    subject = found.subject or ""
    grid = text("planner.grid_n", lang, {"grid": int(subject[-3:])}) if subject.isdecimal() else ""
    place = f"{community}{grid}" if lang == "zh" else ", ".join(p for p in (community, grid) if p)
    return f"{place}{COLON[lang]}{words}{f' ({found.code})' if lang == 'en' else ''}"


def _judged(community: str, found: Finding, lang: Language) -> FindingValue:
    """Return what the independent judge found as a finding."""
    verdict = _told(community, found, lang)
    return {
        "code": "failed_check",
        "severity": "error",
        "grid": None,
        "plots": [],
        "values": {"check": verdict},
        "message": say(Finding("failed_check", values={"check": verdict}), lang),
        "waived": False,
        "hint": None,
    }


def _go(c: Connection, plot_store: PlotStore, plan_id: int, values: JsonObject) -> None:
    """Take a plan to another stage, publishing it at the last."""
    head = read.hold_plan(c, plan_id)
    policy = read.policy(c, head.code)
    number = sentence(values, "document_number", most=120)
    since = day(values, "in_force_from")
    comment = sentence(values, "comment")
    steps = next_steps(
        policy.stages,
        head.stage,
        published=head.published_at is not None,
        document_number=read.plan_head(c, plan_id).document_number,
    )
    said = {"document_number": number, "in_force_from": since, "comment": comment}
    wanted = sentence(values, "stage", needed=True) or ""
    if head.published_at is not None:
        raise ConflictError("the plan is published: make a draft from it to change it")
    step, before = chosen_step(steps, wanted, said), head.stage
    need(right_of(step))
    write_approval.write_stage(
        c,
        plan_id,
        code=head.code,
        stage=step.stage,
        by=who(values),
        comment=comment,
        document_number=number,
        attachment=_scan(c, plan_id, whole_or_none(values, "attachment")),
    )
    if before == policy.stages[0]:
        make_final(c, plot_store, head)
        head = read.hold_plan(c, plan_id)
    elif step.kind == "withdraw":
        write_publishing.set_numbered(c, plan_id, final=False)
    if step.kind == "publish" and since is not None:
        outcome = publish(c, plot_store, head, since)
        if isinstance(outcome, Obstacles):
            raise _Refusal(outcome)
    told = {"stage": step.stage, "from": before, "document_number": number}
    action: Action = "plan.published" if step.kind == "publish" else "plan.stage"
    if since is not None:
        told["in_force_from"] = since.isoformat()
    record(c, action, head.code, f"plan:{plan_id}", told, by=who(values))


def _scan(c: Connection, plan_id: int, attachment: int | None) -> ScanValue | None:
    """Return which scan a stage rests on. Raises NotFoundError for another plan's."""
    if attachment is None:
        return None
    row = read_approval.attachment(c, attachment)
    if row.plan_id != plan_id:
        raise NotFoundError(
            "there is no attachment {attachment} of this plan", attachment=attachment
        )
    return {"id": row.id, "name": row.name, "size": row.size, "sha256": row.sha256}
