"""Posts, their holders and organisations that a file tells of; who held a post stays on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from data.duty import tables
from data.duty.read_subjects import Subjects, organisation_names

POSTS: Final = (
    *("grid_chief", "grid_worker", "area_chief", "building_chief", "building_steward"),
    *("household_group_chief", "leader_assignment"),
)
ORGANISATIONS: Final = (
    *("party_working_committee", "party_committee", "general_branch", "party_branch"),
    *("party_group", "functional_branch", "department", "resident_unit", "work_team"),
)
# Posts that one person holds at a time: a new holder ends the one before.
SINGLE: Final = ("grid_chief", "area_chief", "building_chief", "household_group_chief")


def store_duty(
    c: Connection,
    county_code: str,
    told: Sequence[Any],
    own: Mapping[str, Sequence[Any]],
    subjects: Subjects,
    day: date,
    source: str,
) -> int:
    """Store new and changed rows; return how many.

    ``told``: a change for each row; ``own``: the file's columns, subjects as codes.
    1. Organisations come first, then their parents: a file may name a parent below its child.
    2. A person is one holder: the same number, or else the same name, rank and organisation.
    3. A new holder of a post that was vacant takes it; of a post that one person holds, the one
       before ends on the day that the new one begins.
    """
    rows = [{name: column[i] for name, column in own.items()} for i in range(len(told))]
    work = [(change, row) for change, row in zip(told, rows, strict=True)
            if change.what in ("new", "changed")]  # fmt: skip
    groups = [(ch, row) for ch, row in work if row["kind"] in ORGANISATIONS]
    ids = [_store_organisation(c, ch, row, subjects, day) for ch, row in groups]
    organisations = organisation_names(c, county_code)
    for i, (_, row) in zip(ids, groups, strict=True):
        _set_parent(c, county_code, i, row)
    desk = _Desk(c, county_code, subjects, organisations, day, source)
    desk.kept = {change.id for change in told if change.id is not None}
    for change, row in work:
        if row["kind"] in POSTS:
            desk.store(change, row)
    return len(work)


def _store_organisation(
    c: Connection, change: Any, row: Mapping[str, Any], subjects: Subjects, day: date
) -> int:
    organisation, tie = tables.organisation, tables.grid_organisation
    code = row["subject_code"]
    values = {
        "kind": row["kind"],
        "name": row["title"],
        "code": code,
        "valid_from": row.get("starts_on") or day,
        "valid_to": row.get("ends_on"),
    }
    if change.what == "new":
        added = insert(organisation).values(**values).returning(organisation.c.id)
        own_id = int(c.execute(added).scalar_one())
    else:
        own_id = int(change.id)
        if row.get("starts_on") is None:
            del values["valid_from"]
        c.execute(update(organisation).where(organisation.c.id == own_id).values(**values))
    if change.what == "new" or "grids" in change.fields:
        c.execute(delete(tie).where(tie.c.organisation_id == own_id))
        served = dict.fromkeys([*([code] if len(code) == 15 else []), *(row.get("grids") or [])])
        for grid in served:
            c.execute(
                insert(tie).values(
                    code=grid,
                    grid_id=subjects.grids[grid],
                    organisation_id=own_id,
                    valid_from=row.get("starts_on") or day,
                )
            )
    return own_id


def _set_parent(c: Connection, county: str, own_id: int, row: Mapping[str, Any]) -> None:
    """Tie an organisation to the one above it: of one name, the nearest by code."""
    organisation = tables.organisation
    name = row.get("organisation")
    found = None
    if name is not None:
        candidates = c.execute(
            select(organisation.c.id, organisation.c.code)
            .where(
                organisation.c.code.startswith(county, autoescape=True),
                organisation.c.name == name,
                organisation.c.id != own_id,
            )
            .order_by(organisation.c.id)
        ).all()
        code = row["subject_code"]
        near = [r for r in candidates if code.startswith(r.code)] or candidates
        found = max(near, key=lambda r: len(r.code)).id if near else None
    c.execute(update(organisation).where(organisation.c.id == own_id).values(parent_id=found))


class _Desk:
    """Stores rows of posts one after the other; holders and organisations are kept by name."""

    def __init__(
        self,
        c: Connection,
        county: str,
        subjects: Subjects,
        organisations: dict[str, int],
        day: date,
        source: str,
    ) -> None:
        self._c, self._county, self._subjects = c, county, subjects
        self._organisations, self._day, self._source = organisations, day, source
        self.kept: set[int] = set()
        holder = tables.office_holder
        self._persons: dict[str, int] = {}
        self._named: dict[str, list[tuple[int, str | None, int | None]]] = {}
        for r in c.execute(
            select(
                holder.c.id, holder.c.name, holder.c.rank, holder.c.organisation_id,
                holder.c.external_id,
            )
            .where(holder.c.code.startswith(county, autoescape=True))
            .order_by(holder.c.id)
        ):  # fmt: skip
            self._named.setdefault(r.name, []).append((int(r.id), r.rank, r.organisation_id))
            if r.external_id is not None:
                self._persons[r.external_id] = int(r.id)

    def store(self, change: Any, row: Mapping[str, Any]) -> None:
        """Store one post and who holds it."""
        post = tables.post
        if change.what == "changed":
            holding_id = int(change.id)
            post_id = -holding_id if holding_id < 0 else self._post_of(holding_id)
            c = self._c
            c.execute(update(post).where(post.c.id == post_id).values(**self._post_values(row)))
            if holding_id < 0:
                if row.get("name") is not None:
                    self._hold(post_id, row)
            elif "name" in change.fields:
                self._succeed(post_id, holding_id, row)
            else:
                self._change_holding(holding_id, row)
            return
        self._add(row)

    def _add(self, row: Mapping[str, Any]) -> None:
        post_id = self._vacant(row)
        if post_id is None:
            added = insert(tables.post).values(**self._post_values(row))
            post_id = int(self._c.execute(added.returning(tables.post.c.id)).scalar_one())
        if row.get("name") is not None:
            self._hold(post_id, row)

    def _post_values(self, row: Mapping[str, Any]) -> dict[str, Any]:
        subject, code = row["subject"], row["subject_code"]
        targets = dict.fromkeys(("division_id", "area_id", "grid_id", "building_id"))
        targets[f"{subject}_id"] = self._subjects.id_of(subject, code)
        return {
            "code": self._county if subject == "building" else code,
            "kind": row["kind"],
            "title": row["title"],
            "subject": subject,
            **targets,
        }

    def _vacant(self, row: Mapping[str, Any]) -> int | None:
        """Return a post of this kind and subject that nobody holds (clause 3)."""
        if row.get("name") is None:
            return None
        post, holding = tables.post, tables.post_holding
        values = self._post_values(row)
        start = row.get("starts_on") or self._day
        same = [post.c[name] == values[name] for name in ("kind", "subject", "code")]
        place = f"{row['subject']}_id"
        same.append(post.c[place] == values[place])
        found = self._c.execute(select(post.c.id).where(*same).order_by(post.c.id)).scalars().all()
        for post_id in found:
            holdings = self._c.execute(
                select(holding.c.id, holding.c.ends_on).where(holding.c.post_id == post_id)
            ).all()
            # Who is still in the file keeps the post; who is not, makes room.
            open_ones = [h for h in holdings if h.ends_on is None or h.ends_on > start]
            if row.get("ends_on") is not None and holdings:
                continue
            if not open_ones:
                return int(post_id)
            if row["kind"] in SINGLE and not any(h.id in self.kept for h in open_ones):
                for h in open_ones:
                    self._c.execute(
                        update(holding).where(holding.c.id == h.id).values(ends_on=start)
                    )
                return int(post_id)
        return None

    def _post_of(self, holding_id: int) -> int:
        holding = tables.post_holding
        return int(
            self._c.execute(
                select(holding.c.post_id).where(holding.c.id == holding_id)
            ).scalar_one()
        )

    def _hold(self, post_id: int, row: Mapping[str, Any]) -> None:
        values = self._post_values(row)
        added = insert(tables.post_holding).values(
            code=values["code"],
            post_id=post_id,
            office_holder_id=self._holder(row),
            starts_on=row.get("starts_on") or self._day,
            ends_on=row.get("ends_on"),
            external_id=row.get("external_id"),
            source=row.get("source") or self._source,
        )
        made = self._c.execute(added.returning(tables.post_holding.c.id)).scalar_one()
        self.kept.add(int(made))

    def _succeed(self, post_id: int, holding_id: int, row: Mapping[str, Any]) -> None:
        """End a holding on the day that the next begins; its id goes to the next one."""
        holding = tables.post_holding
        start = row.get("starts_on") or self._day
        before = self._c.execute(
            select(holding.c.starts_on, holding.c.ends_on).where(holding.c.id == holding_id)
        ).one()
        ended = max(before.starts_on, min(start, before.ends_on or start))
        self._c.execute(
            update(holding)
            .where(holding.c.id == holding_id)
            .values(ends_on=ended, external_id=None)
        )
        if row.get("name") is not None:
            self._hold(post_id, row)

    def _change_holding(self, holding_id: int, row: Mapping[str, Any]) -> None:
        """Write days and code of a holding, and what the file says of its holder."""
        holding, holder = tables.post_holding, tables.office_holder
        values: dict[str, Any] = {"code": self._post_values(row)["code"]}
        if "ends_on" in row:
            values["ends_on"] = row["ends_on"]
        if row.get("starts_on") is not None:
            values["starts_on"] = row["starts_on"]
        changed = update(holding).where(holding.c.id == holding_id).values(**values)
        own = self._c.execute(changed.returning(holding.c.office_holder_id)).scalar_one()
        about: dict[str, Any] = {"rank": row["rank"]} if "rank" in row else {}
        if "organisation" in row:
            about["organisation_id"] = self._organisation(row["organisation"])
        if about:
            self._c.execute(update(holder).where(holder.c.id == own).values(**about))

    def _holder(self, row: Mapping[str, Any]) -> int:
        """Return the holder that a row names (clause 2), made where nobody is known."""
        organisation, person = self._organisation(row.get("organisation")), row.get("person")
        if person is not None:
            found = self._persons.get(person)
        else:
            known = self._named.get(row["name"], [])
            found = next(
                (
                    i
                    for i, rank, of in known
                    if ("rank" not in row or rank == row["rank"])
                    and ("organisation" not in row or of == organisation)
                ),
                None,
            )
        if found is not None:
            return found
        rank = row.get("rank")
        added = insert(tables.office_holder).values(
            code=self._county,
            name=row["name"],
            rank=rank,
            organisation_id=organisation,
            external_id=person,
        )
        found = int(self._c.execute(added.returning(tables.office_holder.c.id)).scalar_one())
        self._named.setdefault(row["name"], []).append((found, rank, organisation))
        if person is not None:
            self._persons[person] = found
        return found

    def _organisation(self, name: str | None) -> int | None:
        """Return the organisation of a name; one that nobody knows is made, as a department."""
        if name is None:
            return None
        if name not in self._organisations:
            table = tables.organisation
            added = insert(table).values(
                code=self._county, kind="department", name=name, valid_from=self._day
            )
            made = self._c.execute(added.returning(table.c.id)).scalar_one()
            self._organisations[name] = int(made)
        return self._organisations[name]
