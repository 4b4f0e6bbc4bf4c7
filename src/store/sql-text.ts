/** Names and texts as they are written in SQL. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** As `quotedText`, of a text that may hold anything: a statement ends at a NUL. */
export function anyText(text: string): string {
  return text.includes('\0')
    ? `(${text.split('\0').map(quotedText).join(' || chr(0) || ')})`
    : quotedText(text);
}
