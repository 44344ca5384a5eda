import { useEffect, useState } from 'preact/hooks'

/** `auto` is what the system prefers. */
export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'freshet-theme'
const THEMES: readonly Theme[] = ['auto', 'light', 'dark']

function stored(): Theme {
  const value = localStorage.getItem(KEY)
  return THEMES.find((theme) => theme === value) ?? 'auto'
}

/** Sets what was chosen before, as early as can be. */
export function applyStoredTheme(): void {
  document.documentElement.dataset['theme'] = stored()
}

/** The theme, and what goes on to the next. */
export function useTheme(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState(stored)
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
    localStorage.setItem(KEY, theme)
  }, [theme])
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto'
  return [theme, () => setTheme(next)]
}
