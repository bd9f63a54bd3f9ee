/** The part of @uwdata/flechette that the engine uses. */
export interface Column {
  data: { values: any }[];
}
export interface Table {
  numRows: number;
  schema: { metadata: Map<string, string> | null };
  getChild(name: string): Column | undefined;
}
export function tableFromIPC(bytes: ArrayBuffer | Uint8Array, options?: { useBigInt?: boolean }): Table;
