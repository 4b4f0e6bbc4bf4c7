/** CSV as RFC 4180 has it: CRLF at the end of each line; a cell with a comma, a quote or a line break is quoted. */
export const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`;

export function csvCell(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
