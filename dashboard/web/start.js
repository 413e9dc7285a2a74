// How a page starts: its words stand as HTML; then its map is painted, where the first view has one;
// then Dash is read, which is most of the work; then the page's own scripts, which its callbacks and
// maps look for.
(async () => {
  const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
  const own = (id) => import(document.getElementById(id).href);
  const bundle = document.querySelector('script[data-later]');
  if (bundle) {
    // The words first. (A tab that nobody looks at draws no frames.)
    const frame = new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
    await Promise.race([frame, wait(document.hidden ? 0 : 1000)]);
    const painted = own('first-scripts').then((first) => first.paintFirst()).catch(() => {});
    await Promise.race([painted, wait(3000)]);
    await new Promise((done) => {
      const script = document.createElement('script');
      script.onload = done;
      script.src = bundle.src;
      bundle.replaceWith(script);
    });
  }
  await own('page-scripts');
  window.renderer = new DashRenderer();
  // The fonts come last: until then, and where it has them, the reader's own serve.
  const fonts = () => document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/assets/vendor/fonts/fonts.css' }));
  if (window.requestIdleCallback) requestIdleCallback(fonts, { timeout: 6000 });
  else setTimeout(fonts, 2000);
})();
