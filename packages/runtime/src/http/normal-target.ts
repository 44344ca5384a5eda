/** Segments of RFC 3986 without `;`, which some servers read as the end of a name. None is `.` or `..`. */
const PATH = /^(?:\/(?!\.{1,2}(?:\/|$))(?:[\w.~!$&'()*+,=:@-]|%[0-9A-F]{2})+)*\/?$/
const QUERY = /^[!"$-~]*$/
const ESCAPE = /%(..)/g
/** Characters that RFC 3986 §2.3 calls unreserved, and controls. */
// oxlint-disable-next-line no-control-regex -- It refuses them.
const NEVER_ESCAPED = /[\w.~\u0000-\u001f\u007f-]/

/**
 * Reports whether a request target is written in the one form that every reader takes for the same
 * path (RFC 3986 §6.2.2). Such a target begins with `/`. Its path holds no empty segment, no dot
 * segment, no backslash, no `;`, and no raw character that needs an escape. Its escapes are in
 * capitals and UTF-8. None stands for a letter, a digit, `-`, `.`, `_`, `~` or a control character.
 *
 * No route of ours holds an escape. A normal target therefore names a route exactly where it is that
 * route's text, and a reader of the raw target agrees with a reader of the decoded path.
 */
export function isNormalTarget(target: string): boolean {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  if (path === '' || !PATH.test(path) || !areEscapesNormal(path)) return false
  return mark < 0 || QUERY.test(target.slice(mark))
}

function areEscapesNormal(path: string): boolean {
  if (!path.includes('%')) return true
  const octets = Array.from(path.matchAll(ESCAPE), ([, hex = '']) => Number.parseInt(hex, 16))
  return isUtf8(path) && !octets.some((octet) => NEVER_ESCAPED.test(String.fromCharCode(octet)))
}

/** Overlong forms of `.` and `/` are not UTF-8, and some servers decode them. */
function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
