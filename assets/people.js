// The pages of accounts work without this: it copies a link, and opens the printer's window.
(() => {
  /** @param {HTMLInputElement} field */
  const copied = async (field) => {
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      // Over plain HTTP browsers give no clipboard: the old way still works.
      field.select();
      return document.execCommand('copy');
    }
  };
  document.addEventListener('click', async (event) => {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (button?.hasAttribute('data-print')) window.print();
    const field = button?.dataset.copy ? button.parentElement?.querySelector('input') : null;
    if (button && field && (await copied(field))) button.textContent = button.dataset.copy || '';
  });
})();
