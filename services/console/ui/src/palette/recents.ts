/** Lines that are kept. */
const RECENTS_MAX = 8
const KEY = 'freshet-recent'

/** A visited thing. It has no token: a token stands in no storage. */
export interface Recent {
  readonly name: string
  readonly note: string
  readonly place: string
}

/** A line that a person chose. */
interface Visited extends Recent {
  readonly token?: string
  readonly isFound?: boolean
}

/** The lines of one person. */
export interface Kept {
  /** The name of the person. After another login the lines are not shown. */
  readonly by: string
  readonly items: readonly Recent[]
}

/**
 * Adds a visited line as the first one. Pages are in the menu, and a text that the console did not find can be anything,
 * such as a part of a token: neither is kept.
 */
export function withRecent(
  recents: readonly Recent[],
  { name, note, place, token, isFound }: Visited,
): readonly Recent[] {
  if (token !== undefined || isFound !== true) return recents
  const others = recents.filter((each) => each.place !== place)
  return [{ name, note, place }, ...others].slice(0, RECENTS_MAX)
}

/** The lines of a person in this tab, until the tab is closed. A storage that a person changed is empty. */
export function storedRecents(storage: Pick<Storage, 'getItem'>, by: string): readonly Recent[] {
  try {
    const kept = JSON.parse(storage.getItem(KEY) ?? 'null') as Kept | null
    return kept?.by === by ? kept.items.filter(isRecent).slice(0, RECENTS_MAX) : []
  } catch {
    return []
  }
}

/** Stores the lines of a person for this tab alone. */
export function storeRecents(storage: Pick<Storage, 'setItem'>, kept: Kept): void {
  storage.setItem(KEY, JSON.stringify(kept))
}

/** Removes the lines: at a logout. */
export function forgetRecents(storage: Pick<Storage, 'removeItem'>): void {
  storage.removeItem(KEY)
}

/** A place must be one of this console. */
function isRecent({ name, note, place }: Recent): boolean {
  const isText = [name, note, place].every((text) => typeof text === 'string')
  return isText && place.startsWith('/') && !place.startsWith('//')
}
