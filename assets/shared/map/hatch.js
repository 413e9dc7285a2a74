// The hatch of what is over its limit: an SVG pattern, since meaning never rests on colour alone.
const NS = 'http://www.w3.org/2000/svg';
/** @param {string} name @param {Record<string, any>} attributes @param {...Node} children */
function make(name, attributes, ...children) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
const pattern = make(
  'pattern',
  {
    id: 'hatch-over',
    width: 9,
    height: 9,
    patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)',
  },
  make('rect', { width: 9, height: 9, style: 'fill: var(--load-over); opacity: var(--over-weak)' }),
  make('rect', { width: 5, height: 9, style: 'fill: var(--load-over)' }),
);
const svg = make(
  'svg',
  { width: 0, height: 0, 'aria-hidden': 'true', style: 'position:absolute' },
  make('defs', {}, pattern),
);
const add = () => document.body.append(svg);
if (document.body) add();
else document.addEventListener('DOMContentLoaded', add);
