// The place where a phone stands. The fields stay open to be typed in where there is no signal.
export function prepareLocations(form, words, changed) {
  for (const box of form.querySelectorAll('[data-geolocation]')) box.querySelector('[data-locate]').hidden = !navigator.geolocation;
  form.addEventListener('click', (event) => {
    const box = event.target.closest('[data-locate]')?.closest('[data-geolocation]');
    if (box) locate(box, words, changed);
  });
}

function locate(box, words, changed) {
  const state = box.querySelector('[data-state]');
  state.textContent = words.locating;
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const found = { lat: coords.latitude.toFixed(7), lon: coords.longitude.toFixed(7), accuracy: coords.accuracy.toFixed(1) };
      for (const input of box.querySelectorAll('input')) input.value = found[input.name.split('.').pop()];
      state.textContent = '';
      changed();
    },
    () => { state.textContent = words.no_location; },
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
  );
}
