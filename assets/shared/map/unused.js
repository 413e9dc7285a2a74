// What protomaps-leaflet imports and no page of ours uses: archives of tiles, its own map styles.
// The bundle takes this in their place (dashboard/setup/bundle.py, UNUSED): 60 kB less to read.
const refuse = () => {
  throw new Error('not in this bundle: assets/shared/map/unused.js');
};

export class PMTiles {
  constructor() {
    refuse();
  }
}
export const namedFlavor = refuse;
export const mix = refuse;
