/**
 * Quotes a text as one argument of a shell's command line, whatever it contains: a copied line must not run
 * anything else.
 */
export function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
