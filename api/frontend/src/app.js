// Every page: htmx for partial updates, Alpine (CSP build) for small local state, and the house's own few modules.
import Alpine from '@alpinejs/csp';
import htmx from 'htmx.org/dist/htmx.esm.js';
import { init as startForms } from './forms.js';
import { watchConnection } from './js/connection.js';
import { confirmSubmits } from './js/confirm.js';
import { copyButtons } from './js/copy.js';
import { liveDrawings } from './js/drawing.js';
import { listenToEvents } from './js/events.js';
import { closeMenus } from './js/menus.js';
import { applyPreferences } from './js/preferences.js';
import { moveThroughRows } from './js/rows.js';
import { focusSearch } from './js/search.js';
import { keepTimesCurrent } from './js/times.js';
import { showToasts } from './js/toasts.js';

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false; // our own stylesheet has them: the page's policy forbids inline styles
htmx.config.attributesToSettle = ['class', 'width', 'height']; // copying a style attribute is what the policy forbids
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // pages hold personal data: nothing of them goes to localStorage
htmx.config.refreshOnHistoryMiss = true;
htmx.config.responseHandling = [
  { code: '204', swap: false },
  { code: '[23]..', swap: true },
  { code: '422', swap: true }, // a refused form comes back with its errors
  { code: '[45]..', swap: false, error: true },
];

window.htmx = htmx;
window.Alpine = Alpine;

applyPreferences();
closeMenus();
confirmSubmits(htmx);
showToasts();
listenToEvents(htmx);
watchConnection();
focusSearch();
keepTimesCurrent();
startForms(document);
liveDrawings();
copyButtons();
moveThroughRows();
for (const tab of document.querySelectorAll('.tabs [aria-current]')) tab.scrollIntoView({ inline: 'center', block: 'nearest' });
document.addEventListener('htmx:load', (event) => {
  startForms(event.detail.elt);
  liveDrawings(event.detail.elt.parentElement ?? document);
});
Alpine.start();
document.documentElement.dataset.ready = 'true'; // browser tests wait for it
