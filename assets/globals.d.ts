/** What the page finds in its window: Leaflet comes with dash-leaflet, the rest from 00_registry.js and Dash. */
interface Window {
  emmapMaps: { when(id: string): Promise<import('leaflet').Map> };
  emmapFunctions: Record<string, (...given: any[]) => any>;
  dash_clientside: { set_props(id: string, props: Record<string, unknown>): void; [namespace: string]: any };
}
