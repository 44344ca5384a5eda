import type { Tone } from './icon.tsx'

/** The names of states, by tone. A name that is not here is no good news. */
const TONES: Readonly<Record<Tone, readonly string[]>> = {
  ok: [
    'ready',
    'synced',
    'live',
    'fresh',
    'applied',
    'verified',
    'enabled',
    'met',
    'replayed',
    'active',
  ],
  warn: [
    'lagging',
    'pending',
    'published',
    'open',
    'burning',
    'unverified',
    'doubt',
    'contradicted',
    'replaying',
    'hole',
    'ending',
  ],
  bad: [
    'breached',
    'not-ready',
    'no-answer',
    'stale',
    'silent',
    'halted',
    'disconnected',
    'marked',
    'disabled',
    'deleted',
  ],
  none: ['no-data', 'unheard', 'never-connected', 'unknown'],
  idle: ['recorded', 'closed', 'starting', 'expired', 'dropped', 'not-marked'],
}

const BY_WORD: ReadonlyMap<string, Tone> = new Map(
  Object.entries(TONES).flatMap(([tone, words]) => words.map((word) => [word, tone as Tone])),
)

/** The tone of a state's name. */
export function toneOf(word: string): Tone {
  return BY_WORD.get(word) ?? 'none'
}
