// Texts of people come to be keys of objects in libraries (a search index of words in a list to
// choose from): the key "__proto__" would reach every object of the page. It is a word like others.
Reflect.deleteProperty(Object.prototype, '__proto__');

// Before anything is drawn: the theme and language of the address bar, else of the last visit.
(() => {
  const asked = new URLSearchParams(location.search);
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const theme = asked.get('theme') || kept('getu-theme') || 'dark';
  document.documentElement.dataset.theme = theme === 'light' ? 'light' : 'dark';
  document.documentElement.lang = asked.get('lang') === 'en' ? 'en' : 'zh-CN';
})();
