/** Photographs: chosen, dropped or pasted, each with a caption. */
import { make } from '../../../page/elements.js';
import { t } from '../../../page/words.js';
import { line, sign } from '../controls.js';
import { images } from '../routes.js';

const KINDS = 'image/jpeg,image/png,image/webp';

/** @type {import('./kinds.js').BlockEditor} */
export function photosEditor(block, work, again) {
  /** @type {{image: string, caption: string}[]} */
  const photos = block.photos;
  const state = make('p', { class: 'muted', role: 'status' });
  const input = make('input', { type: 'file', accept: KINDS, multiple: true, class: 'file' });
  const zone = make('label', { class: 'zone' }, input, make('b', {}, t('briefing_photo_drop')), make('small', { class: 'muted' }, t('briefing_photo_kinds')));
  const take = async (/** @type {Iterable<File>} */ files) => {
    for (const file of [...files]) {
      state.className = 'muted';
      state.textContent = t('briefing_photo_sending', { name: file.name });
      try {
        const { sha256 } = await images.send(file);
        photos.push({ image: sha256, caption: '' });
        work.changed();
      } catch (error) {
        state.className = 'failed';
        state.textContent = t('briefing_photo_failed', { name: file.name, why: /** @type {Error} */ (error).message });
        return;
      }
    }
    again();
  };
  input.addEventListener('change', () => input.files && void take(input.files));
  const made = make('div', { class: 'block-body' }, make('ol', { class: 'items photos' }, ...photos.map((photo, place) => item(photo, place))), zone, state);
  for (const name of /** @type {const} */ (['dragover', 'dragleave', 'drop'])) {
    made.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.toggle('over', name === 'dragover');
      if (name === 'drop' && event.dataTransfer) void take(event.dataTransfer.files);
    });
  }
  made.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    void take(files);
  });
  return made;

  /** @param {{image: string, caption: string}} photo @param {number} place */
  function item(photo, place) {
    const name = photo.caption || t('briefing_photo_n', { n: place + 1 });
    const caption = line(photo.caption, (value) => {
      photo.caption = value;
      work.changed();
    }, { maxlength: '200', placeholder: t('briefing_caption'), 'aria-label': `${t('briefing_caption')} ${place + 1}` });
    const shift = () => {
      [photos[place - 1], photos[place]] = [photos[place], photos[place - 1]];
      work.changed();
      again();
    };
    const out = () => {
      photos.splice(place, 1);
      work.changed();
      again();
    };
    return make('li', {}, make('img', { src: images.address(photo.image), alt: name, loading: 'lazy' }), caption, sign('↑', t('briefing_up', { name }), shift, place === 0), sign('✕', t('briefing_take_out', { name }), out));
  }
}
