"""What the server of reading children holds before it forks one: the libraries, loaded once."""

import data.importers.kinds.elevation
import data.importers.osm.extract
import data.importers.reading.look
import data.importers.reading.plan_files
import data.importers.reading.scans
import data.importers.reading.shapes.drawings
import data.importers.reading.shapes.vector  # noqa: F401
from data.importers.reading.child import walls

walls.keep_drivers()
