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
