/** The limits of one step of a migration on its waits for locks. */
export interface StepLimits {
  /**
   * The longest wait of a statement for one lock, in milliseconds. While a step waits, later readers and
   * writers of the table wait behind it.
   */
  readonly lockTimeoutMs: number
  /** The number of attempts of one step before the migration ends with an error. */
  readonly attemptsMax: number
  /** The pause between two attempts, in milliseconds. Statements that waited behind the step run in it. */
  readonly pauseMs: number
  /**
   * The longest build of an index in a step that is marked `-- concurrently`, in milliseconds. It includes the wait
   * for older transactions, during which no reader and no writer waits.
   */
  readonly buildMs: number
}

/**
 * The default limits. A wait is shorter than the lock timeout of services (2 s), so that their statements
 * succeed after it.
 */
export const STEP_LIMITS: StepLimits = {
  lockTimeoutMs: 1_000,
  attemptsMax: 10,
  pauseMs: 2_000,
  buildMs: 3_600_000,
}
