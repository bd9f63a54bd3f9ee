/** Open alarms on the map: marks of a colour of their own, outside the scale of levels. */
import { make } from './elements.js';
import { t } from './words.js';

export class AlarmMarks {
  /** @param {L.Map} map @param {import('./room.js').Room} room @param {(alarm: import('./room.js').Alarm) => void} open */
  constructor(map, room, open) {
    this.room = room;
    this.open = open;
    map.createPane('alarms').style.zIndex = '630';
    this.marks = L.layerGroup().addTo(map);
    room.on('queue', () => this.draw());
  }

  draw() {
    this.marks.clearLayers();
    for (const one of this.room.queue) {
      const { lon, lat, title } = one.facts;
      if (lon === undefined || lat === undefined) continue;
      const html = make('button', { class: `alarm-mark${one.ringing ? ' ringing' : ''}`, title: `${one.event_no} ${title}`, 'aria-label': `${t('alarm_mark')} ${title}` }, '警');
      L.DomEvent.disableClickPropagation(html);
      html.addEventListener('click', () => this.open(one));
      this.marks.addLayer(L.marker([lat, lon], { icon: L.divIcon({ html, className: 'alarm-place', iconSize: [0, 0] }), pane: 'alarms', keyboard: false, interactive: false }));
    }
  }
}
