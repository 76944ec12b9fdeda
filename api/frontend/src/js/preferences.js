// The theme changes at once; the choice is kept by the server (POST /preferences sets the cookie).
const THEMES = ['auto', 'light', 'dark'];

export function applyPreferences() {
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('form[data-theme-switch]');
    if (!form) return;
    event.preventDefault();
    const value = event.submitter?.value ?? 'auto';
    if (!THEMES.includes(value)) return;
    document.documentElement.dataset.theme = value;
    for (const button of form.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.value === value));
    const body = new FormData(form);
    body.set('theme', value);
    fetch(form.action, { method: 'POST', body, redirect: 'manual' });
    document.dispatchEvent(new CustomEvent('facet:theme'));
  });
}
