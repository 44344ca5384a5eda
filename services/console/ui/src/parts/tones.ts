import type { Tone } from './icon.tsx'

/** Words of states, by how they stand. A word that is not here says nothing good. */
const TONES: Readonly<Record<Tone, readonly string[]>> = {
  ok: ['synced', 'live', 'fresh', 'applied', 'met', 'replayed', 'active'],
  warn: [
    'lagging',
    'pending',
    'published',
    'open',
    'breached',
    'burning',
    'unverified',
    'replaying',
    'hole',
    'ending',
  ],
  bad: ['stale', 'silent', 'halted', 'disconnected', 'marked'],
  none: ['no-data', 'unheard', 'never-connected', 'unknown'],
  idle: ['recorded', 'closed', 'starting', 'expired', 'dropped', 'not-marked'],
}

const BY_WORD: ReadonlyMap<string, Tone> = new Map(
  Object.entries(TONES).flatMap(([tone, words]) => words.map((word) => [word, tone as Tone])),
)

/** How a word of a state stands. */
export function toneOf(word: string): Tone {
  return BY_WORD.get(word) ?? 'none'
}
