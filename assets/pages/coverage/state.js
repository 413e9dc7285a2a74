// The coverage page: its state and its words.
// Parts: packing.js and question.js (pure), canvas.js (buildings and streets), map.js (stations, areas, the hand), asking.js
// (questions, trials), main.js (what Dash calls).
import { pageConfig, setStore } from '../../shared/page.js';

export const S = {
  buildings: null, answer: null, question: null, mode: 'gaps', scenario: null, effect: null, drawing: 'areas',
  adding: false, sketching: null, picking: false, picked: new Set(), sites: [], station: null, chosen: null, way: null, asked: 0, cover: null,
};
export const page = () => document.querySelector('.coverage-page');
// A county without streets has the page's parts, but nothing to ask.
export const usable = () => Boolean(page() && !page().hidden);
export const words = () => pageConfig().coverage;
export const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, k) => (typeof values[k] === 'number' ? values[k].toLocaleString('en-US') : values[k]));
export const say = (sentence) => { const p = document.getElementById('coverage-silent'); if (p) p.textContent = sentence; };
// What takes longer than a moment says so on the map (styles.css waits half a second).
export function busy(on) {
  page()?.classList.toggle('asking', on);
  const holder = page()?.querySelector('.map-holder');
  if (holder) holder.dataset.computing = words().computing;
}
export const choose = (what) => setStore('coverage-selected', what);
export const operate = (operation) => setStore('coverage-operation', { ...operation, at: Date.now() });
export const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
