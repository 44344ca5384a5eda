/** The JSON pointer (RFC 6901) of a path; the whole document is `""`. */
export function pointerOf(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${escapePart(String(part))}`).join('')
}

function escapePart(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}
