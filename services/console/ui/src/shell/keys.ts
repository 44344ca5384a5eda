import { useEffect } from 'preact/hooks'
import { PAGES } from './pages.ts'
import { goTo } from './route.ts'

const CHORD_WITHIN_MS = 1_500
const TYPED = 'input, textarea, select, [contenteditable]'

/** `/` searches, `g` and a letter goes to a page, `?` helps. The keys have no effect in an input field. */
export function useKeys(help: () => void): void {
  useEffect(() => {
    let chordUntilMs = 0
    const pressed = (event: KeyboardEvent): void => {
      if (event.metaKey || event.ctrlKey || event.altKey) return
      if ((event.target as Element).closest(TYPED)) return
      const page = PAGES.find(({ letter }) => letter === event.key)
      if (page !== undefined && event.timeStamp < chordUntilMs) goTo(page.path)
      chordUntilMs = event.key === 'g' ? event.timeStamp + CHORD_WITHIN_MS : 0
      if (event.key === '?') help()
      if (event.key !== '/') return
      event.preventDefault()
      document.querySelector<HTMLInputElement>('#search')?.focus()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [help])
}
