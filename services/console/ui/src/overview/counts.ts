import type { EdgesAnswer, SlosAnswer, Status } from '@freshet/insight/answers'
import { PROBE_NAME } from '@freshet/protocol/slo'
import type { ServicesShown } from '../health/services-shown.ts'
import type { Tone } from '../parts/icon.tsx'
import { toneOf } from '../parts/tones.ts'
import { countOf } from '../parts/words.ts'
import type { QuarantinedCounts } from './quarantine-card.tsx'

/** One of the counts below the verdict, with the page that has more. */
export interface Count {
  readonly name: string
  readonly text: string
  readonly tone: Tone
  readonly place: string
}

/** The answers that are counted. A missing one is counted as unknown. */
export interface Counted {
  readonly status: Status | undefined
  readonly edges: EdgesAnswer | undefined
  readonly slos: SlosAnswer | undefined
  readonly quarantine: QuarantinedCounts | undefined
  /** Absent: the console asks no service. */
  readonly services?: ServicesShown | undefined
}

const ENFORCING: ReadonlySet<string> = new Set(['synced', 'lagging'])

/** The counts of an installation: the present ones of all, and what is wrong. */
export function countsOf({ status, edges, slos, quarantine, services }: Counted): readonly Count[] {
  return [
    ratio('Sources', '#sources', status?.sources.filter(isReal).map(isLive)),
    ratio('Edges', '/edges', edges && edgesOf(edges)),
    ...(services === undefined
      ? []
      : [
          ratio(
            'Services',
            '#services',
            services.isUnknown ? undefined : services.items.map(({ state }) => state === 'ready'),
          ),
        ]),
    objectives(slos),
    {
      name: 'Quarantine',
      place: '/quarantine',
      ...sumOf(quarantine?.counts.map(({ records }) => records)),
    },
    staleAllows(slos),
  ]
}

/** Returns whether a source is one of people, and not of the tenant of probes. */
export function isReal({ tenant }: Pick<Status['sources'][number], 'tenant'>): boolean {
  return tenant !== PROBE_NAME
}

function isLive({ standing }: Status['sources'][number]): boolean {
  return standing === 'live'
}

/** A group counts with all of its edges. An edge that reported its end is not missed. */
function edgesOf({ items, groups = [] }: EdgesAnswer): readonly boolean[] {
  const all = groups.length === 0 ? items : groups
  return all
    .filter(({ standing }) => standing !== 'closed')
    .flatMap(({ standing, edges = 1 }) =>
      Array.from({ length: edges }, () => ENFORCING.has(standing)),
    )
}

function ratio(name: string, place: string, all: readonly boolean[] | undefined): Count {
  if (all === undefined) return { name, place, text: 'unknown', tone: 'none' }
  const good = all.filter(Boolean).length
  const tone = all.length === 0 ? 'none' : good === all.length ? 'ok' : 'bad'
  return { name, place, text: `${good}/${all.length}`, tone }
}

function sumOf(counts: readonly number[] | undefined): Pick<Count, 'text' | 'tone'> {
  if (counts === undefined) return { text: 'unknown', tone: 'none' }
  const sum = counts.reduce((total, count) => total + count, 0)
  return { text: sum.toLocaleString('en'), tone: sum === 0 ? 'ok' : 'warn' }
}

function objectives(slos: SlosAnswer | undefined): Count {
  const name = 'Objectives'
  const place = '/slos'
  if (slos === undefined) return { name, place, text: 'unknown', tone: 'none' }
  const of = (state: string): number => slos.items.filter((slo) => slo.state === state).length
  const bad = ['breached', 'burning'].filter((state) => of(state) > 0)
  const text = ['met', ...bad].map((state) => `${of(state)} ${state}`).join(', ')
  return { name, place, text, tone: toneOf(bad[0] ?? 'met') }
}

/** Requests that an edge allowed after the change was committed, over the promised time. */
function staleAllows(slos: SlosAnswer | undefined): Count {
  const name = 'Let in too late'
  const slo = slos?.items.find(({ sli }) => sli === 'stale-allows')
  if (slo === undefined) return { name, place: '/slos', text: 'not measured', tone: 'none' }
  const place = `/slos?slo=${encodeURIComponent(slo.name)}`
  if (slo.valid === 0) return { name, place, text: 'no requests yet', tone: 'none' }
  const late = slo.valid - slo.good
  const text = `${countOf(late, 'request')} in ${slo.windowDays} d`
  return { name, place, text, tone: late === 0 ? 'ok' : 'bad' }
}
