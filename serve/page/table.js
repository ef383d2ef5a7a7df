// Tables of all code points.

const N_CODE_POINTS = 0x110000;

/** The value of every code point, from the code points from which on each run of a value goes. */
export function tableOf(runs) {
  const table = new Uint16Array(N_CODE_POINTS);
  runs.forEach(([first, value], i) => table.fill(value, first, i + 1 < runs.length ? runs[i + 1][0] : N_CODE_POINTS));
  return table;
}
