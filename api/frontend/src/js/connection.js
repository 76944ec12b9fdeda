// A phone that loses its network says so, instead of failing silently at the next tap.
export function watchConnection() {
  const mark = () => { document.documentElement.dataset.offline = String(!navigator.onLine); };
  window.addEventListener('online', mark);
  window.addEventListener('offline', mark);
  mark();
}
