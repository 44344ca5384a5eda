import { posix } from 'node:path'

/** The address of a page in the site. The README is its first page. */
export function siteName(path: string): string {
  return path === 'README.md' ? 'index.md' : path
}

const LINK = /(?<!!)\[((?:[^\][]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g
const FENCE = /(^ *```[\s\S]*?^ *```)/m

/**
 * A page with its links as the site needs them. A link to a page leads to its place there, and a link to
 * another file of the repository becomes the name of that file. Code stays as it is.
 *
 * `isPage` is asked with paths from the root.
 */
export function linked(path: string, text: string, isPage: (path: string) => boolean): string {
  const relink = (whole: string, label: string, target: string): string => {
    if (/^(?:https?:|mailto:|#)/.test(target)) return whole
    const [file = '', anchor] = target.split('#')
    const named = posix.normalize(posix.join(posix.dirname(path), file)).replace(/\/$/, '')
    const page = [named, `${named}/index.md`, `${named}/README.md`].find(isPage)
    if (page === undefined) return label.includes('`') ? label : `${label} (\`${named}\`)`
    const to = posix.relative(posix.dirname(siteName(path)), siteName(page))
    return `[${label}](${to}${anchor === undefined ? '' : `#${anchor}`})`
  }
  const parts = text.split(FENCE)
  return parts.map((part, index) => (index % 2 === 1 ? part : part.replace(LINK, relink))).join('')
}

/** The anchor of a heading, as repositories show it: the links of a page lead to the same place in both. */
export function anchorOf(heading: string): string {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  return plain
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/**
 * The anchors of a page: one for each heading, and those that HTML names. The second heading of one text has `-1` at
 * its end, the third `-2`, as in repositories and in VitePress.
 */
export function anchorsOf(text: string): readonly string[] {
  const prose = text.split(FENCE).filter((_, index) => index % 2 === 0)
  const seen = new Map<string, number>()
  const headings = prose.flatMap((part) => part.match(/^#+ .*$/gm) ?? [])
  const ofHeadings = headings.map((heading) => {
    const anchor = anchorOf(heading.replace(/^#+ /, ''))
    const before = seen.get(anchor) ?? 0
    seen.set(anchor, before + 1)
    return before === 0 ? anchor : `${anchor}-${before}`
  })
  const named = prose.flatMap((part) => [...part.matchAll(/<a id="([^"]+)">/g)])
  return [...ofHeadings, ...named.map(([, anchor = '']) => anchor)]
}

/** The links of a page that lead to a page or an anchor which does not exist. */
export function deadLinks(path: string, pages: ReadonlyMap<string, string>): readonly string[] {
  const text = pages.get(path) ?? ''
  const prose = text.split(FENCE).filter((_, index) => index % 2 === 0)
  const targets = prose.flatMap((part) =>
    [...part.matchAll(LINK)].map(([, , target = '']) => target),
  )
  return targets.filter((target) => {
    if (/^(?:https?:|mailto:)/.test(target)) return false
    const [file = '', anchor] = target.split('#')
    const to = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file))
    const page = pages.get(to)
    return page === undefined || (anchor !== undefined && !anchorsOf(page).includes(anchor))
  })
}
