import { inject } from 'vitest'

/** The forms of a run: `npm test` runs the short one, `npm test -- whole` and continuous integration the whole one. */
export type Form = 'short' | 'whole'

declare module 'vitest' {
  interface ProvidedContext {
    form: Form
  }
}

/** The number of cases that each exploration tries. More are tried by the variables of docs/configuration.md. */
const COUNTS = {
  /** Mutations of requests to all routes. */
  mutations: { short: 1_500, whole: 10_000 },
  /** Mutations that each service receives over a socket. */
  socketMutations: { short: 60, whole: 300 },
  /** Mutations that each started service of a stack receives. */
  stackMutations: { short: 60, whole: 200 },
  /** Seeds for each mix of the model of checkpoints. All kinds of faults strike within them. */
  checkpointSeeds: { short: 2, whole: 6 },
  /** Mints beside changes of the same subjects. */
  raceMints: { short: 1_000, whole: 8_000 },
  /** Mints in which a broken variant shows its fault, dozens of times. */
  raceControlMints: { short: 1_000, whole: 2_000 },
} as const satisfies Readonly<Record<string, Readonly<Record<Form, number>>>>

/** Returns the number of cases in the form of this run. */
export function countOf(exploration: keyof typeof COUNTS): number {
  return COUNTS[exploration][inject('form')]
}
