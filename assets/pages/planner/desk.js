// The planner's desk: what is open, chosen and drawn; main.js puts its actions on it.
import { pageConfig } from '../../shared/page.js';

export const desk = { plan: null, selected: -1, busy: false, redoHere: [], disagreements: [] };

export function say(key, values) {
  // Kept: reading the page's configuration anew for every word would cost more than all the rest.
  desk.words = desk.words || pageConfig().words;
  return (desk.words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values?.[name];
    return typeof value === 'number' ? value.toLocaleString('en-US') : String(value ?? '—');
  });
}

// One line at the map, for a while: what a gesture found, in words.
let quiet = null;
export function tell(key, values) {
  const line = document.getElementById('planner-told');
  line.textContent = say(key, values);
  line.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => { line.hidden = true; }, 5000);
}
