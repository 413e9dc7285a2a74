// How a grid looks: by the class of its load. The first view (first_map.js) and the live map share it.
import { cssToken } from '../page.js';

/** @param {{properties: Record<string, any>}} feature  a grid, or the outline of an area */
export function gridStyle(feature) {
  const p = feature.properties;
  if (p.outline)
    return {
      pane: 'grids',
      interactive: false,
      fill: false,
      color: cssToken('--text'),
      weight: 2.2,
      opacity: 0.8,
      className: 'area-line',
    };
  const over = p.load === 'load-over';
  const alone = p.load === 'load-alone';
  return {
    pane: 'grids',
    color: cssToken(`--${p.load}-edge`),
    weight: over || alone ? 2.5 : 1.3,
    className: over ? 'grid-over' : alone ? 'grid-alone' : 'grid',
    dashArray: p.draft ? '6 4' : undefined,
    fillColor: over ? 'url(#hatch-over)' : cssToken(`--${p.load}`),
    fillOpacity: Number(
      cssToken(over ? '--over-opacity' : alone ? '--alone-opacity' : '--load-opacity'),
    ),
    opacity: 1,
  };
}
