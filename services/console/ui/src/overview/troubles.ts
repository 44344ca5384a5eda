import type { Edge, Slo, Status } from '../api/answers.ts'
import type { Tone } from '../parts/icon.tsx'
import { countOf } from '../parts/words.ts'
import type { ParkedCounts } from './quarantine-card.tsx'

/** Something that somebody should look at. `bad`: an alert pages for it. */
export interface Trouble {
  readonly tone: Extract<Tone, 'bad' | 'warn'>
  readonly text: string
  readonly place: string
}

/** Beyond this share of edges that are stale, the alert pages. */
const STALE_SHARE_MAX = 0.05

/** What the pages know now; absent: not told. */
export interface Known {
  readonly status: Status | undefined
  readonly edges: readonly Edge[] | undefined
  readonly slos: readonly Slo[] | undefined
  readonly parked: ParkedCounts | undefined
}

/** What is wrong now, worst first. Red alone where an alert pages. */
export function troublesOf({ status, edges = [], slos = [], parked }: Known): readonly Trouble[] {
  const found = [
    ...slos.flatMap(ofSlo),
    ...(status?.sources ?? []).flatMap(ofSource),
    ...ofEdges(edges),
    ...ofParked(parked),
    ...ofOpenings(status),
  ]
  return found.toSorted((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'))
}

function ofSlo({ name, state }: Slo): readonly Trouble[] {
  const place = `/slos?slo=${encodeURIComponent(name)}`
  if (state === 'burning') return [{ tone: 'bad', text: `${name} burns its budget`, place }]
  return state === 'breached' ? [{ tone: 'warn', text: `${name} has spent its budget`, place }] : []
}

function ofSource({ source, tenant, standing }: Status['sources'][number]): readonly Trouble[] {
  if (standing === 'live') return []
  const isHeard = standing !== 'unheard'
  const text = `${source} of ${tenant} is ${standing}: ${isHeard ? 'its claims are unverified at every edge' : 'it never spoke, and its claims are not minted'}`
  return [{ tone: isHeard ? 'bad' : 'warn', text, place: '/' }]
}

function ofEdges(edges: readonly Edge[]): readonly Trouble[] {
  const connected = edges.filter(
    ({ standing }) => standing !== 'closed' && standing !== 'disconnected',
  )
  const stale = connected.filter(({ standing }) => standing === 'stale')
  if (stale.length === 0) return []
  const tone = stale.length / connected.length > STALE_SHARE_MAX ? 'bad' : 'warn'
  return [
    {
      tone,
      text: `${countOf(stale.length, 'edge')} of ${connected.length} stale`,
      place: '/edges?standing=stale',
    },
  ]
}

function ofParked(parked: ParkedCounts | undefined): readonly Trouble[] {
  const waiting = parked?.counts.reduce((sum, { records }) => sum + records, 0) ?? 0
  if (waiting === 0) return []
  return [
    { tone: 'warn', text: `${countOf(waiting, 'record')} in quarantine`, place: '/quarantine' },
  ]
}

function ofOpenings(status: Status | undefined): readonly Trouble[] {
  const open = status?.openings.length ?? 0
  if (open === 0) return []
  return [
    { tone: 'warn', text: `${countOf(open, 'route')} opened by break-glass`, place: '/registry' },
  ]
}
