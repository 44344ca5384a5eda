import { useEffect, useState } from 'preact/hooks'

/** The place of the reader: everything that a shared address must bring back. */
export interface Place {
  readonly path: string
  readonly query: URLSearchParams
}

const MOVED = 'freshet:moved'

/** Short addresses of objects, as the API has them, and the query of the page that shows the object. */
const SHORT: Readonly<Record<string, readonly [path: string, query: string]>> = {
  subjects: ['/explain', 'q'],
  changes: ['/explain', 'change'],
  tokens: ['/explain', 'token'],
  edges: ['/edges', 'edge'],
  slos: ['/slos', 'slo'],
}

function here(): Place {
  const page = pageOfShort(location.pathname)
  if (page !== undefined) history.replaceState(null, '', page)
  return { path: location.pathname, query: new URLSearchParams(location.search) }
}

/** Returns the address of the page that a short address means: `/subjects/alice`; `undefined` for any other. */
export function pageOfShort(path: string): string | undefined {
  const [, kind = '', name, ...rest] = path.split('/')
  const page = Object.hasOwn(SHORT, kind) ? SHORT[kind] : undefined
  if (page === undefined || !name || rest.length > 0) return undefined
  try {
    return placeOf(page[0], { [page[1]]: decodeURIComponent(name) })
  } catch {
    return undefined
  }
}

/** Goes to another place, or changes what stands in the address of this one. */
export function goTo(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', to)
  else history.pushState(null, '', to)
  dispatchEvent(new Event(MOVED))
}

/** An address of a page. A part that is `null` or empty is left out. */
export function placeOf(path: string, query: Readonly<Record<string, string | null>> = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]))
  const text = new URLSearchParams(given).toString()
  return text === '' ? path : `${path}?${text}`
}

/** The place, as it changes. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here)
  useEffect(() => {
    const moved = (): void => setPlace(here())
    addEventListener('popstate', moved)
    addEventListener(MOVED, moved)
    return () => {
      removeEventListener('popstate', moved)
      removeEventListener(MOVED, moved)
    }
  }, [])
  return place
}

/** Follows links to our own pages without loading the document again. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const link = (event.target as Element | null)?.closest?.('a')
  if (!link || link.origin !== location.origin || link.target !== '' || link.hash !== '') return
  event.preventDefault()
  goTo(link.pathname + link.search)
}
