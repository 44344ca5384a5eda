import type { EdgeJson } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { Badge } from '../parts/badge.tsx'
import type { Column } from '../parts/table.tsx'
import { isSilent } from '../parts/edge-words.ts'
import { spanOf } from '../parts/words.ts'
import { placeOf } from '../shell/route.ts'
import { longestLag } from './lag.ts'
import { UnverifiedSources } from './unverified-sources.tsx'

/** The columns of an edge's row. */
export function edgeColumns(nowMs: number): readonly Column<EdgeJson>[] {
  return [
    { name: 'Edge', cell: ({ edge }) => <a href={placeOf('/edges', { edge })}>{edge}</a> },
    { name: 'Status', cell: ({ standing }) => <Badge word={standing} /> },
    {
      name: 'Cannot vouch for',
      cell: (edge) => <UnverifiedSources edge={edge} nowMs={nowMs} />,
    },
    { name: 'Audience', cell: ({ audience }) => audience },
    { name: 'View age', cell: (edge) => oldestView(edge), isFigure: true },
    { name: 'Lag', cell: ({ partitions }) => longestLag(partitions), isFigure: true },
    { name: 'Allowed', cell: ({ rates }) => rateOf(rates?.allow), isFigure: true },
    { name: 'Denied', cell: (edge) => <Denied {...edge} />, isFigure: true },
    { name: 'Signed by', cell: (edge) => signedBy(edge) },
    {
      name: 'Reported',
      cell: ({ reportedAt }) => `${spanOf(Math.max(0, nowMs - Date.parse(reportedAt)))} ago`,
      isFigure: true,
    },
    { name: 'Version', cell: ({ version }) => version },
  ]
}

/** The denials, and the part of them whose tokens are possibly fresh. */
function Denied({ rates }: Pick<EdgeJson, 'rates'>): JSX.Element {
  const unverified = rates?.denied?.unverified ?? 0
  return (
    <>
      {rateOf(rates?.deny)}
      {unverified > 0 && <div class="unverified">{rateOf(unverified)} unverified</div>}
    </>
  )
}

function rateOf(perSecond: number | undefined): string {
  return perSecond === undefined
    ? '–'
    : `${perSecond.toLocaleString('en', { maximumFractionDigits: 1 })}/s`
}

/**
 * The age of the oldest partition, as the edge itself measured it. An age from before its silence is not its
 * present age.
 */
function oldestView({ partitions, standing }: EdgeJson): string {
  if (isSilent({ standing })) return 'unknown'
  const ages = partitions.map(({ viewAgeMs }) => viewAgeMs)
  if (ages.length === 0 || ages.includes(null)) return 'never verified'
  return spanOf(Math.max(...ages.map(Number)))
}

/** The client that signs its reports. Unsigned reports prove nothing. */
function signedBy({ signed, signedBy: client }: EdgeJson): string {
  if (signed === undefined) return 'unknown'
  if (signed === 'unsigned' || client == null) return 'unsigned'
  return signed === 'signed' ? client : `${client}, withdrawn`
}
