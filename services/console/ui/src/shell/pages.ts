import type { JSX } from 'preact'
import { AuditPage } from '../audit/audit-page.tsx'
import { EdgesPage } from '../edges/edges-page.tsx'
import { ExplainPage } from '../explain/explain-page.tsx'
import { LivePage } from '../live/live-page.tsx'
import { OverviewPage } from '../overview/overview-page.tsx'
import { QuarantinePage } from '../quarantine/quarantine-page.tsx'
import { RegistryPage } from '../registry/registry-page.tsx'
import { SlosPage } from '../slos/slos-page.tsx'
import type { Place } from './route.ts'

/** A page: its address, its name, and the letter that goes there after `g`. */
export interface Page {
  readonly path: string
  readonly name: string
  readonly letter: string
  readonly show: (props: { readonly place: Place }) => JSX.Element
}

/** The pages in the order of the menu. */
export const PAGES: readonly Page[] = [
  { path: '/', name: 'Overview', letter: 'o', show: OverviewPage },
  { path: '/explain', name: 'Explain', letter: 'e', show: ExplainPage },
  { path: '/edges', name: 'Edges', letter: 'd', show: EdgesPage },
  { path: '/live', name: 'Live', letter: 'l', show: LivePage },
  { path: '/quarantine', name: 'Quarantine', letter: 'q', show: QuarantinePage },
  { path: '/slos', name: 'SLOs', letter: 's', show: SlosPage },
  { path: '/registry', name: 'Registry', letter: 'r', show: RegistryPage },
  { path: '/audit', name: 'Audit', letter: 'a', show: AuditPage },
]
