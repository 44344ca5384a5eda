import type { IncarnationParts, IncarnationStore } from '@freshet/reconciler'

/** Rule 26: positions start anew, and tokens and watermarks say the same incarnation as before. */
export function oneIncarnation(parts: IncarnationParts): IncarnationParts {
  return withRaise(parts, (raise) => parts.store.raise({ ...raise, to: raise.from }))
}

/** Rule 28: nobody asks the last checkpoint which record stood before the position. */
export function databaseAlone(parts: IncarnationParts): IncarnationParts {
  return { ...parts, checkpointKeys: () => [] }
}

/** Rule 28: the topic is taken for the remembered one, unseen. */
export function unchecked(parts: IncarnationParts): IncarnationParts {
  return withRaise(parts, () => Promise.resolve())
}

function withRaise(parts: IncarnationParts, raise: IncarnationStore['raise']): IncarnationParts {
  const { store } = parts
  return { ...parts, store: { remembered: (partition) => store.remembered(partition), raise } }
}
