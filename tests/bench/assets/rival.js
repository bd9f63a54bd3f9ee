/* What a page with dl.GeoJSON needs to show the city at a time: the usual functions, and a count of what they were asked. */
window.rival = {
  drawn: 0,
  asked: 0,
  colours: ['#5a6b7e', '#2f7ed8', '#e0b400', '#ef7d14', '#d4261c'],
  holds: (feature, context) => {
    window.rival.asked++;
    const { at } = context.hideout;
    return feature.properties.t0 <= at && at < feature.properties.t1;
  },
  disc: (feature, latlng) => {
    window.rival.drawn++;
    return L.circleMarker(latlng, { radius: 4, weight: 1, color: '#ffffff', fillOpacity: 1, fillColor: window.rival.colours[feature.properties.severity] });
  },
};
