import type { QuarantinedDetail } from '@freshet/insight/answers'
import { countOf } from '../parts/words.ts'

type Dropped = Pick<QuarantinedDetail, 'source' | 'proven' | 'partition' | 'inDoubt'>

/** The consequences of dropping a record, as sentences: what is lost, and what stays in doubt. */
export function dropEffects(quarantined: Dropped): readonly string[] {
  const { claims, halted } = quarantined.inDoubt
  const open = claims.filter(({ settled }) => !settled)
  return [
    'The record is closed for good, and no replay can apply it later.',
    ...lost(quarantined),
    ...doubts(quarantined, open),
    ...halted.map(
      (tenant) =>
        `${nameOf(quarantined)} stays unverified in ${tenant} until its next full snapshot.`,
    ),
    ...(open.length + halted.length === 0
      ? ['No claim is in doubt because of it, and no stored value changes.']
      : []),
  ]
}

function lost(quarantined: Dropped): readonly string[] {
  const name = nameOf(quarantined)
  if (quarantined.proven) return [`The change in it is lost, unless ${name} sends it again.`]
  return [
    `No key proves that ${name} sent it.`,
    `If ${name} did, its change is lost, and ${name} stays unverified in partition ${quarantined.partition} until it sends the record again.`,
  ]
}

function doubts(quarantined: Dropped, open: Dropped['inDoubt']['claims']): readonly string[] {
  if (open.length === 0) return []
  const claims = [...new Set(open.map(({ claim }) => claim))].join(', ')
  const subjects = countOf(new Set(open.map(({ subject }) => subject)).size, 'subject')
  return [
    `Its claims stay unverified: ${claims} of ${subjects}. No new token carries them.`,
    `That ends when ${nameOf(quarantined)} sends a set that names this record, or when an operator clears the doubt.`,
  ]
}

function nameOf({ source }: Dropped): string {
  return source ?? 'its source'
}
