import type { FoundJson } from '@freshet/insight/answers'
import { readTyped } from '../explain/typed-text.ts'
import { placeOf } from '../shell/route.ts'
import type { Recent } from './recents.ts'

/** A line of the palette. */
export interface Choice {
  readonly key: string
  readonly name: string
  readonly note: string
  readonly place: string
  /** A whole token, which must stand in no address. */
  readonly token?: string
  /** The console found it, so its name is one of a known thing. */
  readonly isFound?: boolean
  readonly isRecent?: boolean
}

/** A page of the menu. */
export interface PageName {
  readonly path: string
  readonly name: string
}

/** The page that shows a thing. */
export function placeOfFound({ kind, id, tenant, iss }: FoundJson): string {
  switch (kind) {
    case 'subject':
      return placeOf('/explain', { subject: id, tenant, iss })
    case 'token':
      return placeOf('/explain', { token: id })
    case 'change':
      return placeOf('/explain', { change: id })
    case 'edge':
      return placeOf('/edges', { edge: id })
    case 'quarantined':
      return placeOf('/quarantine', { id })
    case 'audit':
      return placeOf('/audit', { ref: id })
    default:
      return placeOf('/registry', { [kind]: id })
  }
}

/** A thing as a line. */
export function choiceOf(found: FoundJson): Choice {
  const place = placeOfFound(found)
  const note = found.kind === 'change' ? `change: ${found.note}` : found.note
  return { key: place, name: found.id, note, place, isFound: true }
}

/** The lines that need no search. */
export interface Known {
  readonly pages: readonly PageName[]
  /** The things that were visited last. */
  readonly recents: readonly Recent[]
}

/**
 * The lines for a text: what its form shows, what the console found, pages by their names, and last the search
 * that explains why nothing was found. Without a text they are the recent things and the pages.
 */
export function choicesFor(
  text: string,
  { pages, recents }: Known,
  found: readonly FoundJson[],
): readonly Choice[] {
  const typed = readTyped(text)
  if (typed.kind === 'nothing') return [...recents.map(recentChoice), ...pagesNamed('', pages)]
  if (typed.kind === 'token') {
    const place = placeOf('/explain', { pasted: '1' })
    return [{ key: place, name: 'Explain this token', note: 'token', place, token: typed.token }]
  }
  if (typed.kind === 'trace') {
    const place = placeOf('/explain', { trace: typed.trace })
    return [{ key: place, name: typed.trace, note: 'changes of this trace', place }]
  }
  const place = placeOf('/explain', { q: typed.text })
  const all = { key: place, name: typed.text, note: 'search everything', place }
  return [...found.map(choiceOf), ...pagesNamed(typed.text, pages), all]
}

/** The text that the console is asked for; `undefined`: its form shows all, and a token is sent nowhere. */
export function searchedText(text: string): string | undefined {
  const typed = readTyped(text)
  return typed.kind === 'name' ? typed.text : undefined
}

/** A recent thing that a page of the menu shows has a key of its own. */
function recentChoice({ name, note, place }: Recent): Choice {
  return { key: `recent ${place}`, name, note, place, isFound: true, isRecent: true }
}

function pagesNamed(text: string, pages: readonly PageName[]): readonly Choice[] {
  return pages
    .filter(({ name }) => name.toLowerCase().startsWith(text.toLowerCase()))
    .map(({ path, name }) => ({ key: path, name, note: 'page', place: path }))
}
