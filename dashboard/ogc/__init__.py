"""OGC API – Features under ``/ogc`` (Part 1: Core, OGC 17-069r4), CRS84 only, read only."""
