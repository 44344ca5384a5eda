import { useEffect } from 'preact/hooks'
import { PAGES } from './pages.ts'
import { goTo } from './route.ts'

const CHORD_WITHIN_MS = 1_500
const TYPED = 'input, textarea, select, [contenteditable]'

/** The commands that a key gives. */
export interface KeyCommands {
  readonly help: () => void
  readonly search: () => void
}

/**
 * ⌘K or Ctrl-K searches everywhere. `/` searches, `g` and a letter goes to a page, `?` helps; these have no
 * effect in an input field.
 */
export function useKeys({ help, search }: KeyCommands): void {
  useEffect(() => {
    let chordUntilMs = 0
    const pressed = (event: KeyboardEvent): void => {
      const isSearch = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k'
      if (isSearch) {
        event.preventDefault()
        return search()
      }
      if (event.metaKey || event.ctrlKey || event.altKey) return
      if ((event.target as Element).closest(TYPED)) return
      const page = PAGES.find(({ letter }) => letter === event.key)
      if (page !== undefined && event.timeStamp < chordUntilMs) goTo(page.path)
      chordUntilMs = event.key === 'g' ? event.timeStamp + CHORD_WITHIN_MS : 0
      if (event.key === '?') help()
      if (event.key !== '/') return
      event.preventDefault()
      search()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}
