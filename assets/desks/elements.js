// What the scripts of the data desk share: elements whose texts are never HTML, numbers, words.
(function () {
  const getu = (window.getu = window.getu || {});

  // An element with attributes, handlers (on…) and children; null and '' are left out.
  function el(tag, about, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(about || {})) {
      if (name === 'class') element.className = value;
      else if (name.startsWith('on')) element[name] = value;
      else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
    }
    return put(element, children);
  }
  const there = (c) => c !== null && c !== undefined && c !== '' && c !== false;
  // Replace what an element holds.
  function put(element, ...children) {
    element.replaceChildren(...children.flat(3).filter(there));
    return element;
  }
  const count = (value) => (value === null || value === undefined ? '—' : value.toLocaleString('en-US'));

  // A function that says the sentences of a page's configuration, filled with values.
  const sayer = (config) => (key, values) => (config.words[key] || key).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values?.[name];
    return typeof value === 'number' ? count(value) : value ?? '';
  });
  const px = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const still = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  getu.elements = { el, put, count, sayer, px, still };
})();
