/** Longest time that policies may take over one question; a thousand take about two milliseconds. */
export const POLICY_RUN_MS_MAX = 250

/** Longest wait of a question for its turn, or for policies that are being compiled; who asked waits a second in all. */
export const POLICY_WAIT_MS_MAX = 500

/** Questions that one message holds. */
export const POLICY_QUESTIONS_BATCH_MAX = 16

/** Questions that wait for their turn. */
export const POLICY_QUESTIONS_WAITING_MAX = 256

/** Longest time until the policies of a version are compiled. */
export const POLICY_START_MS_MAX = 30_000

/** Policies that could not be compiled are tried again after so long. */
export const POLICY_RESTART_PAUSE_MS = 1_000

/** Versions whose policies are held: the one in force, and the one before while its last questions are answered. */
export const POLICY_VERSIONS_MAX = 2
