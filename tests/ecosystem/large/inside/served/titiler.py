"""titiler-application: a tile server. Its scene is a small GeoTIFF made here."""

import os
from pathlib import Path

import numpy
import rasterio
from rasterio.transform import from_bounds

DISTRIBUTION = "titiler-application"

SCENE = Path(os.environ["SERVED"]).parent / "scene.tif"
if not SCENE.exists():
    SCENE.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        SCENE,
        "w",
        driver="GTiff",
        width=256,
        height=256,
        count=3,
        dtype="uint8",
        crs="EPSG:4326",
        transform=from_bounds(0, 0, 10, 10, 256, 256),
    ) as raster:
        raster.write(numpy.arange(3 * 256 * 256, dtype="uint32").reshape(3, 256, 256) % 251)

VALUES = {
    "url": str(SCENE),
    "tileMatrixSetId": "WebMercatorQuad",
    "z": 3,
    "x": 4,
    "y": 3,
    "minx": 1,
    "miny": 1,
    "maxx": 5,
    "maxy": 5,
    "width": 32,
    "height": 32,
    "format": "png",
    "lon": 4,
    "lat": 4,
    "geojson": {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Polygon", "coordinates": [[[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]},
    },
}

# An error there names the file that one of several threads has missed first.
EXCLUDED = ["* /zarr/*"]

from titiler.application.main import app as app  # noqa: E402
