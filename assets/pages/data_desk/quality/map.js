// The rows of a check on the map: a dot each, a frame around the one that is chosen.
import { el, px, still } from '../../../shared/elements.js';
import { pane, townMap } from '../../../shared/map/maps.js';
import { cssToken } from '../../../shared/page.js';
import { framed } from './checks.js';

const FAR_ZOOM = 15.5; // dots of many rows are smaller from afar

export class RowsMap {
  /** @param {import('./desk.js').Desk} desk @param {(i: number) => void} clicked */
  constructor(desk, clicked) {
    this.desk = desk;
    this.clicked = clicked;
    /** @type {L.LayerGroup | null} */
    this.dots = null;
    /** @type {L.Rectangle | null} */
    this.frame = null;
    /** @type {L.Canvas | null} */
    this.canvas = null;
  }

  draw() {
    const { desk } = this;
    const map = townMap();
    this.dots?.remove();
    this.dots = null;
    if (desk.chosen === null) {
      this.frame?.remove();
      this.frame = null;
    }
    desk.page.dataset.dots = '0';
    if (!map?._loaded || !desk.rows) return;
    pane(map, 'quality', 450, { clicks: true });
    this.canvas = this.canvas || L.canvas({ pane: 'quality', padding: 0.3 });
    const dots = L.layerGroup().addTo(map);
    const about = {
      renderer: this.canvas,
      pane: 'quality',
      radius: (map.getZoom() < FAR_ZOOM && desk.rows.length > 200 ? 3 : 5) * px(),
      ...paint(desk.check !== null && desk.check in desk.here().parts),
    };
    desk.rows.forEach((row, i) => {
      if (!row.place) return;
      L.circleMarker([row.place[1], row.place[0]], about)
        .on('click', (e) => {
          L.DomEvent.stop(e);
          this.clicked(i);
        })
        .bindTooltip(() => el('b', {}, row.name), {
          direction: 'top',
          className: 'hint',
          opacity: 1,
        })
        .addTo(dots);
    });
    this.dots = dots;
    desk.page.dataset.dots = String(dots.getLayers().length);
  }

  /** @param {import('./desk.js').Row} row @param {boolean} [look] goes there */
  outline(row, look) {
    const map = townMap();
    if (!map || !row.place) return;
    const [[west, south], [east, north]] = framed(row.bounds);
    const bounds = L.latLngBounds([south, west], [north, east]);
    if (look) map.fitBounds(bounds.pad(1.5), { maxZoom: 18.5, animate: !still() });
    this.frame?.remove();
    this.frame = L.rectangle(bounds, {
      pane: 'quality',
      interactive: false,
      color: cssToken('--chosen'),
      weight: 3,
      dashArray: '6 4',
      fill: false,
    }).addTo(map);
  }

  // The map shows the place that the figures are of.
  look() {
    const box = this.desk.here().bounds;
    const bounds = box
      ? [
          [box[1], box[0]],
          [box[3], box[2]],
        ]
      : this.desk.config.bounds;
    if (bounds) townMap()?.fitBounds(bounds, { padding: [12, 12], animate: !still() });
  }

  // The map may be ready after the rows are; `then` is called once, when it is.
  /** @param {() => void} then */
  wait(then) {
    const map = townMap();
    if (!map?._loaded) {
      if (this.desk.page.isConnected) setTimeout(() => this.wait(then), 60);
      return;
    }
    let far = map.getZoom() < FAR_ZOOM;
    map.on('zoomend', () => {
      if (far === map.getZoom() < FAR_ZOOM) return;
      far = !far;
      this.draw();
    });
    this.draw();
    then();
  }
}

/** @param {boolean} scored the check is a part of the score */
const paint = (scored) =>
  scored
    ? {
        weight: 1.2,
        color: cssToken('--load-over-edge'),
        fillColor: cssToken('--load-over'),
        fillOpacity: 0.75,
      }
    : {
        weight: 1,
        color: cssToken('--load-80-edge'),
        fillColor: cssToken('--load-80'),
        fillOpacity: 0.6,
      };
