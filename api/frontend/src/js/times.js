// <time data-relative datetime="…"> was written by the server ("in 5 minutes"); this keeps it true while the page is open.
const UNITS = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60]];

function relative(format, then) {
  const seconds = (then - Date.now()) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(Math.trunc(seconds / 60), 'minute');
}

export function keepTimesCurrent() {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang || 'en', { numeric: 'auto' });
  setInterval(() => {
    for (const time of document.querySelectorAll('time[data-relative]')) {
      const then = Date.parse(time.dateTime);
      if (!Number.isNaN(then)) time.textContent = relative(format, then);
    }
  }, 60000);
}
