import type { JSX } from 'preact'
import { ExplainPage } from '../explain/explain-page.tsx'
import { OverviewPage } from '../overview/overview-page.tsx'
import type { Place } from './route.ts'

/** A page: its address, its name, and the letter that goes there after `g`. */
export interface Page {
  readonly path: string
  readonly name: string
  readonly letter: string
  readonly show: (props: { readonly place: Place }) => JSX.Element
}

/** In the order of the menu. */
export const PAGES: readonly Page[] = [
  { path: '/', name: 'Overview', letter: 'o', show: OverviewPage },
  { path: '/explain', name: 'Explain', letter: 'e', show: ExplainPage },
]
