import { posix } from 'node:path'
import { anchorsOf } from './links.ts'
import type { Pages } from './site-pages.ts'

const NUMBERED = /\]\(([\w.-]*)#([\w-]+)-(\d+)\)/g

/**
 * Returns pages of the API with links that lead somewhere. TypeDoc numbers the anchors of equal names, also of one
 * whose namesake has no heading in the page. Such a link loses its number.
 */
export function withKnownAnchors(pages: Pages): Pages {
  const anchors = new Map([...pages].map(([path, text]) => [path, new Set(anchorsOf(text))]))
  const mended = [...pages].map(([path, text]): [string, string] => {
    const relink = (link: string, file: string, name: string, number: string): string => {
      const target = file === '' ? path : posix.join(posix.dirname(path), file)
      const known = anchors.get(target)
      const isKnown = known?.has(`${name}-${number}`) ?? true
      return isKnown || known?.has(name) !== true ? link : `](${file}#${name})`
    }
    return [path, text.replaceAll(NUMBERED, relink)]
  })
  return new Map(mended)
}
