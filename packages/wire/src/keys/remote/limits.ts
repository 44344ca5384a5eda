/** The least time between two readings of one key set, whatever requests them. */
export const KEYS_COOLDOWN_MS = 30_000

/** Age at which key sets that could not be fetched again are no longer used. */
export const KEYS_STALE_MAX_MS = 86_400_000

/** Longest wait for one document of key discovery. */
export const KEYS_FETCH_MS = 5_000

/** Largest document of key discovery in bytes. */
export const KEYS_BYTES_MAX = 65_536

/** Keys of one set. */
export const KEYS_PER_SET_MAX = 64
