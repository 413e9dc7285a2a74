"""Storing the town of an OpenStreetMap extract as a county."""

from __future__ import annotations

from dataclasses import asdict

import shapely
from sqlalchemy import Connection

from data.buildings.write import write_buildings, write_counts
from data.divisions.write import write_divisions
from data.divisions.write_county import create_county
from data.ground.write import write_barriers, write_lands, write_streets, write_water
from data.importers.judging.kind import Context, ImportScript
from data.importers.osm.town import OsmTown, read_osm
from data.importers.reading.notes import Note
from data.importers.reading.source_files import check_file
from data.removal import county_holdings, delete_county
from data.stations.write import write_stations

SOURCE = "osm"
_SUFFIXES = (".pbf", ".osm", ".gz", ".bz2", ".o5m", ".opl")


def read(context: Context) -> ImportScript:
    """Read an extract as a whole county. An existing county is replaced only when told so."""
    faults, state, options = context.faults, context.state, context.options
    check_file(context.path)
    if context.path.suffix.lower() not in _SUFFIXES:
        faults.add("osm_suffix", suffix=context.path.suffix or "-")
    if state.exists and not options.replace:
        faults.add("county_exists", county=state.code)
    if options.crs:
        faults.add("osm_has_crs", field="crs")
    faults.stop()
    if state.exists:
        held = asdict(county_holdings(context.connection, state.code))
        faults.add("county_replaced", severity="warning", county=state.code, **held)
    town = read_osm(context.path, state.code, context.progress)
    counts = {
        "communities": int((town.divisions["kind"] == "community").sum()),
        "buildings": len(town.buildings),
        "households": int(town.counts.loc[town.counts["measure"] == "resident", "value"].sum()),
        "streets": len(town.streets),
        "stations": len(town.stations),
        "waters": len(town.water),
        "lands": len(town.lands),
        "barriers": len(town.barriers),
    }
    notes = list(town.notes)
    if not (options.name or town.name):
        notes.append(Note("fallback.osm_name", {"code": state.code}))
    rows = sum(v for k, v in counts.items() if k != "households")
    return ImportScript(
        town.objects, counts, tuple(notes), lambda c: _write(c, context, town, notes, rows)
    )


def _write(c: Connection, context: Context, town: OsmTown, notes: list[Note], rows: int) -> int:
    code, options, srid = context.state.code, context.options, town.srid
    day = options.as_of or town.newest or context.day
    if context.state.exists:
        delete_county(c, code)
    name = options.name or town.name or f"OSM {code}"
    name_en = options.name_en or name
    create_county(
        c,
        code=code,
        name=name,
        name_en=name_en,
        measuring_srid=srid,
        title=name,
        title_en=name_en,
        data_as_of=day,
        geometry=shapely.force_2d(town.county),
        fallbacks=[n.as_dict() for n in notes if n.code.startswith("fallback.")],
    )
    write_divisions(c, code, town.divisions, srid, day)
    context.progress(f"{len(town.buildings):,} buildings")
    ids = write_buildings(c, code, town.buildings, srid, source=SOURCE, valid_from=day)
    codes = town.buildings["community_code"].to_numpy(object)
    position = town.counts["building"].to_numpy()
    counts = town.counts.assign(building_id=[ids[i] for i in position], code=codes[position])
    write_counts(c, code, counts, effective_on=day, source=SOURCE)
    context.progress(f"{len(town.streets):,} streets")
    write_streets(c, code, town.streets, srid, None)
    write_water(c, code, town.water, srid)
    write_lands(c, code, town.lands, srid)
    write_barriers(c, code, town.barriers, srid)
    write_stations(c, code, town.stations, srid, source=SOURCE, valid_from=day)
    return rows
