/** Longest URI of a proof or a request. */
export const PROOF_URI_MAX = 4_096

const characters = /^https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/i
const badEscape = /%(?![\da-f]{2})/i

/**
 * A URI for comparison, without query and fragment, normalised by syntax and by scheme (RFC 3986
 * §6.2.2, §6.2.3); undefined for what is no http URI, or has a user.
 */
export function normalUri(uri: string): string | undefined {
  if (uri.length > PROOF_URI_MAX || !characters.test(uri) || badEscape.test(uri)) return undefined
  const [plain = ''] = uri.split(/[?#]/, 1)
  if (!URL.canParse(plain)) return undefined
  const { protocol, username, password, host, pathname } = new URL(plain)
  if (username !== '' || password !== '') return undefined
  return `${protocol}//${host}${pathname.replaceAll(/%[\da-f]{2}/gi, normalEscape)}`
}

/** An escaped letter, digit, `-`, `.`, `_` or `~` is that character; hex digits are in upper case. */
function normalEscape(escape: string): string {
  const character = String.fromCodePoint(Number.parseInt(escape.slice(1), 16))
  return /[\w\-.~]/.test(character) ? character : escape.toUpperCase()
}

/** The path of a request target in origin form or absolute form; undefined for another form. */
export function pathOf(target: string): string | undefined {
  if (target.startsWith('/')) return target.split(/[?#]/, 1)[0]
  return /^https?:\/\/[^/?#]+(\/[^?#]*)?/i.exec(target)?.at(1) ?? rootOf(target)
}

function rootOf(target: string): string | undefined {
  return /^https?:\/\/[^/?#]+/i.test(target) ? '/' : undefined
}
