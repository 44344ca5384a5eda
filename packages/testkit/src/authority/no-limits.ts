/** Counts no wrong credentials, for tests of the rules behind them. */
export const noLimits: {
  readonly admit: () => void
  readonly count: () => Promise<void>
} = { admit: () => {}, count: async () => {} }
